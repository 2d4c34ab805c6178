/** Levels: what can run side by side, between two barriers or two dispatches. And groups: what shares a thread. */
import { type Axis, sameAxes, sizeOf } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { nodeCost } from "./cost.ts";
import { coneOf, domainOf, inLoop, isLeaf } from "./stores.ts";

/** The serial part of a group: a thread's loop. */
export type Loop =
  | { readonly kind: "none" }
  | { readonly kind: "reduce"; readonly over: readonly Axis[] }
  | { readonly kind: "segment"; readonly rows: readonly Axis[]; readonly index: Value; readonly out: Axis }
  | { readonly kind: "solve"; readonly value: Value };

/** What a group writes: a stored value, the next value of a state, or an entry of a trace. */
export type Member =
  | { readonly kind: "store"; readonly value: Value }
  | { readonly kind: "state"; readonly state: Value; readonly value: Value }
  | { readonly kind: "trace"; readonly name: string; readonly value: Value };

export interface Group {
  readonly parallel: readonly Axis[];
  readonly loop: Loop;
  /** Computed by the loop. */
  readonly members: Member[];
  /** Stored maps that follow from the members at the thread's own element, in order. */
  readonly epilogue: Value[];
  /** Operations a step, as planned. */
  operations: number;
}

function loopOf(value: Value): Loop {
  const op = value.op;
  if (op.kind === "reduce") return { kind: "reduce", over: op.over };
  if (op.kind === "segment") return { kind: "segment", rows: op.rows, index: value.inputs[1]!, out: op.out };
  if (op.kind === "triangularSolve") return { kind: "solve", value };
  return { kind: "none" };
}

function sameLoop(a: Loop, b: Loop): boolean {
  if (a.kind === "reduce" && b.kind === "reduce") return sameAxes(a.over, b.over);
  if (a.kind === "segment" && b.kind === "segment") return a.index === b.index && a.out === b.out;
  return a.kind === "none" && b.kind === "none";
}

const parallelOf = (value: Value): readonly Axis[] =>
  value.op.kind === "triangularSolve" ? domainOf(value).parallel : value.axes;

/** A store that another reads, and whether it reads it at its own element only. */
interface Read {
  readonly value: Value;
  readonly atOwnElement: boolean;
}

function readsOf(root: Value, stored: ReadonlySet<Value>): Read[] {
  const reads = new Map<Value, boolean>();
  const seen = new Map<Value, boolean>();
  const visit = (value: Value, own: boolean): void => {
    if (value !== root && stored.has(value)) {
      reads.set(value, own && (reads.get(value) ?? true));
      return;
    }
    const known = seen.get(value);
    if (isLeaf(value) || known === false || known === own) return;
    seen.set(value, own);
    const stays = own && (value.op.kind === "map" || value.op.kind === "stop");
    for (const x of value.inputs) visit(x, stays);
  };
  visit(root, true);
  return [...reads].map(([value, atOwnElement]) => ({ value, atOwnElement }));
}

/** The groups of each level; index 0 is the first level. */
export function groupByLevel(stored: ReadonlySet<Value>): Group[][] {
  const levels: Group[][] = [];
  const home = new Map<Value, { readonly level: number; readonly group: Group }>();
  const readers = new Map<Value, Value[]>();
  // Inputs are made before what uses them, so this order is topological.
  for (const value of [...stored].sort((a, b) => a.id - b.id)) {
    const reads = readsOf(value, stored);
    for (const { value: read } of reads) readers.set(read, [...(readers.get(read) ?? []), value]);
    const last = Math.max(-1, ...reads.map((read) => home.get(read.value)!.level));
    const loop = loopOf(value);
    const latest = reads.filter((read) => home.get(read.value)!.level === last);
    const host = latest.length > 0 ? home.get(latest[0]!.value)!.group : undefined;
    const follows =
      loop.kind === "none" &&
      host !== undefined &&
      host.loop.kind !== "solve" &&
      sameAxes(host.parallel, value.axes) &&
      latest.every((read) => read.atOwnElement && home.get(read.value)!.group === host);
    if (follows) {
      host.epilogue.push(value);
      home.set(value, { level: last, group: host });
      continue;
    }
    const level = last + 1;
    while (levels.length <= level) levels.push([]);
    home.set(value, { level, group: addMember(levels[level]!, { kind: "store", value }, parallelOf(value), loop) });
  }
  postpone(levels, home, readers);
  return levels
    .map((groups) => groups.filter((group) => group.members.length > 0))
    .filter((groups) => groups.length > 0);
}

/**
 * Moves stores to a later level where a group with the same loop can take them in, if their readers allow it: one pass
 * over the data instead of two.
 */
function postpone(
  levels: readonly Group[][],
  home: Map<Value, { readonly level: number; readonly group: Group }>,
  readers: ReadonlyMap<Value, readonly Value[]>,
): void {
  for (let level = levels.length - 2; level >= 0; level--) {
    for (const group of levels[level]!) {
      if (group.loop.kind === "none" || group.loop.kind === "solve") continue;
      for (const member of [...group.members]) {
        const deadline =
          Math.min(levels.length, ...(readers.get(member.value) ?? []).map((r) => home.get(r)!.level)) - 1;
        for (let later = deadline; later > level; later--) {
          const target = levels[later]!.find(
            (other) => sameAxes(other.parallel, group.parallel) && sameLoop(other.loop, group.loop),
          );
          if (target === undefined) continue;
          group.members.splice(group.members.indexOf(member), 1);
          target.members.push(member);
          home.set(member.value, { level: later, group: target });
          break;
        }
      }
    }
  }
}

/** Puts a member into the group it fits, or a new one. */
export function addMember(groups: Group[], member: Member, parallel: readonly Axis[], loop: Loop): Group {
  const fitting = groups.find((group) => sameAxes(group.parallel, parallel) && sameLoop(group.loop, loop));
  if (fitting !== undefined) {
    fitting.members.push(member);
    return fitting;
  }
  const group: Group = { parallel, loop, members: [member], epilogue: [], operations: 0 };
  groups.push(group);
  return group;
}

/** Everything a group computes, in order. */
export const valuesOf = (group: Group): Value[] => [...group.members.map((member) => member.value), ...group.epilogue];

/** Fills in the planned operations of a group. */
export function countOperations(group: Group, stored: ReadonlySet<Value>): void {
  const seen = new Set<Value>();
  let operations = 0;
  const count = (value: Value, own: boolean): void => {
    const { parallel, serial } = own ? domainOf(value) : { parallel: group.parallel, serial: [] };
    const threads = sizeOf(parallel);
    const body = threads * sizeOf(serial);
    for (const v of own || !stored.has(value) ? coneOf(value, stored) : []) {
      if (seen.has(v)) continue;
      seen.add(v);
      const once = v !== value && !inLoop(v, serial);
      const inPlace = v !== value && v.op.kind === "reduce" ? 2 * sizeOf(v.op.over) : 1;
      operations += nodeCost(v) * inPlace * (once ? threads : body);
    }
    operations += body;
  };
  for (const { kind, value } of group.members) count(value, kind === "store");
  for (const value of group.epilogue) count(value, true);
  group.operations = operations;
}
