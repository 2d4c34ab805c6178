/** The running totals of a loop. */
import type { Axis } from "../../graph/axis.ts";
import type { Reducer, Value } from "../../graph/value.ts";
import type { Bindings, Emitted } from "./emitter.ts";
import type { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { emitLiteral, type Needs, wgslType } from "./maps.ts";

export interface Accumulator {
  readonly value: Value;
  readonly name: string;
  readonly lanes: boolean;
}

const reducerOf = (value: Value): Reducer =>
  value.op.kind === "reduce" || value.op.kind === "segment" ? value.op.reducer : "sum";

export const isSum = ({ value }: Accumulator): boolean => reducerOf(value) === "sum";

export function declareAccumulators({ stage, lanes, emitter, root, needs }: StageContext): Accumulator[] {
  return stage.members.map(({ value }) => {
    const carried = lanes !== undefined && (value.hasAxis(lanes) || value.inputs[0]!.hasAxis(lanes));
    const accumulator = { value, name: emitter.fresh("a"), lanes: carried };
    root.lines.push(declaration(accumulator, needs));
    return accumulator;
  });
}

/** `var name = …` with the value of an empty reduction. */
export function declaration({ value, name, lanes }: Accumulator, needs: Needs): string {
  const reducer = reducerOf(value);
  if (reducer === "logSumExp") {
    needs.leaves.add("e_lseEmpty");
    return `var ${name} = e_lseEmpty();`;
  }
  const type = wgslType(value.dtype, lanes);
  if (reducer === "sum") return `var ${name} = ${type}(${emitLiteral(0, value.dtype, needs)});`;
  const lowest = { f32: emitLiteral(-Infinity, "f32", needs), i32: "-2147483647i", u32: "0u", bool: "false" };
  return `var ${name} = ${type}(${lowest[value.dtype]});`;
}

/** One term more for each total, the terms being evaluated under `bindings` in `inner`. */
export function accumulateTerms(
  { emitter, needs }: StageContext,
  accumulators: readonly Accumulator[],
  bindings: Bindings,
  inner: Frame,
): void {
  const terms = accumulators.map(({ value }) => emitter.emit(value.inputs[0]!, bindings, inner));
  accumulators.forEach((accumulator, i) => {
    const { value, name, lanes } = accumulator;
    const term = terms[i]!;
    const text = lanes && !term.lanes ? `${wgslType(value.dtype, true)}(${term.text})` : term.text;
    inner.lines.push(`${name} ${combine(reducerOf(value), value, name, text, lanes, needs)};`);
  });
}

export function combine(
  reducer: Reducer,
  value: Value,
  name: string,
  text: string,
  lanes: boolean,
  needs: Needs,
): string {
  if (reducer === "sum") return `+= ${text}`;
  if (reducer === "logSumExp") {
    needs.leaves.add("e_lseMerge");
    return `= e_lseMerge(${name}, ${text})`;
  }
  if (value.dtype !== "f32") return `= max(${name}, ${text})`;
  needs.leaves.add("e_max");
  if (!lanes) return `= e_max(${name}, ${text})`;
  const parts = ["x", "y", "z", "w"].map((lane) => `e_max(${name}.${lane}, ${text}.${lane})`);
  return `= vec4<f32>(${parts.join(", ")})`;
}

/** The result of a reduction over `over`: lanes that ran along it are joined. */
export function finishAccumulator(
  { emitter, needs, root, lanes: along }: StageContext,
  { value, name, lanes }: Accumulator,
  over: readonly Axis[],
): Emitted {
  const reducer = reducerOf(value);
  const result = { frame: root, lanes: false, dtype: value.dtype };
  if (reducer === "logSumExp") {
    needs.leaves.add("e_lseFinish");
    const done = emitter.fresh("s");
    root.lines.push(`let ${done} = e_lseFinish(${name});`);
    return { ...result, text: done };
  }
  const across = lanes && along !== undefined && over.includes(along);
  if (!across) return { ...result, text: name, lanes };
  if (reducer === "sum") return { ...result, text: `((${name}.x + ${name}.y) + (${name}.z + ${name}.w))` };
  const join = value.dtype === "f32" ? "e_max" : "max";
  if (join === "e_max") needs.leaves.add(join);
  return { ...result, text: `${join}(${join}(${name}.x, ${name}.y), ${join}(${name}.z, ${name}.w))` };
}
