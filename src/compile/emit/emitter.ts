/** Expressions of the graph as WGSL statements, each put into the outermost block that knows its indices. */
import type { Axis } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { DType, MapName, Op, Value } from "../../graph/value.ts";
import { isUnrolled } from "../passes.ts";
import { deeper, Frame } from "./frame.ts";
import { constantIndex, guardText, indexText, laneIndexText } from "./indices.ts";
import { emitExpNegAbs, emitLiteral, emitMap, type Needs, takesExponential, wgslType } from "./maps.ts";
import { loadElement, loadLanes, type Memory, type Place } from "./memory.ts";
import { placesAlong } from "./places.ts";
import { isShort, sumInOrder, sumWrittenOut } from "./unroll.ts";

/**
 * What an axis stands for at some point of the code: an i32 expression and the block that defines it. The axis of
 * lanes is bound to the index of its first lane divided by four; its four neighbours are one vec4.
 */
export interface Binding {
  readonly text: string;
  readonly frame: Frame;
  readonly lanes: boolean;
  /** The index as a number, where it is known. */
  readonly constant?: number;
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

/** No names for variables. */
const TYPES: ReadonlySet<string> = new Set(["f16", "f32", "i32", "u32"]);

export class Emitter {
  #names = 0;
  readonly #locals = new Map<Value, Local>();
  /** Indices that have a name, by the block that defines them. */
  readonly #indices = new Map<Frame, Map<string, string>>();
  readonly #made = new Map<string, Emitted>();
  /** e^-|x| by the text of x. */
  readonly #exponentials = new Map<string, Emitted>();

  constructor(
    readonly memory: Memory,
    readonly needs: Needs,
    /** The outermost block: what holds for all items of a thread. */
    readonly root: Frame,
    /** Values that this thread computes itself and keeps at hand. */
    readonly own: ReadonlySet<Value>,
    /** Short loops of no more operations are written out; 0 for none. */
    readonly mostUnrolled: number,
  ) {}

  /** Whether a value is loaded or at hand, not computed where it is needed. */
  isReady(value: Value): boolean {
    return this.own.has(value) || this.#locals.has(value) || this.memory.placeOf(value) !== undefined;
  }

  fresh(prefix: string): string {
    const name = `${prefix}${this.#names++}`;
    return TYPES.has(name) ? this.fresh(prefix) : name;
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
    placesAlong([axis], frame, bindings).forEach((place, i) => {
      this.know(value, place, { text: `${table}[${i}]`, frame, lanes, dtype });
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
    let known = 0;
    const terms: string[] = [];
    for (let i = axes.length - 1; i >= 0; i--) {
      const axis = axes[i]!;
      const { text, constant } = this.#binding(axis, bindings);
      if (constant !== undefined) known += constant * stride;
      else if (text !== "0") terms.unshift(stride === 1 ? text : `${text} * ${stride}`);
      stride *= lanes && i === axes.length - 1 ? axis.size / 4 : axis.size;
    }
    if (known !== 0 || terms.length === 0) terms.push(`${known}`);
    return terms.join(" + ");
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
        if (takesExponential(op.name)) operands.push(this.#exponential(operands[0]!));
        const frame = operands.reduce((f, x) => deeper(f, x.frame), this.root);
        const kept = withoutZero(op.name, operands);
        if (kept !== undefined) return kept;
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

  /** e^-|x| of what has been emitted, once for all that need it. */
  #exponential(x: Emitted): Emitted {
    const known = this.#exponentials.get(x.text);
    if (known !== undefined) return known;
    const made = this.#define(x.frame, emitExpNegAbs(x, this.needs), "f32", x.lanes);
    this.#exponentials.set(x.text, made);
    return made;
  }

  /**
   * A short sum computed where it is needed, at several places of its axes in one loop, so that what they share is
   * loaded once.
   */
  sumInPlace(value: Value, places: readonly Bindings[], outer: Frame): Emitted[] {
    const op = value.op;
    if (op.kind !== "reduce" || op.reducer !== "sum") throw new GraphError("compile: only sums are computed in place");
    const writtenOut = isUnrolled(value)
      ? sumInOrder
      : isShort(value.inputs[0]!, op.over, this)
        ? sumWrittenOut
        : undefined;
    if (writtenOut !== undefined) {
      return places.map((bindings) => {
        const sum = writtenOut(this, value, bindings, outer);
        this.know(value, bindings, sum);
        return sum;
      });
    }
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

  /**
   * Computes the sums in place under `value` at all `places` together, as far as they are reached through maps and
   * plain index maps; what is not reached is computed later, each by itself.
   */
  shareSums(value: Value, places: readonly Bindings[], frame: Frame): void {
    const seen = new Set<string>();
    const visit = (v: Value, at: readonly Bindings[]): void => {
      if (this.isReady(v)) return;
      const key = at.map((bindings) => this.#key(v, bindings)).join("|");
      if (seen.has(key)) return;
      seen.add(key);
      const op = v.op;
      if (op.kind === "reduce") this.sumInPlace(v, at, frame);
      else if (op.kind === "map" || op.kind === "stop") for (const x of v.inputs) visit(x, at);
      else if (op.kind === "reindex" && op.map.guards.length === 0) {
        const x = v.inputs[0]!;
        visit(
          x,
          at.map((bindings) => this.#rebind(op, x, bindings, undefined)),
        );
      }
    };
    visit(value, places);
  }

  #reindex(value: Value, op: Op & { kind: "reindex" }, bindings: Bindings, current: Frame): Emitted {
    const x = value.inputs[0]!;
    const bindingOf = (axis: Axis): Binding => this.#binding(axis, bindings);
    const guards = op.map.guards
      .map(({ index, size }) => guardText(index, size, bindingOf))
      .filter((guard) => guard !== true);
    if (guards.includes(false)) {
      return {
        text: emitLiteral(op.fill, value.dtype, this.needs),
        frame: this.root,
        lanes: false,
        dtype: value.dtype,
      };
    }
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
    outer.block(`if (${guards.map((guard) => `(${guard})`).join(" & ")})`, arm);
    return { text: name, frame: outer, lanes, dtype: value.dtype };
  }

  /** The indices of the source in terms of those of the result. Under a guard they are valid in its arm only. */
  #rebind(op: Op & { kind: "reindex" }, x: Value, bindings: Bindings, arm: Frame | undefined): Bindings {
    const inner = new Map(bindings);
    const bindingOf = (axis: Axis): Binding => this.#binding(axis, bindings);
    for (const { axis, index } of op.map.source) {
      if (!x.hasAxis(axis)) continue;
      const lanes = index.terms.find((t) => this.#binding(t.axis, bindings).lanes);
      const frame = this.#frameOf(
        index.terms.map((t) => t.axis),
        bindings,
      );
      const constant = constantIndex(index, bindingOf);
      const text = lanes === undefined ? indexText(index, bindingOf) : laneIndexText(index, bindingOf);
      const at = arm ?? frame;
      if (constant !== undefined) inner.set(axis, { text: `${constant}`, frame: at, lanes: false, constant });
      else inner.set(axis, { text: this.#named(text, at), frame: at, lanes: lanes !== undefined });
    }
    return inner;
  }

  /** An index in a variable of its block, so that it is computed once. */
  #named(text: string, frame: Frame): string {
    if (/^\w+$/.test(text)) return text;
    const names = this.#indices.get(frame) ?? new Map<string, string>();
    this.#indices.set(frame, names);
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = this.fresh("x");
    frame.lines.push(`let ${name} = ${text};`);
    names.set(text, name);
    return name;
  }
}

/** What is left of a sum with a zero, such as a slice leaves outside its range. */
function withoutZero(name: MapName, [a, b]: readonly Emitted[]): Emitted | undefined {
  if (name !== "add") return undefined;
  if (a!.text === "0.0f") return b;
  return b!.text === "0.0f" ? a : undefined;
}
