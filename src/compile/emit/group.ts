/** The WGSL of one group: decode the thread's indices, run its loop, write its members. */
import type { Axis } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/value.ts";
import { type Loop, type Member, membersOf, type Stage } from "../levels.ts";
import { heldAxes } from "../passes.ts";
import type { ScheduledGroup } from "../schedule.ts";
import { type Accumulator, accumulateTerms, declareAccumulators, finishAccumulator } from "./accumulators.ts";
import { type Binding, type Bindings, type Emitted, Emitter } from "./emitter.ts";
import { Frame } from "./frame.ts";
import { emitLoops } from "./loops.ts";
import type { Needs } from "./maps.ts";
import { type Memory, type Place, wordAt } from "./memory.ts";
import { emitQuads } from "./quads.ts";
import { emitRandom } from "./random.ts";
import { emitScan } from "./scan.ts";
import { emitShares } from "./share.ts";
import { emitSolve } from "./solve.ts";
import { emitTables } from "./tables.ts";
import { extentAlong, type Tactics } from "./tactics.ts";
import { isShort, sumWrittenOut } from "./unroll.ts";
import { Items, type Walk } from "./walk.ts";
import { writeWhole } from "./write.ts";

/** Where the members of a group are written. */
export interface Targets extends Memory {
  targetOf(member: Member): Place;
  /** WGSL expression (i32) of the first word of this step's entry in the trace. */
  readonly traceEntry: string;
  /** WGSL of the word that counts the steps traced. */
  readonly traceCount: string;
  /** Whether a stored value is read by none but the group that computes it: it stays in registers. */
  isLocal(value: Value): boolean;
}

/** What the emission of one stage shares. */
export interface StageContext {
  readonly stage: Stage;
  /** The axis along which values of this stage hold four draws, parallel or serial. */
  readonly lanes: Axis | undefined;
  readonly targets: Targets;
  readonly needs: Needs;
  readonly emitter: Emitter;
  /** The block of one item. */
  readonly root: Frame;
  /** Whether what a thread holds along an axis goes into arrays. */
  readonly tables: boolean;
}

/**
 * What a thread does for its items: statements ready to stand in a function. All values of an item are evaluated before
 * the first is written; what does not depend on the item comes before the loop over them.
 */
export function emitGroup(
  group: ScheduledGroup,
  targets: Targets,
  needs: Needs,
  walk: Walk,
  mostUnrolled: number,
): string[] {
  const { tactics } = group;
  const thread = new Frame(null);
  const items = new Items(
    walk,
    thread,
    group.stages.some((stage) => stage.loop.kind === "share"),
  );
  const { item, root } = items;
  const own = new Set(membersOf(group).flatMap((member) => (member.kind === "store" ? [member.value] : [])));
  const memory: Memory = {
    placeOf: (value) => (own.has(value) ? undefined : targets.placeOf(value)),
    csrOf: (index, out) => targets.csrOf(index, out),
  };
  const emitter = new Emitter(memory, needs, thread, own, mostUnrolled);
  const context = (stage: Stage, lanes: Axis | undefined): StageContext => ({
    ...{ stage, lanes, targets, needs, root, emitter },
    tables: tactics.tables,
  });
  const [{ loop, members }] = group.stages as [Stage];
  if (loop.kind === "random") {
    emitRandom(context(group.stages[0]!, tactics.lanes), members[0]!, item);
    return items.finish([]);
  }
  if (tactics.quads !== undefined) {
    emitQuads(context(group.stages[0]!, undefined), tactics.quads, item, "lane");
    return items.finish([]);
  }
  const copies = decode(group.parallel, item, root, emitter, tactics);
  const writes: (() => void)[] = [];
  const afterwards: string[] = [];
  group.stages.forEach((stage, i) => {
    const shared = context(stage, tactics.lanes ?? tactics.serialLanes[i]);
    if (stage.loop.kind === "share") {
      afterwards.push(...emitShares(shared, copies[0]!, items));
      return;
    }
    for (const { member, bindings, emitted } of compute(shared, copies)) {
      if (member.kind === "store") emitter.know(member.value, bindings, emitted);
      if (member.kind === "store" && targets.isLocal(member.value)) continue;
      writes.push(() => writeWhole(shared, member, emitted, bindings));
    }
  });
  for (const writeOne of writes) writeOne();
  // The thread that writes the traces also counts the steps.
  if (membersOf(group).some((member) => member.kind === "trace"))
    root.lines.push(`${targets.traceCount} = ${targets.traceCount} + 1u;`);
  return items.finish(afterwards);
}

/** The thread's indices; several sets of them where it takes neighbours along blocked axes. */
function decode(axes: readonly Axis[], item: string, frame: Frame, emitter: Emitter, tactics: Tactics): Bindings[] {
  const bindings = new Map<Axis, Binding>();
  let rest = item;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]!;
    const { threads } = extentAlong(axis, tactics);
    const name = threads === 1 ? "0" : emitter.fresh("i");
    if (threads > 1) frame.lines.push(`let ${name} = ${i === 0 ? rest : `${rest} % ${threads}`};`);
    bindings.set(axis, { text: name, frame, lanes: axis === tactics.lanes });
    if (i > 0 && threads > 1) {
      const quotient = emitter.fresh("q");
      frame.lines.push(`let ${quotient} = ${rest} / ${threads};`);
      rest = quotient;
    }
  }
  let copies: Bindings[] = [bindings];
  for (const { axis } of tactics.blocks) copies = neighbours(copies, axis, extentAlong(axis, tactics), frame, emitter);
  return copies;
}

/** Each set of indices `width` times over, side by side along an axis. */
function neighbours(
  copies: readonly Bindings[],
  axis: Axis,
  { size, width }: { readonly size: number; readonly width: number },
  frame: Frame,
  emitter: Emitter,
): Bindings[] {
  if (width === 1) return [...copies];
  const first = copies[0]!.get(axis)!;
  const names = Array.from({ length: width }, (_, copy) => {
    const index = `${first.text} * ${width} + ${copy}`;
    const name = emitter.fresh("i");
    // Beyond the end the last element is computed again, by the same thread, to the same bits.
    frame.lines.push(`let ${name} = ${size % width === 0 ? index : `min(${index}, ${size - 1})`};`);
    return name;
  });
  return copies.flatMap((bindings) => names.map((text) => new Map(bindings).set(axis, { ...first, text })));
}

/** What a stage found: the value of a member where `bindings` say, valid at the end of the body. */
interface Result {
  readonly member: Member;
  readonly bindings: Bindings;
  readonly emitted: Emitted;
}

/** The members' values for each copy, but for those that the loop wrote itself. */
function compute(context: StageContext, copies: readonly Bindings[]): Result[] {
  const { stage, emitter, root } = context;
  const { loop, members } = stage;
  switch (loop.kind) {
    case "none":
      return copies.flatMap((bindings) =>
        members.map((member) => ({ member, bindings, emitted: emitMember(emitter, member, bindings, root) })),
      );
    case "solve":
      for (const bindings of copies) emitSolve(context, members[0]!, bindings);
      return [];
    case "scan":
      for (const bindings of copies) emitScan(context, members, bindings);
      return [];
    case "reduce": {
      if (isWrittenOut(context, loop.over)) {
        return copies.flatMap((bindings) =>
          members.map((member) => ({
            member,
            bindings,
            emitted: sumWrittenOut(emitter, member.value, bindings, root),
          })),
        );
      }
      const accumulators = copies.map((bindings) => declareAccumulators(context, bindings, context.tables));
      if (context.tables) emitTables(context, loop.over, copies);
      emitLoops(context, loop.over, accumulators, copies);
      const results = accumulators.flatMap((list) => list.filter((a, i) => list[i - 1]?.table !== a.table || !a.table));
      return results.map((a) => finished(context, a, loop.over));
    }
    case "random":
    case "share":
      throw new GraphError(`compile: a ${loop.kind} is not computed element by element`);
    case "segment": {
      const [bindings] = copies as [Bindings];
      return segmentLoop(context, loop, bindings).map((a) => finished(context, a, []));
    }
  }
}

/** The result of an accumulator, or of the table that it is the first of. */
function finished(context: StageContext, a: Accumulator, over: readonly Axis[]): Result {
  const { member, bindings, table, lanes, value } = a;
  if (table === undefined) return { member, bindings, emitted: finishAccumulator(context, a, over) };
  const frame = new Frame(context.root);
  const index = context.emitter.fresh("j");
  const along = new Map(bindings).set(table.axis, { text: index, frame, lanes: false });
  return { member, bindings: along, emitted: { text: `${table.name}[${index}]`, frame, lanes, dtype: value.dtype } };
}

/** Whether all sums of a stage are short, so that the whole loop goes. */
const isWrittenOut = ({ stage, lanes, emitter }: StageContext, over: readonly Axis[]): boolean =>
  (lanes === undefined || !over.includes(lanes)) &&
  stage.members.every(
    ({ value }) =>
      value.op.kind === "reduce" &&
      value.op.reducer === "sum" &&
      heldAxes(value).length === 0 &&
      isShort(value.inputs[0]!, over, emitter),
  );

/** A map, known from here on to the maps after it. */
function emitMember(emitter: Emitter, member: Member, bindings: Bindings, root: Frame): Emitted {
  const result = emitter.emit(member.value, bindings, root);
  if (member.kind === "store") emitter.know(member.value, bindings, result);
  return result;
}

function segmentLoop(
  context: StageContext,
  { index, out, rows }: Loop & { kind: "segment" },
  bindings: Bindings,
): Accumulator[] {
  const { targets, emitter, root } = context;
  const inner = new Frame(root);
  const csr = targets.csrOf(index, out);
  const groupNumber = bindings.get(out)!.text;
  const accumulators = declareAccumulators(context, bindings, false);
  const k = emitter.fresh("k");
  const row = emitter.fresh("row");
  inner.lines.push(`let ${row} = i32(${wordAt(csr.rows, k)});`);
  const inside = new Map(bindings);
  const [along] = decode(rows, row, inner, emitter, NO_TACTICS);
  for (const [axis, binding] of along!) inside.set(axis, binding);
  // Inside the loop the index is the group's own number: what is gathered by it leaves the loop.
  const number = index.dtype === "u32" ? `u32(${groupNumber})` : groupNumber;
  emitter.know(index, inside, { text: number, frame: root, lanes: false, dtype: index.dtype });
  accumulateTerms(context, accumulators, inside, inner);
  const first = wordAt(csr.starts, groupNumber);
  const end = wordAt(csr.starts, `${groupNumber} + 1`);
  root.block(`for (var ${k} = i32(${first}); ${k} < i32(${end}); ${k}++)`, inner);
  return accumulators;
}

const NO_TACTICS: Tactics = { lanes: undefined, blocks: [], serialLanes: [], tables: false, wide: false };
