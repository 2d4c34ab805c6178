/** The serial loops of a reduction: nested over its axes, blocked where long, several rows at a time where that pays. */
import type { Axis } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import type { Bound } from "../nonzero.ts";
import { isUnrolled } from "../passes.ts";
import { type Accumulator, accumulateTerms, BLOCK, declareIn, freshParts, isSum } from "./accumulators.ts";
import type { Bindings } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { commonBounds, type Range, rangeOf } from "./ranges.ts";

/** Rows a thread takes at a time where each needs a short sum of its own over shared operands. */
const ROWS = 4;

/** Emits the loops over `over` into the context's root; one list of accumulators for each copy's bindings. */
export function emitLoops(
  context: StageContext,
  over: readonly Axis[],
  accumulators: readonly (readonly Accumulator[])[],
  copies: readonly Bindings[],
): void {
  const last = over.length - 1;
  const bounds = commonBounds(context.stage.members.map(({ value }) => value));
  const rowsShareSums = context.stage.members.some(({ value }) => hasSumInPlace(context, value.inputs[0]!));
  nest(context, over.slice(0, last), bounds, context.root, accumulators, copies, (frame, totals, inside) => {
    const axis = over[last]!;
    const range = rangeOf(context, axis, bounds, inside, frame);
    if (axis === context.lanes || !rowsShareSums) blockedLoop(context, axis, range, frame, totals, inside);
    else rowsLoop(context, axis, range, frame, totals, inside);
  });
}

type Totals = readonly (readonly Accumulator[])[];

/** Loops over the outer axes, `body` inside them with totals of its own. */
function nest(
  context: StageContext,
  axes: readonly Axis[],
  bounds: readonly Bound[],
  outer: Frame,
  totals: Totals,
  copies: readonly Bindings[],
  body: (frame: Frame, totals: Totals, copies: readonly Bindings[]) => void,
): void {
  const [axis, ...rest] = axes;
  if (axis === undefined) {
    body(outer, totals, copies);
    return;
  }
  const { emitter, lanes } = context;
  const name = emitter.fresh("j");
  const { first, end } = rangeOf(context, axis, bounds, copies, outer);
  const frame = new Frame(outer);
  const inside = bind(copies, axis, name, frame, axis === lanes);
  inParts(context, totals, frame, (parts) => nest(context, rest, bounds, frame, parts, inside, body));
  outer.block(`for (var ${name} = ${first}; ${name} < ${end}; ${name}++)`, frame);
}

/** Sums go to fresh totals inside `frame`, which are added to the whole at its end. */
function inParts(context: StageContext, totals: Totals, frame: Frame, body: (parts: Totals) => void): void {
  const parts = totals.map((list) => {
    const fresh = freshParts(context, list.filter(isSum));
    declareIn(frame, fresh, context);
    return list.map((a) => (isSum(a) ? fresh.shift()! : a));
  });
  body(parts);
  totals.forEach((list, copy) => {
    for (const [i, whole] of list.entries()) {
      if (isSum(whole)) frame.lines.push(`${whole.name} += ${parts[copy]![i]!.name};`);
    }
  });
}

const bind = (copies: readonly Bindings[], axis: Axis, text: string, frame: Frame, lanes: boolean): Bindings[] =>
  copies.map((bindings) => new Map(bindings).set(axis, { text, frame, lanes }));

function blockedLoop(
  context: StageContext,
  axis: Axis,
  { first, end, most }: Range,
  outer: Frame,
  totals: Totals,
  copies: readonly Bindings[],
): void {
  const { emitter, lanes } = context;
  const name = emitter.fresh("j");
  const loop = (parent: Frame, sums: Totals, range: string): void => {
    const frame = new Frame(parent);
    const inside = bind(copies, axis, name, frame, axis === lanes);
    for (const [copy, list] of sums.entries()) accumulateTerms(context, list, inside[copy]!, frame);
    parent.block(`for (${range}; ${name}++)`, frame);
  };
  if (most <= 2 * BLOCK) {
    loop(outer, totals, `var ${name} = ${first}; ${name} < ${end}`);
    return;
  }
  const body = new Frame(outer);
  const start = emitter.fresh("b");
  inParts(context, totals, body, (parts) =>
    loop(body, parts, `var ${name} = ${start}; ${name} < min(${start} + ${BLOCK}, ${end})`),
  );
  outer.block(`for (var ${start} = ${first}; ${start} < ${end}; ${start} += ${BLOCK})`, body);
}

/** `ROWS` rows an iteration, their short sums in one inner loop; then the rest one by one. */
function rowsLoop(
  context: StageContext,
  axis: Axis,
  { first, end }: Range,
  outer: Frame,
  totals: Totals,
  copies: readonly Bindings[],
): void {
  const { emitter, stage } = context;
  const name = emitter.fresh("j");
  outer.lines.push(`var ${name} = ${first};`);
  const several = new Frame(outer);
  const rows = Array.from({ length: ROWS }, (_, row) => {
    if (row === 0) return bind(copies, axis, name, several, false);
    const at = emitter.fresh("j");
    several.lines.push(`let ${at} = ${name} + ${row};`);
    return bind(copies, axis, at, several, false);
  });
  totals.forEach((list, copy) => {
    const places = rows.map((row) => row[copy]!);
    for (const { value } of stage.members) emitter.shareSums(value.inputs[0]!, places, several);
    for (const bindings of places) accumulateTerms(context, list, bindings, several);
  });
  outer.block(`for (; ${name} + ${ROWS - 1} < ${end}; ${name} += ${ROWS})`, several);
  const single = new Frame(outer);
  const inside = bind(copies, axis, name, single, false);
  for (const [copy, list] of totals.entries()) accumulateTerms(context, list, inside[copy]!, single);
  outer.block(`for (; ${name} < ${end}; ${name}++)`, single);
}

/** Whether a sum is computed in place in a loop of its own. */
function hasSumInPlace(context: StageContext, value: Value, seen = new Set<Value>()): boolean {
  if (seen.has(value)) return false;
  seen.add(value);
  if (context.emitter.isReady(value) || isUnrolled(value)) return false;
  return value.op.kind === "reduce" || value.inputs.some((x) => hasSumInPlace(context, x, seen));
}
