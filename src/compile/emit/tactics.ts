/** How the threads of a group share its work: four draws a thread, several neighbours along one axis. */
import { type Axis, isDrawAxis, sizeOf } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import type { Group } from "../levels.ts";
import { mayCarryLanes } from "../lower.ts";
import { coneOf, isLeaf } from "../stores.ts";
import { carriesLanes } from "./emitter.ts";

/** Neighbours a thread takes along the blocked axis: what they share is loaded once and kept in registers. */
export const BLOCKING = 4;

export interface Tactics {
  /** The axis along which a thread takes four draws as one vec4. */
  readonly lanes: Axis | undefined;
  /** The parallel axis along which a thread takes `BLOCKING` neighbours. */
  readonly blocked: Axis | undefined;
}

export function tacticsFor(
  group: Group,
  stored: ReadonlySet<Value>,
  { lanes, smallestBlocked }: { readonly lanes: boolean; readonly smallestBlocked: number },
): Tactics {
  return {
    lanes: lanes ? laneAxisOf(group, (value) => stored.has(value) || isLeaf(value)) : undefined,
    blocked: blockedAxisOf(group, stored, smallestBlocked),
  };
}

/** Items (threads' worth of work) of a group. */
export const itemsOf = (group: Group, { lanes, blocked }: Tactics): number =>
  group.parallel.reduce((items, axis) => {
    if (axis === lanes) return items * (axis.size / 4);
    return items * (axis === blocked ? Math.ceil(axis.size / BLOCKING) : axis.size);
  }, 1);

function laneAxisOf(group: Group, isStored: (value: Value) => boolean): Axis | undefined {
  const { loop } = group;
  if (loop.kind === "solve") return undefined;
  const serial = loop.kind === "reduce" ? loop.over : [];
  const candidates = [...group.parallel, ...serial].filter(mayCarryLanes);
  const along = candidates[0];
  if (along === undefined || candidates.length > 1) return undefined;
  const carried = group.members.every(({ kind, value }) => {
    if (value.op.kind === "reduce" && value.op.reducer === "logSumExp") return false;
    if (loop.kind !== "none") return carriesLanes(value.inputs[0]!, new Set([along]), isStored);
    // A stored map is being computed here, so its own store does not count.
    return carriesLanes(value, new Set([along]), (v) => (kind !== "store" || v !== value) && isStored(v));
  });
  const follows = group.epilogue.every((value) =>
    carriesLanes(value, new Set([along]), (v) => v !== value && isStored(v)),
  );
  return carried && follows ? along : undefined;
}

/**
 * In a contraction Σ_k x[a, k] y[k, b] neighbours along `a` share the loads of y. An axis is worth blocking where
 * something the loop loads does not have it.
 */
function blockedAxisOf(group: Group, stored: ReadonlySet<Value>, smallest: number): Axis | undefined {
  const { loop, parallel, members } = group;
  if (loop.kind !== "reduce") return undefined;
  if (sizeOf(parallel) * sizeOf(loop.over) < smallest) return undefined;
  const loads = new Set<Value>();
  for (const { value } of members) {
    const cone = coneOf(value, stored);
    if (cone.some((v) => v !== value && v.op.kind === "reduce")) return undefined;
    for (const v of cone) for (const x of v.inputs) if ((stored.has(x) || isLeaf(x)) && x.size > 1) loads.add(x);
  }
  return parallel.find((axis) => {
    if (axis.size < BLOCKING || isDrawAxis(axis) || axis.name.endsWith(".tile")) return false;
    const having = [...loads].filter((x) => x.hasAxis(axis));
    return having.length > 0 && having.length < loads.size;
  });
}
