/** How the threads of a group share its work: four draws a thread, several neighbours along one axis. */
import { type Axis, isDrawAxis, sizeOf } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { type Contraction, contractionOf, tilesOf } from "../contraction.ts";
import { nodeCost } from "../cost.ts";
import type { Group, Loop, MayJoin, Member, Stage } from "../levels.ts";
import { isTileAxis, mayCarryLanes, shareOf, tilingOf } from "../lower.ts";
import { drawsAtOnce, heldRegisters, type PassOptions, passWith } from "../passes.ts";
import { isScan, MOST_THREAD_WORDS, sameRecurrence, stepCarriesLanes, threadWords } from "../scan.ts";
import { coneOf, isLeaf } from "../stores.ts";
import { carriesLanes, liesInFours } from "./lanes.ts";
import { randomItems } from "./random.ts";

/** Neighbours a thread takes along a blocked axis: what they share is loaded once and kept in registers. */
const BLOCKING = 4;
/** The same along two axes of a large contraction, whose sums fill a thread's registers and more. */
const WIDE_BLOCKING = 8;

/** A parallel axis along which a thread takes `width` neighbours, counted in vec4s where it is the axis of lanes. */
export interface Block {
  readonly axis: Axis;
  readonly width: number;
}

export interface Tactics {
  /** The parallel axis along which a thread takes four draws as one vec4. */
  readonly lanes: Axis | undefined;
  readonly blocks: readonly Block[];
  /** By stage: the axis along which its loop takes four draws at a time. */
  readonly serialLanes: readonly (Axis | undefined)[];
  /** Whether what a thread holds along an axis of its own goes into arrays. */
  readonly tables: boolean;
  /** A contraction that goes by tiles, each the work of four threads in step. */
  readonly quads?: Quads;
  /** Whether it gains from seeing scalar memory four words at a time. */
  readonly wide: boolean;
}

export interface Quads extends Contraction {
  /** The axis along which four neighbours of an operand are loaded at once, if there is one. */
  readonly leftLanes: Axis | undefined;
  readonly rightLanes: Axis | undefined;
}

export interface TacticsOptions extends PassOptions {
  readonly smallestBlocked: number;
  readonly threadArrays: boolean;
  /** Blocking leaves work for so many threads. */
  readonly fewestThreads?: number;
  readonly smallestQuads: number;
  readonly smallestWide: number;
}

export function tacticsFor(group: Group, stored: ReadonlySet<Value>, options: TacticsOptions): Tactics {
  const isStored = (value: Value): boolean => stored.has(value) || isLeaf(value);
  const quads = quadsOf(group, isStored, options);
  if (quads !== undefined) {
    return { lanes: undefined, tables: false, blocks: [], serialLanes: [undefined], quads, wide: true };
  }
  const draws = options.lanes ? parallelLanes(group, isStored) : undefined;
  const neighbours = draws === undefined ? elementLanes(group, isStored, options) : undefined;
  const lanes = draws ?? neighbours;
  return {
    lanes,
    tables: options.threadArrays,
    wide: neighbours !== undefined,
    blocks: passBlocks(group, options) ?? blocksOf(group, stored, options),
    serialLanes: group.stages.map((stage) =>
      options.lanes && lanes === undefined ? serialLanes(group, stage, isStored) : undefined,
    ),
  };
}

/** A stage may not cost a group its lanes or its blocking. */
export const mayJoinWith =
  (stored: ReadonlySet<Value>, options: TacticsOptions): MayJoin =>
  (group, stage, into) => {
    const stages =
      into === undefined
        ? [...group.stages, stage]
        : group.stages.map((other, i) =>
            i === into ? { loop: other.loop, members: [...other.members, ...stage.members] } : other,
          );
    if (stages.some(({ loop }) => loop.kind === "solve" || loop.kind === "random")) return false;
    // A recurrence has its group to itself; its carries come one by one and are one stage.
    if (stages.some(({ loop }) => loop.kind === "scan")) {
      const [first] = stage.members;
      return stages.every(({ loop }) => loop.kind === "scan" && sameRecurrence(loop.value, first!.value));
    }
    const joined = { ...group, stages };
    const before = tacticsFor(group, stored, options);
    const alone = tacticsFor({ ...group, stages: [stage] }, stored, options);
    // Tiles go alone: what becomes of a result would be written out once for each of a tile's.
    if (before.quads !== undefined || alone.quads !== undefined) return false;
    const after = tacticsFor(joined, stored, options);
    return after.lanes === before.lanes && after.lanes === alone.lanes && sameBlocks(after.blocks, before.blocks);
  };

const sameBlocks = (a: readonly Block[], b: readonly Block[]): boolean =>
  a.length === b.length && a.every(({ axis, width }, i) => axis === b[i]!.axis && width === b[i]!.width);

/** Threads along an axis, and how many neighbours (or vec4s) each takes. */
export function extentAlong(axis: Axis, { lanes, blocks }: Tactics): { threads: number; size: number; width: number } {
  const size = axis === lanes ? axis.size / 4 : axis.size;
  const width = blocks.find((block) => block.axis === axis)?.width ?? 1;
  return { threads: Math.ceil(size / width), size, width };
}

/** Whether a stage goes by tiles where it is alone. */
export const goesAlone =
  (stored: ReadonlySet<Value>, options: TacticsOptions) =>
  (group: Group): boolean =>
    quadsOf(group, (value) => stored.has(value) || isLeaf(value), options) !== undefined;

/** Threads of a tile. */
export const QUAD = 4;

/** Items (threads' worth of work) of a group. */
export function itemsOf({ parallel, stages }: Group, tactics: Tactics): number {
  const [loop] = stages.map((stage) => stage.loop);
  const [first] = stages.flatMap((stage) => stage.members);
  if (tactics.quads !== undefined) return QUAD * tilesOf(first!.value, tactics.quads);
  if (loop?.kind === "random") return randomItems(loop.value, tactics.lanes !== undefined);
  return parallel.reduce((items, axis) => items * extentAlong(axis, tactics).threads, 1);
}

function quadsOf(
  { stages }: Group,
  isStored: (value: Value) => boolean,
  { smallestQuads }: TacticsOptions,
): Quads | undefined {
  const [{ loop, members }, ...others] = stages as [Stage, ...Stage[]];
  const [member, ...more] = members;
  if (smallestQuads === 0 || loop.kind !== "reduce" || others.length > 0 || member === undefined || more.length > 0)
    return undefined;
  const { value } = member;
  const contraction = passWith(value) === undefined ? contractionOf(value, smallestQuads, isStored) : undefined;
  if (contraction === undefined || hasSum(value.inputs[0]!, isStored)) return undefined;
  const { over, rows, columns, left, right } = contraction;
  if ([over, ...value.axes].some((axis) => tilingOf(axis) !== undefined || isTileAxis(axis))) return undefined;
  const lanesOf = (x: Value, axis: Axis): Axis | undefined =>
    [axis, over].find((a) => a.size % 4 === 0 && x.hasAxis(a) && carriesLanes(x, new Set([a]), isStored, true));
  return { ...contraction, leftLanes: lanesOf(left, rows), rightLanes: lanesOf(right, columns) };
}

/** Whether anything is summed to compute a value. */
const hasSum = (value: Value, isStored: (value: Value) => boolean): boolean =>
  !isStored(value) && (value.op.kind === "reduce" || value.inputs.some((x) => hasSum(x, isStored)));

/** The last axis of large maps, along which a thread takes four neighbours. */
function elementLanes(
  { parallel, stages }: Group,
  isStored: (value: Value) => boolean,
  { smallestWide }: TacticsOptions,
): Axis | undefined {
  const axis = parallel[parallel.length - 1];
  if (axis === undefined || axis.size % 4 !== 0 || isDrawAxis(axis) || isTileAxis(axis)) return undefined;
  if (smallestWide === 0 || sizeOf(parallel) < smallestWide) return undefined;
  const fits = ({ kind, value }: Member): boolean => {
    const ready = (v: Value): boolean => (kind !== "store" || v !== value) && isStored(v);
    return !value.hasAxis(axis) || (liesInFours(value, axis) && carriesLanes(value, new Set([axis]), ready, true));
  };
  return stages.every(({ loop, members }) => loop.kind === "none" && members.every(fits)) ? axis : undefined;
}

function parallelLanes(group: Group, isStored: (value: Value) => boolean): Axis | undefined {
  const along = group.parallel.find(mayCarryLanes);
  if (along === undefined) return undefined;
  const carried = group.stages.every(
    ({ loop, members }) =>
      loop.kind !== "solve" &&
      !(loop.kind === "reduce" && loop.over.some(mayCarryLanes)) &&
      members.every((member) => memberCarries(member, loop, along, isStored)),
  );
  return carried ? along : undefined;
}

function serialLanes(group: Group, { loop, members }: Stage, isStored: (value: Value) => boolean): Axis | undefined {
  if (loop.kind !== "reduce" || group.parallel.some(mayCarryLanes)) return undefined;
  const [along, ...others] = loop.over.filter(mayCarryLanes);
  if (along === undefined || others.length > 0) return undefined;
  return members.every((member) => memberCarries(member, loop, along, isStored)) ? along : undefined;
}

function memberCarries({ kind, value }: Member, loop: Loop, along: Axis, isStored: (value: Value) => boolean): boolean {
  if (value.op.kind === "reduce" && value.op.reducer === "logSumExp") return false;
  if (isScan(value)) {
    const { next } = value.op.body;
    const fits = stepCarriesLanes(value.op.body) && 4 * threadWords(value.op) <= MOST_THREAD_WORDS;
    return fits && [...value.inputs, ...next].every((x) => carriesLanes(x, new Set([along]), isStored));
  }
  if (loop.kind === "random") return isDrawAxis(along);
  const share = shareOf(value);
  if (share !== undefined) return carriesLanes(share.term, new Set([along]), isStored);
  if (loop.kind !== "none") return carriesLanes(value.inputs[0]!, new Set([along]), isStored);
  // A stored map is being computed here, so its own store does not count.
  return carriesLanes(value, new Set([along]), (v) => (kind !== "store" || v !== value) && isStored(v));
}

/** Operations a term, beyond which sharing loads gains nothing and copies of the code take long to compile. */
const MOST_TO_BLOCK = 16;

/** In a pass over rows a thread takes several draws, if it has the registers. */
function passBlocks({ parallel, stages }: Group, options: TacticsOptions): Block[] | undefined {
  const members = stages.flatMap((stage) => stage.members);
  const registers = members.reduce((most, { value }) => Math.max(most, heldRegisters(value)), 0);
  const axis = parallel.find(isDrawAxis);
  if (registers === 0 || axis === undefined) return undefined;
  return [{ axis, width: drawsAtOnce(axis, registers, options) }];
}

/** Vec4s of draws that a thread takes at a time where the loads of a term serve all of them, and operations a term. */
const DRAW_BLOCK = 2;
const MOST_FOR_DRAWS = 64;

/** Two vec4s of draws a thread that walks its part of the data, where draws are many: a row is loaded once for both. */
function drawBlocks(parallel: readonly Axis[], loads: ReadonlySet<Value>, cost: number, fewest: number): Block[] {
  const axis = parallel.find(isDrawAxis);
  if (axis === undefined || !parallel.some(isTileAxis) || axis.size % (4 * DRAW_BLOCK) !== 0 || cost > MOST_FOR_DRAWS)
    return [];
  const shared = [...loads].filter((x) => !x.hasAxis(axis)).length;
  const threads = sizeOf(parallel) / (4 * DRAW_BLOCK);
  return shared > 0 && threads >= fewest ? [{ axis, width: DRAW_BLOCK }] : [];
}

/**
 * In a contraction Σ_k x[a, k] y[k, b] neighbours along `a` share the loads of y. An axis is worth blocking where
 * something the loop loads does not have it.
 */
function blocksOf(
  group: Group,
  stored: ReadonlySet<Value>,
  { smallestBlocked: smallest, fewestThreads = 0, passThreads, lanes }: TacticsOptions,
): Block[] {
  const { parallel, stages } = group;
  const [{ loop, members }, ...others] = stages as [Stage, ...Stage[]];
  if (loop.kind !== "reduce" || others.some((stage) => stage.loop.kind !== "none")) return [];
  if (sizeOf(parallel) * sizeOf(loop.over) < smallest) return [];
  const loads = new Set<Value>();
  let most = 0;
  for (const { value } of members) {
    const cone = coneOf(value, stored);
    if (cone.some((v) => v !== value && v.op.kind === "reduce")) return [];
    most = Math.max(
      most,
      cone.reduce((cost, v) => cost + nodeCost(v), 0),
    );
    for (const v of cone) for (const x of v.inputs) if ((stored.has(x) || isLeaf(x)) && x.size > 1) loads.add(x);
  }
  const worth = parallel.filter((axis) => {
    if (axis.size < BLOCKING || isDrawAxis(axis) || isTileAxis(axis)) return false;
    const width = BLOCKING * (lanes && parallel.some(mayCarryLanes) ? 4 : 1);
    if (sizeOf(parallel) < width * fewestThreads) return false;
    const having = [...loads].filter((x) => x.hasAxis(axis));
    return having.length > 0 && having.length < loads.size;
  });
  const [blocked, second] = most > MOST_TO_BLOCK ? [] : worth;
  if (blocked === undefined) return lanes ? drawBlocks(parallel, loads, most, passThreads) : [];
  const one = [{ axis: blocked, width: BLOCKING }];
  // Along two axes each load serves as many products as the block is wide: if that leaves enough threads.
  if (second === undefined || members.length > 1) return one;
  const laned = lanes && parallel.some(mayCarryLanes);
  const leaves = (width: number): boolean => sizeOf(parallel) / (width ** 2 * (laned ? 4 : 1)) >= passThreads;
  const fits = (width: number): boolean => blocked.size >= width && second.size >= width && leaves(width);
  const width = !laned && fits(WIDE_BLOCKING) ? WIDE_BLOCKING : BLOCKING;
  return leaves(width)
    ? [
        { axis: blocked, width },
        { axis: second, width },
      ]
    : one;
}
