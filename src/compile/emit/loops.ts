/** The serial loops of a reduction: nested over its axes, blocked where long, several rows at a time where that pays. */
import type { Axis } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { lastTileOf } from "../lower.ts";
import { type Accumulator, accumulateTerms, declaration, isSum } from "./accumulators.ts";
import type { Bindings } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { GroupContext } from "./group.ts";

/** A long sum goes through partial sums of so many terms: its error grows with the block, not with the length. */
const BLOCK = 64;
/** Rows a thread takes at a time where each needs a short sum of its own over shared operands. */
const ROWS = 4;

/** Emits the loops over `over` into the context's root; one list of accumulators for each copy's bindings. */
export function emitLoops(
  context: GroupContext,
  over: readonly Axis[],
  accumulators: readonly (readonly Accumulator[])[],
  copies: readonly Bindings[],
): void {
  const last = over.length - 1;
  const rowsShareSums = context.group.members.some(({ value }) => hasSumInPlace(context, value.inputs[0]!));
  nest(context, over.slice(0, last), context.root, copies, (frame, inside) => {
    const axis = over[last]!;
    const extent = extentOf(context, axis, inside[0]!, frame);
    if (axis === context.tactics.lanes || !rowsShareSums)
      blockedLoop(context, axis, extent, frame, accumulators, inside);
    else rowsLoop(context, axis, extent, frame, accumulators, inside);
  });
}

/** Plain loops over the outer axes, `body` inside them. */
function nest(
  context: GroupContext,
  axes: readonly Axis[],
  outer: Frame,
  copies: readonly Bindings[],
  body: (frame: Frame, copies: readonly Bindings[]) => void,
): void {
  const [axis, ...rest] = axes;
  if (axis === undefined) {
    body(outer, copies);
    return;
  }
  const frame = new Frame(outer);
  const name = context.emitter.fresh("j");
  const { text } = extentOf(context, axis, copies[0]!, outer);
  nest(context, rest, frame, bind(copies, axis, name, frame, axis === context.tactics.lanes), body);
  outer.block(`for (var ${name} = 0; ${name} < ${text}; ${name}++)`, frame);
}

const bind = (copies: readonly Bindings[], axis: Axis, text: string, frame: Frame, lanes: boolean): Bindings[] =>
  copies.map((bindings) => new Map(bindings).set(axis, { text, frame, lanes }));

interface Extent {
  /** WGSL of the number of iterations. */
  readonly text: string;
  readonly most: number;
}

/** How far a loop runs: the extent, in vec4s along lanes; in the last tile only as far as the axis goes. */
function extentOf(context: GroupContext, axis: Axis, bindings: Bindings, frame: Frame): Extent {
  const most = axis === context.tactics.lanes ? axis.size / 4 : axis.size;
  const last = lastTileOf(axis);
  if (last === undefined) return { text: `${most}`, most };
  const name = context.emitter.fresh("n");
  const tile = bindings.get(last.tile)!.text;
  frame.lines.push(`let ${name} = min(${axis.size}, ${last.size} - ${tile} * ${axis.size});`);
  return { text: name, most };
}

function blockedLoop(
  context: GroupContext,
  axis: Axis,
  { text, most }: Extent,
  outer: Frame,
  accumulators: readonly (readonly Accumulator[])[],
  copies: readonly Bindings[],
): void {
  const { emitter, needs, tactics } = context;
  const blocked = most > 4 * BLOCK;
  const body = blocked ? new Frame(outer) : outer;
  const frame = new Frame(body);
  const name = emitter.fresh("j");
  const inside = bind(copies, axis, name, frame, axis === tactics.lanes);
  const partial = accumulators.map((list) =>
    list.map((a) => (blocked && isSum(a) ? { ...a, name: emitter.fresh("p") } : a)),
  );
  for (const [copy, list] of partial.entries()) accumulateTerms(context, list, inside[copy]!, frame);
  if (!blocked) {
    outer.block(`for (var ${name} = 0; ${name} < ${text}; ${name}++)`, frame);
    return;
  }
  const pairs = partial.flatMap((list, copy) => list.map((part, i) => ({ part, whole: accumulators[copy]![i]! })));
  const split = pairs.filter(({ part, whole }) => part !== whole);
  for (const { part } of split) body.lines.push(declaration(part, needs));
  const start = emitter.fresh("b");
  body.block(`for (var ${name} = ${start}; ${name} < min(${start} + ${BLOCK}, ${text}); ${name}++)`, frame);
  for (const { part, whole } of split) body.lines.push(`${whole.name} += ${part.name};`);
  outer.block(`for (var ${start} = 0; ${start} < ${text}; ${start} += ${BLOCK})`, body);
}

/** `ROWS` rows an iteration, their short sums in one inner loop; then the rest one by one. */
function rowsLoop(
  context: GroupContext,
  axis: Axis,
  { text }: Extent,
  outer: Frame,
  accumulators: readonly (readonly Accumulator[])[],
  copies: readonly Bindings[],
): void {
  const { emitter, group } = context;
  const name = emitter.fresh("j");
  outer.lines.push(`var ${name} = 0;`);
  const several = new Frame(outer);
  const rows = Array.from({ length: ROWS }, (_, row) => {
    if (row === 0) return bind(copies, axis, name, several, false);
    const at = emitter.fresh("j");
    several.lines.push(`let ${at} = ${name} + ${row};`);
    return bind(copies, axis, at, several, false);
  });
  accumulators.forEach((list, copy) => {
    const places = rows.map((row) => row[copy]!);
    for (const { value } of group.members) emitter.shareSums(value.inputs[0]!, places, several);
    for (const bindings of places) accumulateTerms(context, list, bindings, several);
  });
  outer.block(`for (; ${name} + ${ROWS - 1} < ${text}; ${name} += ${ROWS})`, several);
  const single = new Frame(outer);
  const inside = bind(copies, axis, name, single, false);
  for (const [copy, list] of accumulators.entries()) accumulateTerms(context, list, inside[copy]!, single);
  outer.block(`for (; ${name} < ${text}; ${name}++)`, single);
}

function hasSumInPlace(context: GroupContext, value: Value): boolean {
  if (context.emitter.memory.placeOf(value) !== undefined) return false;
  return value.op.kind === "reduce" || value.inputs.some((x) => hasSumInPlace(context, x));
}
