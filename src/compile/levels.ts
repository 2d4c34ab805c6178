/** Levels: what can run side by side, between two barriers or two dispatches. And groups: what shares a thread. */
import { type Axis, sameAxes, sizeOf } from "../graph/axis.ts";
import { heldAxes as carriedAxes } from "../graph/scan-body.ts";
import { Value } from "../graph/value.ts";
import { nodeCost } from "./cost.ts";
import { shareOf } from "./lower.ts";
import { shareOfTerms } from "./nonzero.ts";
import { heldAxes } from "./passes.ts";
import { isScan, sameRecurrence, stepCost } from "./scan.ts";
import { coneOf, domainOf, inLoop, isLeaf } from "./stores.ts";

/** The serial part of a group: a thread's loop. */
export type Loop =
  | { readonly kind: "none" }
  | { readonly kind: "reduce"; readonly over: readonly Axis[] }
  | { readonly kind: "segment"; readonly rows: readonly Axis[]; readonly index: Value; readonly out: Axis }
  | { readonly kind: "solve"; readonly value: Value }
  /** Over the thread's own draws, each a run of the stages before: what sums of draws need of it is added up. */
  | { readonly kind: "share"; readonly thread: Axis }
  /** No loop, but two elements a thread; alone in its group. */
  | { readonly kind: "random"; readonly value: Value }
  /** One of the carries; its siblings are computed with it. */
  | { readonly kind: "scan"; readonly value: Value };

/** What a group writes: a stored value, the next value of a state, or an entry of a trace. */
export type Member =
  | { readonly kind: "store"; readonly value: Value }
  | { readonly kind: "state"; readonly state: Value; readonly value: Value }
  | { readonly kind: "trace"; readonly name: string; readonly value: Value };

/** One loop of a thread's body, and what it computes; without a loop, maps in order. */
export interface Stage {
  readonly loop: Loop;
  readonly members: Member[];
}

/**
 * What one thread does for one element of `parallel`: stages in sequence, the later ones free to use what the earlier
 * ones found at this element, with no barrier between.
 */
export interface Group {
  readonly parallel: readonly Axis[];
  readonly stages: Stage[];
  /** Operations a step, as planned. */
  operations: number;
}

function loopOf(value: Value): Loop {
  const op = value.op;
  const share = shareOf(value);
  if (share !== undefined) return { kind: "share", thread: share.thread };
  if (op.kind === "reduce") return { kind: "reduce", over: op.over };
  if (op.kind === "segment") return { kind: "segment", rows: op.rows, index: value.inputs[1]!, out: op.out };
  if (op.kind === "triangularSolve" || op.kind === "cholesky") return { kind: "solve", value };
  if (op.kind === "scan") return { kind: "scan", value };
  if (op.kind === "random") return { kind: "random", value };
  return { kind: "none" };
}

function sameLoop(a: Loop, b: Loop): boolean {
  if (a.kind === "reduce" && b.kind === "reduce") return sameAxes(a.over, b.over);
  if (a.kind === "segment" && b.kind === "segment") return a.index === b.index && a.out === b.out;
  if (a.kind === "share" && b.kind === "share") return a.thread === b.thread;
  if (a.kind === "scan" && b.kind === "scan") return sameRecurrence(a.value, b.value);
  return a.kind === "none" && b.kind === "none";
}

const parallelOf = (value: Value): readonly Axis[] => {
  const share = shareOf(value);
  if (share !== undefined) return [share.draw];
  const { kind } = loopOf(value);
  return kind === "solve" || kind === "scan" || kind === "reduce" ? domainOf(value).parallel : value.axes;
};

/** A store that another reads, and whether it reads it at the element of its own thread only. */
interface Read {
  readonly value: Value;
  readonly atOwnElement: boolean;
}

function readsOf(root: Value, stored: ReadonlySet<Value>): Read[] {
  const reads = new Map<Value, boolean>();
  const seen = new Map<Value, Axis[]>();
  // `rebound`: axes that stand for other indices here than in the thread.
  const visit = (value: Value, rebound: readonly Axis[]): void => {
    if (value !== root && stored.has(value)) {
      const own = !value.axes.some((axis) => rebound.includes(axis));
      reads.set(value, own && (reads.get(value) ?? true));
      return;
    }
    if (isLeaf(value)) return;
    const known = seen.get(value);
    if (known !== undefined && rebound.every((axis) => known.includes(axis))) return;
    seen.set(value, [...(known ?? []), ...rebound]);
    for (const x of value.inputs) visit(x, [...rebound, ...reboundBy(value)]);
  };
  visit(shareOf(root)?.term ?? root, []);
  return [...reads].map(([value, atOwnElement]) => ({ value, atOwnElement }));
}

function reboundBy({ op }: Value): readonly Axis[] {
  switch (op.kind) {
    case "reindex":
      return op.map.source.map((entry) => entry.axis);
    case "gather":
      return [op.axis];
    case "reduce":
      return op.over;
    case "segment":
      return op.rows;
    case "cholesky":
    case "triangularSolve":
      return [op.row, op.column];
    case "scan":
      return [op.axis, ...carriedAxes(op.body)];
    default:
      return [];
  }
}

interface Home {
  readonly level: number;
  readonly group: Group;
  readonly stage: number;
}

/**
 * Whether a stage may join a group, be it as the last or into the loop of stage number `into`; the schedule has its
 * reasons not to (see tactics.ts).
 */
export type MayJoin = (group: Group, stage: Stage, into?: number) => boolean;

/** The groups of each level; index 0 is the first level. A group that goes alone is joined by none. */
export function groupByLevel(
  stored: ReadonlySet<Value>,
  mayJoin: MayJoin,
  goesAlone: (group: Group) => boolean,
): Group[][] {
  const levels: Group[][] = [];
  const home = new Map<Value, Home>();
  const readers = new Map<Value, Value[]>();
  // Inputs are made before what uses them, so this order is topological.
  for (const value of [...stored].sort((a, b) => a.id - b.id)) {
    const reads = readsOf(value, stored);
    for (const { value: read } of reads) readers.set(read, [...(readers.get(read) ?? []), value]);
    const last = Math.max(-1, ...reads.map((read) => home.get(read.value)!.level));
    const latest = reads.filter((read) => home.get(read.value)!.level === last);
    const host = latest.length > 0 ? home.get(latest[0]!.value)!.group : undefined;
    const parallel = parallelOf(value);
    const follows =
      host !== undefined &&
      sameAxes(host.parallel, parallel) &&
      latest.every(
        ({ value: read, atOwnElement }) =>
          atOwnElement && home.get(read)!.group === host && sameAxes(read.axes, host.parallel),
      );
    const after = follows ? Math.max(...latest.map((read) => home.get(read.value)!.stage)) : -1;
    const member: Member = { kind: "store", value };
    const stage = follows ? join(host, member, loopOf(value), after, mayJoin) : undefined;
    if (stage !== undefined) {
      home.set(value, { level: last, group: host!, stage });
      continue;
    }
    while (levels.length <= last + 1) levels.push([]);
    home.set(value, { level: last + 1, ...addMember(levels[last + 1]!, member, parallel, loopOf(value), mayJoin) });
  }
  postpone(levels, home, readers, goesAlone);
  for (const group of levels.flat()) {
    group.stages.splice(0, group.stages.length, ...group.stages.filter((stage) => stage.members.length > 0));
  }
  return levels
    .map((groups) => groups.filter((group) => group.stages.length > 0))
    .filter((groups) => groups.length > 0);
}

/** Adds a member to a group, in a stage later than `after`, or of the maps in it; the stage's number if it may. */
function join(group: Group, member: Member, loop: Loop, after: number, mayJoin: MayJoin): number | undefined {
  const last = group.stages.length - 1;
  for (let i = loop.kind === "none" ? Math.max(after, 0) : after + 1; i <= last; i++) {
    const stage = group.stages[i]!;
    // Maps may follow within their own stage, which is evaluated in order.
    if (!sameLoop(stage.loop, loop) || !mayJoin(group, { loop, members: [member] }, i)) continue;
    stage.members.push(member);
    return i;
  }
  const stage: Stage = { loop, members: [member] };
  if (group.stages.length > 0 && !mayJoin(group, stage)) return undefined;
  group.stages.push(stage);
  return last + 1;
}

/**
 * Moves stores to a later level where a stage with the same loop can take them in, if their readers allow it: one pass
 * over the data instead of two.
 */
function postpone(
  levels: readonly Group[][],
  home: Map<Value, Home>,
  readers: ReadonlyMap<Value, readonly Value[]>,
  goesAlone: (group: Group) => boolean,
): void {
  const moveLater = (group: Group, stage: Stage, member: Member, level: number): void => {
    const deadline = Math.min(levels.length, ...(readers.get(member.value) ?? []).map((r) => home.get(r)!.level)) - 1;
    for (let later = deadline; later > level; later--) {
      for (const target of levels[later]!) {
        if (!sameAxes(target.parallel, group.parallel) || goesAlone(target)) continue;
        const at = target.stages.findIndex((other) => sameLoop(other.loop, stage.loop));
        if (at < 0) continue;
        stage.members.splice(stage.members.indexOf(member), 1);
        target.stages[at]!.members.push(member);
        home.set(member.value, { level: later, group: target, stage: at });
        return;
      }
    }
  };
  for (let level = levels.length - 2; level >= 0; level--) {
    for (const group of levels[level]!) {
      if (group.stages.length > 0 && goesAlone(group)) continue;
      for (const stage of group.stages) {
        if (stage.loop.kind !== "reduce" && stage.loop.kind !== "segment") continue;
        for (const member of [...stage.members]) moveLater(group, stage, member, level);
      }
    }
  }
}

/** Puts a member into a group with the same parallel axes, or a new one. */
export function addMember(
  groups: Group[],
  member: Member,
  parallel: readonly Axis[],
  loop: Loop,
  mayJoin: MayJoin,
): { group: Group; stage: number } {
  for (const group of groups) {
    if (!sameAxes(group.parallel, parallel)) continue;
    const stage = join(group, member, loop, -1, mayJoin);
    if (stage !== undefined) return { group, stage };
  }
  const group: Group = { parallel, stages: [{ loop, members: [member] }], operations: 0 };
  groups.push(group);
  return { group, stage: 0 };
}

/** Every member of a group, in order. */
export const membersOf = (group: Group): Member[] => group.stages.flatMap((stage) => stage.members);

/** The threads among which a group's draws are shared, undefined where each item has a thread of its own. */
export function sharingThreads({ stages }: Group): number | undefined {
  for (const { loop } of stages) if (loop.kind === "share") return loop.thread.size;
  return undefined;
}

/** Fills in the planned operations of a group. */
export function countOperations(group: Group, stored: ReadonlySet<Value>): void {
  const seen = new Set<Value>();
  let operations = 0;
  const count = (value: Value, own: boolean): void => {
    const { parallel, serial } = own ? domainOf(value) : { parallel: group.parallel, serial: [] };
    const threads = sizeOf(parallel);
    const { op } = value;
    const share = own && op.kind === "reduce" && op.reducer === "sum" ? shareOfTerms(value.inputs[0]!, op.over) : 1;
    const body = threads * sizeOf(serial) * share;
    const held = own ? heldAxes(value) : [];
    for (const v of own || !stored.has(value) ? coneOf(value, stored) : []) {
      if (seen.has(v)) continue;
      seen.add(v);
      const once = v !== value && !inLoop(v, serial);
      const inPlace = v !== value && v.op.kind === "reduce" ? 2 * sizeOf(v.op.over) : 1;
      operations += nodeCost(v) * inPlace * (once ? threads : body) * sizeOf(held.filter((axis) => v.hasAxis(axis)));
    }
    operations += body * sizeOf(held) * (own && isScan(value) ? stepCost(value.op) : 1);
  };
  for (const { kind, value } of membersOf(group)) count(value, kind === "store");
  group.operations = operations;
}

/** Operations of a program whose nodes are each evaluated once: what decides which shape its kernels take. */
export function plannedOperations(roots: readonly Value[]): number {
  return Value.topological(roots).reduce((sum, value) => {
    const { op } = value;
    if (isScan(value)) return sum + stepCost(value.op) * value.size;
    const terms = op.kind === "reduce" || op.kind === "segment" ? value.inputs[0]!.size : value.size;
    return sum + nodeCost(value) * Math.max(terms, value.size);
  }, 0);
}
