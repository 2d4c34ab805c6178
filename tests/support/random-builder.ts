/** What the steps of random graphs draw from: leaves, a pool of values with their intervals, and axes. */
import { Axis, drawAxis, unionAxes } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { Value } from "../../src/graph/value.ts";
import { type RandomNumbers, randomNumbers } from "./numbers.ts";

/** No value of a random graph has more elements. */
export const MAX_SIZE = 2048;

export interface RandomGraph {
  readonly roots: Value[];
  readonly inputs: Map<string, Float64Array>;
  /** Float inputs that a gradient can be asked for. */
  readonly parameters: Value[];
  /** For messages: how to make this graph again. */
  readonly name: string;
}

export interface GraphShape {
  readonly seed: number;
  readonly nodes: number;
  /** Extent of the draw axis. */
  readonly draws?: number;
  /** Leaves out stopGradient and what jumps, so that differences of the roots are derivatives. */
  readonly smooth?: boolean;
}

/** A float value and an interval that holds it; exact when float32 arithmetic makes no error in it. */
export interface Entry {
  readonly value: Value;
  readonly low: number;
  readonly high: number;
  readonly exact: boolean;
}

export type Step = (b: Builder, random: RandomNumbers) => Entry | undefined;

export class Builder {
  readonly random: RandomNumbers;
  readonly inputs = new Map<string, Float64Array>();
  readonly parameters: Value[] = [];
  readonly pool: Entry[] = [];
  readonly a: Axis;
  readonly b: Axis;
  readonly c: Axis;
  readonly long: Axis;
  readonly row: Axis;
  readonly draw: Axis;
  readonly axes: readonly Axis[];
  readonly source: g.RandomSource;
  #stream = 0;

  constructor(readonly shape: GraphShape) {
    this.random = randomNumbers(shape.seed);
    const { random } = this;
    this.a = new Axis("a", random.integer(2, 3));
    this.b = new Axis("b", random.integer(2, 4));
    this.c = new Axis("c", random.integer(3, 5));
    this.long = new Axis("long", this.a.size * this.b.size + random.integer(0, 2));
    this.row = new Axis("row", random.integer(3, 9));
    this.draw = drawAxis(shape.draws ?? 4);
    this.axes = [this.a, this.b, this.c, this.long, this.row, this.draw];
    this.source = {
      seed: this.integerInput("seed", [], 0, 1000, "u32"),
      step: this.integerInput("step", [], 0, 10, "u32"),
      drawOffset: this.integerInput("drawOffset", [], 0, 100, "u32"),
    };
    for (const axes of [[], [this.c], [this.row, this.draw], [this.a, this.b], [this.long]]) this.floatInput(axes);
  }

  finish(): RandomGraph {
    const last = this.pool[this.pool.length - 1]!.value;
    const roots = this.random.next() < 0.7 ? [last] : [last, this.random.pick(this.pool).value, last.sum(...last.axes)];
    const used = new Set(Value.topological(roots).flatMap(({ op }) => (op.kind === "input" ? [op.name] : [])));
    const inputs = new Map([...this.inputs].filter(([name]) => used.has(name)));
    const parameters = this.parameters.filter((value) => value.op.kind === "input" && used.has(value.op.name));
    return { roots, inputs, parameters, name: JSON.stringify(this.shape) };
  }

  /** A float input on the grid of eighths (exact) or anywhere. */
  floatInput(axes: readonly Axis[], low = -2, high = 2): Entry {
    const exact = this.random.next() < 0.5 && this.shape.smooth !== true;
    const role = this.random.next() < 0.5 ? "data" : "parameter";
    const value = g.input(`x${this.inputs.size}`, axes, role);
    const numbers = this.random
      .array(value.size, low, high)
      // An odd number of sixteenths: away from integers and halves, where floor and round jump.
      .map((x) => (exact ? (2 * Math.floor(8 * x) + 1) / 16 : Math.fround(x)));
    this.inputs.set(`x${this.inputs.size}`, Float64Array.from(numbers));
    this.parameters.push(value);
    const entry = { value, low: low - 0.125, high: high + 0.125, exact };
    this.pool.push(entry);
    return entry;
  }

  integerInput(name: string, axes: readonly Axis[], low: number, high: number, dtype: "i32" | "u32" = "i32"): Value {
    const value = g.input(name, axes, axes.length > 0 ? "data" : "parameter", dtype);
    const numbers = Array.from({ length: value.size }, () => this.random.integer(low, high));
    this.inputs.set(name, Float64Array.from(numbers));
    return value;
  }

  /** Positions along `axis`, over `axes`: data, or computed from positions. */
  index(axes: readonly Axis[], axis: Axis): Value {
    const [first] = axes;
    if (first !== undefined && this.random.next() < 0.25) {
      const counted = axes.slice(1).reduce((sum, other) => sum.add(g.iota(other)), g.iota(first).mul(3).add(1));
      return g.mod(counted, axis.size);
    }
    return this.integerInput(`k${this.inputs.size}`, axes, 0, axis.size - 1);
  }

  stream(): number {
    return ++this.#stream;
  }

  pick(): Entry {
    // Recent values more often, so that graphs get deep.
    const { pool, random } = this;
    return random.next() < 0.5
      ? pool[pool.length - 1 - random.integer(0, Math.min(3, pool.length - 1))]!
      : random.pick(pool);
  }

  pickExact(): Entry {
    const exact = this.pool.filter((entry) => entry.exact);
    return exact.length > 0
      ? this.random.pick(exact)
      : { value: g.constant(0.8125), low: 0.8125, high: 0.8125, exact: true };
  }

  pickWith(axis: Axis): Entry {
    const having = this.pool.filter((entry) => entry.value.hasAxis(axis));
    return having.length > 0 ? this.random.pick(having) : this.floatInput(unionAxes([axis]));
  }

  pickAxis(): Axis {
    return this.random.pick(this.axes);
  }

  /** The value squeezed into [low, high] unless it is there already. */
  within(entry: Entry, low: number, high: number): Entry {
    if (entry.low >= low && entry.high <= high) return entry;
    return {
      value: g
        .sigmoid(entry.value)
        .mul(high - low)
        .add(low),
      low,
      high,
      exact: false,
    };
  }

  condition(): Value {
    const { random } = this;
    // No differentiated value stands on the edge.
    if (this.shape.smooth) return g.lt(random.pick(this.parameters), random.between(-1, 1));
    const name = random.pick(["lt", "le", "gt", "ge", "eq", "ne"] as const);
    const compared = g.binary(name, this.pickExact().value, this.pickExact().value);
    const roll = random.next();
    if (roll < 0.15) return g.not(compared);
    if (roll < 0.3) return g.and(compared, g.lt(this.pickExact().value, random.between(-1, 1)));
    if (roll < 0.45) return g.or(compared, g.unary(random.pick(["isFinite", "isNaN"]), this.pick().value));
    return compared;
  }
}
