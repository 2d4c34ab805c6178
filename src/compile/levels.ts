/** Levels: what can run side by side, between two barriers or two dispatches. And groups: what shares a loop nest. */
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
  readonly members: Member[];
  /** Operations a step, as planned. */
  operations: number;
}

export function levelsOf(stored: ReadonlySet<Value>): Map<Value, number> {
  const levels = new Map<Value, number>();
  const inline = new Map<Value, number>();
  // A store's level, one above the stores it reads; a value computed in place has the level of what it reads.
  const levelOf = (value: Value): number => {
    if (isLeaf(value)) return 0;
    const table = stored.has(value) ? levels : inline;
    const known = table.get(value);
    if (known !== undefined) return known;
    const inputs = Math.max(0, ...value.inputs.map(levelOf));
    const level = stored.has(value) ? inputs + 1 : inputs;
    table.set(value, level);
    return level;
  };
  for (const value of [...stored].sort((a, b) => a.id - b.id)) levelOf(value);
  return levels;
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

/** The latest level each store may have: just before its first reader. */
function deadlines(stored: ReadonlySet<Value>, levels: ReadonlyMap<Value, number>): Map<Value, number> {
  const latest = new Map<Value, number>();
  for (const root of stored) {
    for (const v of coneOf(root, stored)) {
      for (const x of v.inputs) {
        if (stored.has(x)) latest.set(x, Math.min(latest.get(x) ?? Number.POSITIVE_INFINITY, levels.get(root)! - 1));
      }
    }
  }
  return latest;
}

/**
 * Moves stores to a later level where a group with the same loop can take them in, if their readers allow it: one pass
 * over the data instead of two.
 */
function postpone(stored: ReadonlySet<Value>, levels: Map<Value, number>): void {
  const last = Math.max(0, ...levels.values());
  for (const value of [...stored].sort((a, b) => levels.get(b)! - levels.get(a)! || a.id - b.id)) {
    const level = levels.get(value)!;
    const latest = deadlines(stored, levels).get(value) ?? level;
    if (latest <= level || last === level) continue;
    const loop = loopOf(value);
    if (loop.kind === "none" || loop.kind === "solve") continue;
    for (let later = latest; later > level; later--) {
      const joins = [...stored].some(
        (other) =>
          levels.get(other) === later &&
          sameAxes(parallelOf(other), parallelOf(value)) &&
          sameLoop(loopOf(other), loop),
      );
      if (!joins) continue;
      levels.set(value, later);
      break;
    }
  }
}

/** Groups by level; index 0 is the first level. */
export function groupByLevel(stored: ReadonlySet<Value>): Group[][] {
  const levels = levelsOf(stored);
  postpone(stored, levels);
  const result: Group[][] = [];
  for (const value of [...stored].sort((a, b) => a.id - b.id)) {
    const level = levels.get(value)! - 1;
    while (result.length <= level) result.push([]);
    addMember(result[level]!, { kind: "store", value }, parallelOf(value), loopOf(value));
  }
  return result;
}

export function addMember(groups: Group[], member: Member, parallel: readonly Axis[], loop: Loop): void {
  const fitting = groups.find((group) => sameAxes(group.parallel, parallel) && sameLoop(group.loop, loop));
  if (fitting !== undefined) fitting.members.push(member);
  else groups.push({ parallel, loop, members: [member], operations: 0 });
}

/** Fills in the planned operations of a group. */
export function countOperations(group: Group, stored: ReadonlySet<Value>): void {
  const seen = new Set<Value>();
  let operations = 0;
  for (const { value, kind } of group.members) {
    const { parallel, serial } = kind === "store" ? domainOf(value) : { parallel: group.parallel, serial: [] };
    const threads = sizeOf(parallel);
    const body = threads * sizeOf(serial);
    const cone = kind === "store" || !stored.has(value) ? coneOf(value, stored) : [];
    for (const v of cone) {
      if (seen.has(v)) continue;
      seen.add(v);
      const once = v !== value && !inLoop(v, serial);
      const inPlace = v !== value && v.op.kind === "reduce" ? 2 * sizeOf(v.op.over) : 1;
      operations += nodeCost(v) * inPlace * (once ? threads : body);
    }
    operations += body;
  }
  group.operations = operations;
}
