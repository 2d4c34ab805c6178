/** The running totals of a loop. */
import type { Axis } from "../../graph/axis.ts";
import type { Reducer, Value } from "../../graph/value.ts";
import type { Member } from "../levels.ts";
import { heldAxes } from "../passes.ts";
import type { Bindings, Emitted } from "./emitter.ts";
import type { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { emitLiteral, type Needs, wgslType } from "./maps.ts";
import { placesAlong } from "./places.ts";

/**
 * A long sum goes through partial sums of so many terms, and a sum over several axes through partial sums along each:
 * its error grows with the loops, not with their product.
 */
export const BLOCK = 32;

export interface Accumulator {
  readonly member: Member;
  readonly value: Value;
  readonly name: string;
  readonly lanes: boolean;
  /** Where its result belongs. */
  readonly bindings: Bindings;
  /** Its place along the axis that the thread holds, a register for each entry. */
  readonly at: Bindings;
  /** The array that it is an element of. */
  readonly table: Table | undefined;
}

/** An array of the thread along an axis that it holds. */
export interface Table {
  readonly name: string;
  readonly axis: Axis;
}

const reducerOf = (value: Value): Reducer =>
  value.op.kind === "reduce" || value.op.kind === "segment" ? value.op.reducer : "sum";

export const isSum = ({ value }: Accumulator): boolean => reducerOf(value) === "sum";

/** Totals for every member, where `bindings` say; along held axes several, in an array where `inTables` asks for it. */
export function declareAccumulators(context: StageContext, bindings: Bindings, inTables: boolean): Accumulator[] {
  const { stage, lanes, emitter, root } = context;
  const accumulators = stage.members.flatMap((member) => {
    const { value } = member;
    const carried = lanes !== undefined && (value.hasAxis(lanes) || value.inputs[0]!.hasAxis(lanes));
    const [axis] = heldAxes(value);
    const table = inTables && axis !== undefined ? { name: emitter.fresh("t"), axis } : undefined;
    return placesAlong(heldAxes(value), root).map((at, i): Accumulator => {
      const name = table === undefined ? emitter.fresh("a") : `${table.name}[${i}]`;
      return { member, value, name, lanes: carried, bindings: new Map([...bindings, ...at]), at, table };
    });
  });
  declareIn(root, accumulators, context);
  return accumulators;
}

/** Accumulators of their own beside those given, with fresh names. */
export function freshParts({ emitter }: StageContext, accumulators: readonly Accumulator[]): Accumulator[] {
  const tables = new Map<Table, Table>();
  return accumulators.map((a, i) => {
    if (a.table === undefined) return { ...a, name: emitter.fresh("p") };
    const table = tables.get(a.table) ?? { ...a.table, name: emitter.fresh("t") };
    tables.set(a.table, table);
    const first = accumulators.findIndex((other) => other.table === a.table);
    return { ...a, table, name: `${table.name}[${i - first}]` };
  });
}

export function declareIn(frame: Frame, accumulators: readonly Accumulator[], { needs }: StageContext): void {
  const declared = new Set<Table>();
  for (const a of accumulators) {
    if (a.table === undefined) frame.lines.push(declaration(a, needs));
    else if (!declared.has(a.table)) {
      declared.add(a.table);
      // Zeroed in so many words: adapters have left a declaration without a value as it was in a loop's last round.
      frame.lines.push(`var ${a.table.name} = array<${wgslType(a.value.dtype, a.lanes)}, ${a.table.axis.size}>();`);
    }
  }
}

/** `var name = …` with the value of an empty reduction. */
export function declaration(
  { value, name, lanes }: Pick<Accumulator, "value" | "name" | "lanes">,
  needs: Needs,
): string {
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
  const terms = accumulators.map(({ value, at }) =>
    emitter.emit(value.inputs[0]!, at.size === 0 ? bindings : new Map([...bindings, ...at]), inner),
  );
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
