/** The WGSL of one group: decode the thread's indices, run its loop, write its members. */
import type { Axis } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/value.ts";
import { type Group, type Loop, type Member, membersOf, type Stage } from "../levels.ts";
import { accumulateTerms, declareAccumulators, finishAccumulator } from "./accumulators.ts";
import { type Binding, type Bindings, type Emitted, Emitter } from "./emitter.ts";
import { Frame } from "./frame.ts";
import { emitLoops } from "./loops.ts";
import { type Needs, wgslType } from "./maps.ts";
import { type Memory, type Place, position, storeElement, storeLanes } from "./memory.ts";
import { emitRandom } from "./random.ts";
import { emitScan } from "./scan.ts";
import { emitSolve } from "./solve.ts";
import { BLOCKING, type Tactics } from "./tactics.ts";

/** Where the members of a group are written. */
export interface Targets extends Memory {
  targetOf(member: Member): Place;
  /** WGSL expression (i32) of the first word of this step's entry in the trace. */
  readonly traceEntry: string;
}

/** What the emission of one stage shares. */
export interface StageContext {
  readonly stage: Stage;
  /** The axis along which values of this stage hold four draws, parallel or serial. */
  readonly lanes: Axis | undefined;
  readonly targets: Targets;
  readonly needs: Needs;
  readonly emitter: Emitter;
  readonly root: Frame;
}

/**
 * The body for item `item` (an i32 variable): statements ready to stand in a function. All values are evaluated before
 * the first is written.
 */
export function emitGroup(group: Group, targets: Targets, needs: Needs, item: string, tactics: Tactics): string[] {
  const root = new Frame(null);
  const own = new Set(membersOf(group).flatMap((member) => (member.kind === "store" ? [member.value] : [])));
  const memory: Memory = {
    placeOf: (value) => (own.has(value) ? undefined : targets.placeOf(value)),
    csrOf: (index, out) => targets.csrOf(index, out),
  };
  const emitter = new Emitter(memory, needs, root, own);
  const [{ loop, members }] = group.stages as [Stage];
  if (loop.kind === "random") {
    emitRandom({ stage: group.stages[0]!, lanes: tactics.lanes, targets, needs, root, emitter }, members[0]!, item);
    return root.lines;
  }
  const copies = decode(group.parallel, item, root, emitter, tactics);
  const finished: (() => void)[] = [];
  group.stages.forEach((stage, i) => {
    const lanes = tactics.lanes ?? tactics.serialLanes[i];
    const context: StageContext = { stage, lanes, targets, needs, root, emitter };
    const results = compute(context, copies);
    copies.forEach((bindings, copy) => {
      stage.members.forEach((member, m) => {
        const result = results[copy]![m];
        if (result === undefined) return;
        if (member.kind === "store") emitter.know(member.value, bindings, result);
        finished.push(() => write(context, member, result, bindings));
      });
    });
  });
  for (const writeOne of finished) writeOne();
  return root.lines;
}

/** The thread's indices; several sets of them where it takes neighbours along the blocked axis. */
function decode(
  axes: readonly Axis[],
  item: string,
  frame: Frame,
  emitter: Emitter,
  { lanes, blocked }: Tactics,
): Bindings[] {
  const bindings = new Map<Axis, Binding>();
  let rest = item;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]!;
    const extent = axis === lanes ? axis.size / 4 : axis === blocked ? Math.ceil(axis.size / BLOCKING) : axis.size;
    const name = extent === 1 ? "0" : emitter.fresh("i");
    if (extent > 1) frame.lines.push(`let ${name} = ${i === 0 ? rest : `${rest} % ${extent}`};`);
    bindings.set(axis, { text: name, frame, lanes: axis === lanes });
    if (i > 0 && extent > 1) {
      const quotient = emitter.fresh("q");
      frame.lines.push(`let ${quotient} = ${rest} / ${extent};`);
      rest = quotient;
    }
  }
  if (blocked === undefined) return [bindings];
  const first = bindings.get(blocked)!.text;
  return Array.from({ length: BLOCKING }, (_, copy) => {
    const index = `${first} * ${BLOCKING} + ${copy}`;
    const name = emitter.fresh("i");
    // Beyond the end the last element is computed again, by the same thread, to the same bits.
    frame.lines.push(`let ${name} = ${blocked.size % BLOCKING === 0 ? index : `min(${index}, ${blocked.size - 1})`};`);
    return new Map(bindings).set(blocked, { text: name, frame, lanes: false });
  });
}

/** The members' values for each copy, valid at the end of the body; undefined where the loop wrote them itself. */
function compute(context: StageContext, copies: readonly Bindings[]): (Emitted | undefined)[][] {
  const { stage, emitter, root } = context;
  const { loop, members } = stage;
  switch (loop.kind) {
    case "none":
      return copies.map((bindings) => members.map((member) => emitMember(emitter, member, bindings, root)));
    case "solve":
      return copies.map((bindings) => {
        emitSolve(context, members[0]!, bindings);
        return [undefined];
      });
    case "scan":
      return copies.map((bindings) => {
        emitScan(context, members, bindings);
        return members.map(() => undefined);
      });
    case "reduce": {
      const accumulators = copies.map(() => declareAccumulators(context));
      emitLoops(context, loop.over, accumulators, copies);
      return accumulators.map((list) => list.map((a) => finishAccumulator(context, a, loop.over)));
    }
    case "random":
      throw new GraphError("compile: random numbers share their group with nothing");
    case "segment":
      return [segmentLoop(context, loop, copies[0]!)];
  }
}

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
): Emitted[] {
  const { targets, emitter, root } = context;
  const inner = new Frame(root);
  const csr = targets.csrOf(index, out);
  const groupNumber = bindings.get(out)!.text;
  const accumulators = declareAccumulators(context);
  const k = emitter.fresh("k");
  const row = emitter.fresh("row");
  inner.lines.push(`let ${row} = i32(${word(csr.rows, k)});`);
  const inside = new Map(bindings);
  const [along] = decode(rows, row, inner, emitter, NO_TACTICS);
  for (const [axis, binding] of along!) inside.set(axis, binding);
  // Inside the loop the index is the group's own number: what is gathered by it leaves the loop.
  const number = index.dtype === "u32" ? `u32(${groupNumber})` : groupNumber;
  emitter.know(index, inside, { text: number, frame: root, lanes: false, dtype: index.dtype });
  accumulateTerms(context, accumulators, inside, inner);
  const first = word(csr.starts, groupNumber);
  const end = word(csr.starts, `${groupNumber} + 1`);
  root.block(`for (var ${k} = i32(${first}); ${k} < i32(${end}); ${k}++)`, inner);
  return accumulators.map((a) => ({ text: a.name, frame: root, lanes: a.lanes, dtype: a.value.dtype }));
}

const NO_TACTICS: Tactics = { lanes: undefined, blocked: undefined, serialLanes: [] };

const word = (place: Place, index: string): string => `${place.banks[0]!.variable}[${position(index, place)}]`;

function write({ targets, emitter, root }: StageContext, member: Member, result: Emitted, bindings: Bindings): void {
  const place = targets.targetOf(member);
  if (member.kind === "trace") {
    const entry = `${targets.traceEntry} + ${place.offset}`;
    root.lines.push(storeElement({ ...place, offset: 0 }, entry, result.text, result.dtype));
    return;
  }
  const { axes } = targetValue(member);
  const along = axes.some((axis) => bindings.get(axis)?.lanes);
  const index = emitter.linearIndex(axes, bindings, along);
  if (!along) {
    root.lines.push(storeElement(place, index, result.text, result.dtype));
    return;
  }
  const text = result.lanes ? result.text : `${wgslType(result.dtype, true)}(${result.text})`;
  root.lines.push(storeLanes(place, index, text, result.dtype));
}

/** The value whose place a member writes: its own, or the state's. */
export const targetValue = (member: Member): Value => (member.kind === "state" ? member.state : member.value);
