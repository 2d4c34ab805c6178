/** Expressions of the graph as WGSL statements, each put into the outermost block that knows its indices. */
import { type Axis, isDrawAxis } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { IndexExpression } from "../../graph/indexmap.ts";
import type { DType, Op, Value } from "../../graph/value.ts";
import { isUnrolled } from "../passes.ts";
import { BLOCK, placesAlong } from "./accumulators.ts";
import { deeper, Frame } from "./frame.ts";
import { emitLiteral, emitMap, type Needs, wgslType } from "./maps.ts";
import { loadElement, loadLanes, type Memory, type Place } from "./memory.ts";

/**
 * What an axis stands for at some point of the code: an i32 expression and the block that defines it. The axis of
 * lanes is bound to the index of its first lane divided by four; its four neighbours are one vec4.
 */
export interface Binding {
  readonly text: string;
  readonly frame: Frame;
  readonly lanes: boolean;
}

export type Bindings = ReadonlyMap<Axis, Binding>;

/** A value in code: a name or literal, the block it belongs to, and whether it holds four draws. */
export interface Emitted {
  readonly text: string;
  readonly frame: Frame;
  readonly lanes: boolean;
  readonly dtype: DType;
}

/** A variable of the thread that holds a value: one number, or an array over the axes that it is indexed by. */
export interface Local {
  readonly variable: string;
  readonly axes: readonly Axis[];
  /** The block in which it has its value. */
  readonly frame: Frame;
  readonly lanes: boolean;
}

export class Emitter {
  #names = 0;
  readonly #locals = new Map<Value, Local>();
  readonly #made = new Map<string, Emitted>();

  constructor(
    readonly memory: Memory,
    readonly needs: Needs,
    readonly root: Frame,
    /** Values that this thread computes itself and keeps at hand. */
    readonly own: ReadonlySet<Value>,
  ) {}

  /** Whether a value is loaded or at hand, not computed where it is needed. */
  isReady(value: Value): boolean {
    return this.own.has(value) || this.#locals.has(value) || this.memory.placeOf(value) !== undefined;
  }

  fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** Says that `value` under these bindings is already at hand (a group's number inside the loop over its rows). */
  know(value: Value, bindings: Bindings, emitted: Emitted): void {
    this.#made.set(this.#key(value, bindings), emitted);
  }

  /** Says that `value` is held by a variable of the thread from here on. */
  hold(value: Value, local: Local): void {
    this.#locals.set(value, local);
  }

  /** Keeps a value in an array of the thread along `axis`; from here on its entries are at hand at constant places. */
  tabulate(value: Value, axis: Axis, bindings: Bindings, frame: Frame): void {
    const [table, index] = [this.fresh("t"), this.fresh("j")];
    const inner = new Frame(frame);
    const along = new Map(bindings).set(axis, { text: index, frame: inner, lanes: false });
    const { text, lanes, dtype } = this.emit(value, along, inner);
    inner.lines.push(`${table}[${index}] = ${text};`);
    frame.lines.push(`var ${table}: array<${wgslType(dtype, lanes)}, ${axis.size}>;`);
    frame.block(`for (var ${index} = 0; ${index} < ${axis.size}; ${index}++)`, inner);
    placesAlong([axis], frame).forEach((place, i) => {
      this.know(value, new Map([...bindings, ...place]), { text: `${table}[${i}]`, frame, lanes, dtype });
    });
  }

  emit(value: Value, bindings: Bindings, current: Frame): Emitted {
    const local = this.#locals.get(value);
    if (local !== undefined) return this.#fromLocal(value, local, bindings);
    const key = this.#key(value, bindings);
    const known = this.#made.get(key);
    if (known?.frame.encloses(current)) return known;
    const place = this.memory.placeOf(value);
    const made = place !== undefined ? this.#load(value, place, bindings) : this.#compute(value, bindings, current);
    this.#made.set(key, made);
    return made;
  }

  /** The innermost of the blocks that define the indices of `axes`. */
  #frameOf(axes: readonly Axis[], bindings: Bindings): Frame {
    let frame = this.root;
    for (const axis of axes) frame = deeper(frame, this.#binding(axis, bindings).frame);
    return frame;
  }

  #binding(axis: Axis, bindings: Bindings): Binding {
    const binding = bindings.get(axis);
    if (binding === undefined) throw new GraphError(`compile: axis "${axis.name}" is not bound here`);
    return binding;
  }

  #key(value: Value, bindings: Bindings): string {
    return `${value.id}|${value.axes.map((axis) => this.#binding(axis, bindings).text).join(",")}`;
  }

  #define(frame: Frame, text: string, dtype: DType, lanes: boolean): Emitted {
    const name = this.fresh("v");
    frame.lines.push(`let ${name} = ${text};`);
    return { text: name, frame, lanes, dtype };
  }

  #fromLocal(value: Value, { variable, axes, frame, lanes }: Local, bindings: Bindings): Emitted {
    if (axes.length === 0) return { text: variable, frame, lanes, dtype: value.dtype };
    const index = this.linearIndex(axes, bindings, false);
    const inner = deeper(frame, this.#frameOf(axes, bindings));
    return this.#define(inner, `${variable}[${index}]`, value.dtype, lanes);
  }

  #load(value: Value, place: Place, bindings: Bindings): Emitted {
    const frame = this.#frameOf(value.axes, bindings);
    const lanes = value.axes.some((axis) => this.#binding(axis, bindings).lanes);
    const index = this.linearIndex(value.axes, bindings, lanes);
    const text = lanes
      ? loadLanes(place, index, value.dtype, this.needs)
      : loadElement(place, index, value.dtype, this.needs);
    return this.#define(frame, text, value.dtype, lanes);
  }

  /** The position in canonical layout; counted in vec4s where an axis carries lanes (it is the last). */
  linearIndex(axes: readonly Axis[], bindings: Bindings, lanes: boolean): string {
    let stride = 1;
    const terms: string[] = [];
    for (let i = axes.length - 1; i >= 0; i--) {
      const axis = axes[i]!;
      const { text } = this.#binding(axis, bindings);
      if (text !== "0") terms.unshift(stride === 1 ? text : `${text} * ${stride}`);
      stride *= lanes && i === axes.length - 1 ? axis.size / 4 : axis.size;
    }
    return terms.length === 0 ? "0" : terms.join(" + ");
  }

  #compute(value: Value, bindings: Bindings, current: Frame): Emitted {
    const op = value.op;
    switch (op.kind) {
      case "constant":
        return {
          text: emitLiteral(op.value, value.dtype, this.needs),
          frame: this.root,
          lanes: false,
          dtype: value.dtype,
        };
      case "iota": {
        const { text, frame, lanes } = this.#binding(op.axis, bindings);
        if (lanes) return this.#define(frame, `vec4<i32>(4 * (${text})) + vec4<i32>(0, 1, 2, 3)`, "i32", true);
        return { text: `(${text})`, frame, lanes: false, dtype: "i32" };
      }
      case "map": {
        const operands = value.inputs.map((x) => this.emit(x, bindings, current));
        const frame = operands.reduce((f, x) => deeper(f, x.frame), this.root);
        return this.#define(
          frame,
          emitMap(op.name, operands, value.dtype, this.needs),
          value.dtype,
          operands.some((x) => x.lanes),
        );
      }
      case "stop":
        return this.emit(value.inputs[0]!, bindings, current);
      case "reindex":
        return this.#reindex(value, op, bindings, current);
      case "gather": {
        const index = this.emit(value.inputs[1]!, bindings, current);
        if (index.lanes) throw new GraphError("compile: an index over lanes");
        const text = index.dtype === "u32" ? `i32(${index.text})` : index.text;
        const inner = new Map(bindings).set(op.axis, { text, frame: index.frame, lanes: false });
        return this.emit(value.inputs[0]!, inner, current);
      }
      case "reduce":
        return this.sumInPlace(value, [bindings], this.#frameOf(value.axes, bindings))[0]!;
      default:
        throw new GraphError(`compile: a ${op.kind} must be stored before it is used`);
    }
  }

  /**
   * A short sum computed where it is needed, at several places of its axes in one loop, so that what they share is
   * loaded once.
   */
  sumInPlace(value: Value, places: readonly Bindings[], outer: Frame): Emitted[] {
    const op = value.op;
    if (op.kind !== "reduce" || op.reducer !== "sum") throw new GraphError("compile: only sums are computed in place");
    if (isUnrolled(value)) return places.map((bindings) => this.#unrolledSum(value, op.over, bindings, outer));
    const results = places.map((bindings): Emitted => {
      const lanes = value.axes.some((axis) => this.#binding(axis, bindings).lanes);
      return { text: this.fresh("e"), frame: outer, lanes, dtype: value.dtype };
    });
    for (const { text, lanes } of results) {
      const type = wgslType(value.dtype, lanes);
      outer.lines.push(`var ${text} = ${type}(${emitLiteral(0, value.dtype, this.needs)});`);
    }
    const nest: { frame: Frame; header: string }[] = [];
    const inside = places.map((bindings) => new Map(bindings));
    let parent = outer;
    for (const axis of op.over) {
      const frame = new Frame(parent);
      const name = this.fresh("j");
      for (const bindings of inside) bindings.set(axis, { text: name, frame, lanes: false });
      nest.push({ frame, header: `for (var ${name} = 0; ${name} < ${axis.size}; ${name}++)` });
      parent = frame;
    }
    const terms = inside.map((bindings) => this.emit(value.inputs[0]!, bindings, parent));
    for (const [i, { text }] of results.entries()) parent.lines.push(`${text} += ${terms[i]!.text};`);
    for (let i = nest.length - 1; i >= 0; i--) (nest[i - 1]?.frame ?? outer).block(nest[i]!.header, nest[i]!.frame);
    for (const [i, bindings] of places.entries()) this.know(value, bindings, results[i]!);
    return results;
  }

  /** A short sum written out: what does not depend on the loop around it is loaded before that loop, into registers. */
  #unrolledSum(value: Value, over: readonly Axis[], bindings: Bindings, outer: Frame): Emitted {
    const lanes = value.axes.some((axis) => this.#binding(axis, bindings).lanes);
    const type = wgslType(value.dtype, lanes);
    const zero = `${type}(${emitLiteral(0, value.dtype, this.needs)})`;
    const text = this.fresh("e");
    const places = placesAlong(over, this.root);
    outer.lines.push(`var ${text} = ${zero};`);
    for (let first = 0; first < places.length; first += BLOCK) {
      const part = places.length <= 2 * BLOCK ? text : this.fresh("p");
      if (part !== text) outer.lines.push(`var ${part} = ${zero};`);
      for (const place of places.slice(first, first + BLOCK)) {
        const term = this.emit(value.inputs[0]!, new Map([...bindings, ...place]), outer);
        outer.lines.push(`${part} += ${lanes && !term.lanes ? `${type}(${term.text})` : term.text};`);
      }
      if (part !== text) outer.lines.push(`${text} += ${part};`);
    }
    const emitted = { text, frame: outer, lanes, dtype: value.dtype };
    this.know(value, bindings, emitted);
    return emitted;
  }

  /**
   * Computes the sums in place under `value` at all `places` together, as far as they are reached through maps and
   * plain index maps; what is not reached is computed later, each by itself.
   */
  shareSums(value: Value, places: readonly Bindings[], frame: Frame): void {
    if (this.isReady(value)) return;
    const op = value.op;
    if (op.kind === "reduce") this.sumInPlace(value, places, frame);
    else if (op.kind === "map" || op.kind === "stop") for (const x of value.inputs) this.shareSums(x, places, frame);
    else if (op.kind === "reindex" && op.map.guards.length === 0) {
      const x = value.inputs[0]!;
      this.shareSums(
        x,
        places.map((bindings) => this.#rebind(op, x, bindings, undefined)),
        frame,
      );
    }
  }

  #reindex(value: Value, op: Op & { kind: "reindex" }, bindings: Bindings, current: Frame): Emitted {
    const x = value.inputs[0]!;
    const guards = op.map.guards.map(({ index, size }) => this.#guard(index, size, bindings)).filter((g) => g !== "");
    if (guards.length === 0) return this.emit(x, this.#rebind(op, x, bindings, undefined), current);

    const touched = [...new Set([...value.axes, ...op.map.guards.flatMap((g) => g.index.terms.map((t) => t.axis))])];
    const outer = this.#frameOf(touched, bindings);
    const lanes = value.axes.some((axis) => this.#binding(axis, bindings).lanes);
    const type = wgslType(value.dtype, lanes);
    const fill = emitLiteral(op.fill, value.dtype, this.needs);
    const name = this.fresh("r");
    const arm = new Frame(outer);
    const inside = this.emit(x, this.#rebind(op, x, bindings, arm), arm);
    const text = lanes && !inside.lanes ? `${type}(${inside.text})` : inside.text;
    outer.lines.push(`var ${name} = ${type}(${fill});`);
    arm.lines.push(`${name} = ${text};`);
    outer.block(`if (${guards.join(" && ")})`, arm);
    return { text: name, frame: outer, lanes, dtype: value.dtype };
  }

  /** The indices of the source in terms of those of the result. Under a guard they are valid in its arm only. */
  #rebind(op: Op & { kind: "reindex" }, x: Value, bindings: Bindings, arm: Frame | undefined): Bindings {
    const inner = new Map(bindings);
    for (const { axis, index } of op.map.source) {
      if (!x.hasAxis(axis)) continue;
      const lanes = index.terms.find((t) => this.#binding(t.axis, bindings).lanes);
      const frame = this.#frameOf(
        index.terms.map((t) => t.axis),
        bindings,
      );
      const text = lanes === undefined ? this.#index(index, bindings) : this.#laneIndex(index, bindings);
      inner.set(axis, { text: `(${text})`, frame: arm ?? frame, lanes: lanes !== undefined });
    }
    return inner;
  }

  #index({ terms, offset, divisor, modulus }: IndexExpression, bindings: Bindings): string {
    const parts = terms.map(({ axis, coefficient }) => {
      const { text } = this.#binding(axis, bindings);
      return coefficient === 1 ? text : `${text} * ${coefficient < 0 ? `(${coefficient})` : coefficient}`;
    });
    if (offset !== 0 || parts.length === 0) parts.push(offset < 0 ? `(${offset})` : `${offset}`);
    let text = parts.join(" + ");
    if (divisor !== 1) text = `(${text}) / ${divisor}`;
    if (modulus !== 0) text = `(${text}) % ${modulus}`;
    return text;
  }

  /** An index along which lanes run, in vec4s; `carriesLanes` has checked that it comes out whole. */
  #laneIndex({ terms, offset, modulus }: IndexExpression, bindings: Bindings): string {
    const parts = terms.map(({ axis, coefficient }) => {
      const { text, lanes } = this.#binding(axis, bindings);
      return lanes ? text : `${text} * ${coefficient / 4}`;
    });
    if (offset !== 0) parts.push(`${offset / 4}`);
    const sum = parts.join(" + ");
    return modulus === 0 ? sum : `(${sum}) % ${modulus / 4}`;
  }

  /** 0 ≤ index < size as WGSL, "" where it always holds. */
  #guard(index: IndexExpression, size: number, bindings: Bindings): string {
    const text = this.#index({ ...index, divisor: 1, modulus: 0 }, bindings);
    if (index.modulus !== 0) {
      const quotient = index.divisor === 1 ? text : `(${text}) / ${index.divisor}`;
      return size === 1
        ? `(${quotient}) % ${index.modulus} == 0`
        : `(${text}) >= 0 && (${quotient}) % ${index.modulus} < ${size}`;
    }
    let lowest = index.offset;
    let highest = index.offset;
    for (const { axis, coefficient } of index.terms) {
      const reach = coefficient * (axis.size - 1);
      if (reach > 0) highest += reach;
      else lowest += reach;
    }
    if (size === 1 && index.divisor === 1) return lowest === 0 && highest === 0 ? "" : `(${text}) == 0`;
    const tests: string[] = [];
    if (lowest < 0) tests.push(`(${text}) >= 0`);
    if (highest >= size * index.divisor) tests.push(`(${text}) < ${size * index.divisor}`);
    return tests.join(" && ");
  }
}

/** True where lanes along `axis` stay lanes in everything under `value` that is computed in place. */
export function carriesLanes(value: Value, lanes: ReadonlySet<Axis>, isStored: (value: Value) => boolean): boolean {
  const seen = new Map<string, boolean>();
  const visit = (v: Value, along: ReadonlySet<Axis>): boolean => {
    const carried = v.axes.filter((axis) => along.has(axis));
    if (carried.length === 0) return true;
    const key = `${v.id}:${carried.map((axis) => axis.order + axis.name).join()}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const result = decide(v, along, carried);
    seen.set(key, result);
    return result;
  };
  const decide = (v: Value, along: ReadonlySet<Axis>, carried: Axis[]): boolean => {
    if (carried.length > 1) return false;
    if (isStored(v)) return isDrawAxis(carried[0]!);
    const op = v.op;
    switch (op.kind) {
      case "iota":
      case "constant":
        return true;
      case "map":
        return !["mod"].includes(op.name) && v.inputs.every((x) => visit(x, along));
      case "stop":
        return visit(v.inputs[0]!, along);
      case "reduce":
        return visit(v.inputs[0]!, along);
      case "gather":
        return !v.inputs[1]!.axes.some((axis) => along.has(axis)) && visit(v.inputs[0]!, along);
      case "reindex": {
        const touchesGuard = op.map.guards.some((g) => g.index.terms.some((t) => along.has(t.axis)));
        if (touchesGuard) return false;
        const inner = new Set(along);
        for (const { axis, index } of op.map.source) {
          inner.delete(axis);
          const lane = index.terms.find((t) => along.has(t.axis));
          if (lane === undefined) continue;
          const whole =
            lane.coefficient === 1 && index.divisor === 1 && index.modulus % 4 === 0 && index.offset % 4 === 0;
          if (!whole || index.terms.some((t) => t !== lane && t.coefficient % 4 !== 0)) return false;
          inner.add(axis);
        }
        return visit(v.inputs[0]!, inner);
      }
      default:
        return false;
    }
  };
  return visit(value, lanes);
}
