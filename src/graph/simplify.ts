/**
 * Simplification, graph to graph: constant folding, common subexpressions, algebra, sums without what does not vary
 * along them, index maps that do nothing. Deterministic; a simplified graph comes back as it is.
 */
import { type Axis, sizeOf, unionAxes, withoutAxes } from "./axis.ts";
import { expand } from "./expand.ts";
import type { IndexMap } from "./indexmap.ts";
import { countUses, InternTable } from "./intern.ts";
import { cholesky } from "./linalg.ts";
import * as g from "./ops.ts";
import { at, slice } from "./reindex.ts";
import { scanOutput, substitute } from "./rewrite.ts";
import { elementary } from "./scalars.ts";
import type { ScanBody } from "./scan-body.ts";
import { isRepresentable, type MapBuilder, simplifyBinary, simplifySelect, simplifyUnary } from "./simplify-maps.ts";
import { bySize, constantOf, isConstant, isMap } from "./sums.ts";
import {
  type BinaryName,
  constant,
  type DType,
  type MapName,
  type Op,
  type Reducer,
  type UnaryName,
  Value,
} from "./value.ts";

export interface SimplifyOptions {
  /**
   * Whether stopGradient() nodes, and others that matter to derivatives alone, stay (default). Remove them only when nothing will
   * be differentiated any more.
   */
  readonly keepStops?: boolean;
  /** Special functions for constant folding; without them only elementary maps are folded. */
  readonly special?: Partial<Record<MapName, (...x: number[]) => number>>;
}

/** Equal roots, each with the axes and type of the one given. */
export function simplify(roots: readonly Value[], options: SimplifyOptions = {}): Value[] {
  const simplifier = new Simplifier(options);
  let current = simplifier.merge(roots);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = simplifier.pass(current);
    const settled = next.every((value, k) => value === current[k]);
    current = next;
    if (settled) break;
  }
  return current.map((value, k) => simplifier.expand(value, roots[k]!.axes));
}

/** Passes settle after three or four; the bound only guards against rules that undo each other. */
const MAX_PASSES = 20;

const COMMUTATIVE = new Set<MapName>(["add", "mul", "min", "max", "eq", "ne", "and", "or", "logBeta", "logAddExp"]);

class Simplifier implements MapBuilder {
  readonly #table = new InternTable();
  readonly #bodies = new Map<ScanBody, ScanBody>();

  constructor(readonly options: SimplifyOptions) {}

  isUsedOnce(value: Value): boolean {
    return this.#table.isUsedOnce(value);
  }

  /** Common subexpressions only: with these merged, the counts of uses that rules ask for are true. */
  merge(roots: readonly Value[]): Value[] {
    const made = new Map<Value, Value>();
    for (const value of Value.topological(roots)) {
      const inputs = value.inputs.map((input) => made.get(input)!);
      // Rules look for constants on the right.
      const swap = value.op.kind === "map" && COMMUTATIVE.has(value.op.name) && constantOf(inputs[0]!) !== undefined;
      if (swap) inputs.reverse();
      const same = inputs.every((input, k) => input === value.inputs[k]);
      made.set(value, this.#table.intern(same ? value : new Value(value.op, inputs, value.axes, value.dtype)));
    }
    return roots.map((root) => made.get(root)!);
  }

  pass(roots: readonly Value[]): Value[] {
    const uses = countUses(roots);
    this.#table.clearUses();
    const made = new Map<Value, Value>();
    for (const value of Value.topological(roots)) {
      const result = this.#again(
        value,
        value.inputs.map((input) => made.get(input)!),
      );
      this.#table.addUses(result, uses.get(value)!);
      made.set(value, result);
    }
    return roots.map((root) => made.get(root)!);
  }

  expand(x: Value, axes: readonly Axis[]): Value {
    return this.#table.intern(expand(x, axes));
  }

  constant(value: number, dtype: DType = "f32"): Value {
    return this.#table.intern(constant(value, dtype));
  }

  map(name: MapName, ...inputs: Value[]): Value {
    const [x, y, z] = inputs as [Value, Value, Value];
    if (name === "logGammaOfShape" && this.options.keepStops === false)
      return this.expand(y, unionAxes(x.axes, y.axes));
    if (name === "select") return simplifySelect(this, x, y, z) ?? this.#table.intern(g.select(x, y, z));
    const folded = this.#fold(name, inputs);
    if (folded !== undefined) return folded;
    if (inputs.length === 1) {
      const unaryName = name as UnaryName;
      return simplifyUnary(this, unaryName, x) ?? this.#table.intern(g.unary(unaryName, x));
    }
    if (inputs.length === 3) return this.#table.intern(g.map(name, inputs));
    const swap = COMMUTATIVE.has(name) && constantOf(x) !== undefined;
    const [left, right] = swap ? [y, x] : [x, y];
    const binaryName = name as BinaryName;
    return simplifyBinary(this, binaryName, left, right) ?? this.#table.intern(g.binary(binaryName, left, right));
  }

  #again(value: Value, inputs: readonly Value[]): Value {
    const op = value.op;
    const [x, y] = inputs as [Value, Value];
    switch (op.kind) {
      case "map":
        return this.map(op.name, ...inputs);
      case "reduce":
        return this.#reduce(op.reducer, x, op.over);
      case "reindex":
        return this.#reindex(x, op);
      case "gather":
        return this.#gather(x, op.axis, y);
      case "segment": {
        if (op.reducer === "sum" && isConstant(x, 0)) return x;
        // The index says which axes are summed: it keeps even those it turned out not to vary along.
        return this.#table.intern(g.segment(op.reducer, x, this.expand(y, op.rows), op.out));
      }
      case "triangularSolve": {
        const L = this.expand(x, [op.row, op.column]);
        return this.#table.intern(g.triangularSolve(L, this.expand(y, [op.row]), op.row, op.column, op.transpose));
      }
      case "cholesky":
        return this.#table.intern(cholesky(this.expand(x, [op.row, op.column]), op.row, op.column));
      case "scan":
        return this.#scan(op, inputs);
      case "stop":
        if (this.options.keepStops === false || x.op.kind === "constant" || x.op.kind === "stop") return x;
        return this.#table.intern(g.stopGradient(x));
      case "random":
        return this.#table.intern(new Value(op, inputs, value.axes, value.dtype));
      default:
        return this.#table.intern(value);
    }
  }

  /** A map of constants, unless the result has no place in a float32 program. */
  #fold(name: MapName, inputs: readonly Value[]): Value | undefined {
    const numbers = inputs.map(constantOf);
    if (numbers.includes(undefined)) return undefined;
    const known = numbers as number[];
    const dtype = inputs[0]!.dtype;
    const result = this.options.special?.[name]?.(...known) ?? elementary(name, dtype, known);
    const made = g.map(name, inputs);
    if (result === undefined || (made.dtype === "f32" && !isRepresentable(result))) return undefined;
    return this.constant(result, made.dtype);
  }

  #reduce(reducer: Reducer, x: Value, over: readonly Axis[]): Value {
    const present = over.filter((axis) => x.hasAxis(axis));
    const copies = sizeOf(withoutAxes(over, present));
    const summable = reducer === "sum" && x.dtype === "bool" ? this.map("castF32", x) : x;
    const result = present.length === 0 ? summable : this.#reducePresent(reducer, summable, present);
    if (copies === 1 || reducer === "max") return result;
    return reducer === "sum"
      ? this.map("mul", result, this.constant(copies, result.dtype))
      : this.map("add", result, this.constant(Math.log(copies)));
  }

  #reducePresent(reducer: Reducer, x: Value, over: readonly Axis[]): Value {
    if (x.op.kind === "reduce" && x.op.reducer === reducer && this.isUsedOnce(x)) {
      return this.#reduce(reducer, x.inputs[0]!, unionAxes(over, x.op.over));
    }
    if (reducer === "sum" && x.dtype === "f32" && this.isUsedOnce(x)) {
      const [a, b] = x.inputs as [Value, Value];
      if (isMap(x, "neg")) return this.map("neg", this.#reduce("sum", a, over));
      if (isMap(x, "mul")) return this.#sumProduct(x, over);
      const divisorVaries = isMap(x, "div") && over.some((axis) => b.hasAxis(axis));
      if (isMap(x, "div") && !divisorVaries) return this.map("div", this.#reduce("sum", a, over), b);
    }
    return this.#table.intern(g.reduce(reducer, x, over));
  }

  /** Σ c·x with c outside where it lacks the summed axes. */
  #sumProduct(product: Value, over: readonly Axis[]): Value {
    const factors = this.#factors(product, sizeOf(withoutAxes(product.axes, over)));
    const varies = (factor: Value): boolean => over.some((axis) => factor.hasAxis(axis));
    const outside = factors.filter((factor) => !varies(factor));
    if (outside.length === 0) return this.#table.intern(g.reduce("sum", product, over));
    const multiply = (parts: readonly Value[]): Value =>
      bySize(parts).reduce((left, right) => this.map("mul", left, right));
    const total = this.#reduce("sum", multiply(factors.filter(varies)), over);
    return multiply([total, ...outside]);
  }

  /** Products smaller than the sum stay whole: a factor of theirs would act on more elements outside. */
  #factors(value: Value, sumSize: number): Value[] {
    return value.inputs.flatMap((input) =>
      isMap(input, "mul") && this.isUsedOnce(input) && input.size >= sumSize ? this.#factors(input, sumSize) : [input],
    );
  }

  #reindex(x: Value, op: Extract<Op, { kind: "reindex" }>): Value {
    const { map, transposed, fill } = op;
    // A value that has none of the source axes is the same everywhere: consumers broadcast it.
    if (map.guards.length === 0 && !map.source.some((entry) => x.hasAxis(entry.axis))) return x;
    if (isConstant(x, fill)) return x;
    const renamed = plainRename(map);
    if (renamed !== undefined) {
      const [from, to] = renamed;
      if (from === to) return x;
      const inner = x.op;
      const source = x.inputs[0];
      if (inner.kind === "reindex" && isRename(inner.map, to, from)) return source!;
      if (inner.kind === "reindex" && inner.map.out.includes(from) && !source!.hasAxis(from) && !source!.hasAxis(to)) {
        const rename = (side: IndexMap): IndexMap => renameAxis(side, from, to);
        const composed = g.reindex(source!, rename(inner.map), rename(inner.transposed), inner.fill);
        return this.#reindex(source!, composed.op as Extract<Op, { kind: "reindex" }>);
      }
    }
    return this.#table.intern(g.reindex(x, map, transposed, fill));
  }

  /** The step is simplified by itself; what it reads twice, never, or as a constant, is read once, not, or folded in. */
  #scan(op: Extract<Op, { kind: "scan" }>, inputs: readonly Value[]): Value {
    const count = op.body.previous.length;
    const read = new Map<Value, Value>();
    const replaced = new Map<Value, Value>();
    const used = new Set(Value.topological(op.body.next));
    for (const [k, element] of op.body.elements.entries()) {
      const given = inputs[count + k]!;
      const known = read.get(given);
      if (given.op.kind === "constant") replaced.set(element, given);
      else if (known !== undefined) replaced.set(element, known);
      else if (used.has(element)) read.set(given, element);
    }
    const body = this.#body(
      replaced.size === 0 && read.size === op.body.elements.length
        ? op.body
        : { ...op.body, elements: [...read.values()], next: substitute(op.body.next, replaced) },
    );
    return this.#table.intern(scanOutput({ ...op, body }, [...inputs.slice(0, count), ...read.keys()]));
  }

  #body(body: ScanBody): ScanBody {
    const merged = this.#table.internBody(body);
    const known = this.#bodies.get(merged);
    if (known !== undefined) return known;
    const next = simplify(merged.next, this.options);
    const same = next.every((value, k) => value === merged.next[k]);
    const made = same ? merged : this.#table.internBody({ ...merged, next });
    this.#bodies.set(merged, made);
    this.#bodies.set(made, made);
    return made;
  }

  #gather(x: Value, axis: Axis, index: Value): Value {
    if (!x.hasAxis(axis)) return x;
    const position = constantOf(index);
    if (position !== undefined && position >= 0 && position < axis.size) {
      const taken = at(x, axis, position);
      return this.#reindex(x, taken.op as Extract<Op, { kind: "reindex" }>);
    }
    // The first entries along another axis: a slice.
    if (index.op.kind === "iota" && index.op.axis.size <= axis.size && !x.hasAxis(index.op.axis)) {
      const taken = slice(x, axis, index.op.axis);
      return this.#reindex(x, taken.op as Extract<Op, { kind: "reindex" }>);
    }
    return this.#table.intern(g.gather(x, axis, index));
  }
}

/** The axes (from, to) of a map that only renames. */
function plainRename({ out, source, guards }: IndexMap): [Axis, Axis] | undefined {
  const [to] = out;
  const [entry] = source;
  if (to === undefined || entry === undefined || out.length + source.length !== 2 || guards.length > 0)
    return undefined;
  const { terms, offset, divisor, modulus } = entry.index;
  const [term] = terms;
  const isIdentity =
    terms.length === 1 &&
    term!.axis === to &&
    term!.coefficient === 1 &&
    offset === 0 &&
    divisor === 1 &&
    modulus === 0;
  return isIdentity && entry.axis.size === to.size ? [entry.axis, to] : undefined;
}

function isRename(map: IndexMap, from: Axis, to: Axis): boolean {
  const renamed = plainRename(map);
  return renamed !== undefined && renamed[0] === from && renamed[1] === to;
}

function renameAxis(map: IndexMap, from: Axis, to: Axis): IndexMap {
  const swap = (axis: Axis): Axis => (axis === from ? to : axis);
  const within = <T extends { index: IndexMap["guards"][number]["index"] }>(entry: T): T => ({
    ...entry,
    index: { ...entry.index, terms: entry.index.terms.map((term) => ({ ...term, axis: swap(term.axis) })) },
  });
  return {
    out: map.out.map(swap),
    source: map.source.map((entry) => within({ ...entry, axis: swap(entry.axis) })),
    guards: map.guards.map(within),
  };
}
