/** From when to when each stored value is needed, and by whom. */
import type { Value } from "../graph/value.ts";
import { type Group, membersOf } from "./levels.ts";
import { coneOf } from "./stores.ts";

export interface Lifetimes {
  /** Level (counted through all dispatches) after which each store is no longer read; Infinity for outputs. */
  readonly lastRead: ReadonlyMap<Value, number>;
  readonly firstWritten: ReadonlyMap<Value, number>;
  /** Stores that only the group that computes them reads: they need no memory. */
  readonly local: ReadonlySet<Value>;
}

export function lifetimes(
  levels: readonly (readonly Group[])[],
  stored: ReadonlySet<Value>,
  kept: ReadonlySet<Value>,
): Lifetimes {
  const lastRead = new Map<Value, number>();
  const firstWritten = new Map<Value, number>();
  const local = localStores(levels, stored, kept);
  levels.forEach((groups, level) => {
    for (const group of groups) {
      for (const member of membersOf(group)) {
        const own = member.kind === "store";
        if (own && !local.has(member.value)) firstWritten.set(member.value, level);
        if (!own && stored.has(member.value)) lastRead.set(member.value, level);
        const cone = own || !stored.has(member.value) ? coneOf(member.value, stored) : [];
        for (const v of cone) for (const x of v.inputs) if (stored.has(x)) lastRead.set(x, level);
        if (own) lastRead.set(member.value, Math.max(level, lastRead.get(member.value) ?? level));
      }
    }
  });
  for (const value of kept) lastRead.set(value, Number.POSITIVE_INFINITY);
  return { lastRead, firstWritten, local };
}

/** Stores that no other group reads, and that their own need not read back from memory. */
function localStores(
  levels: readonly (readonly Group[])[],
  stored: ReadonlySet<Value>,
  kept: ReadonlySet<Value>,
): Set<Value> {
  const local = new Set<Value>();
  for (const { stages } of levels.flat()) {
    for (const { loop, members } of stages) {
      if (loop.kind !== "none" && loop.kind !== "reduce" && loop.kind !== "segment") continue;
      for (const { kind, value } of members) if (kind === "store" && !kept.has(value)) local.add(value);
    }
  }
  for (const group of levels.flat()) {
    const own = new Set(membersOf(group).flatMap(({ kind, value }) => (kind === "store" ? [value] : [])));
    for (const member of membersOf(group)) {
      if (member.kind !== "store" && !own.has(member.value)) local.delete(member.value);
      const reads = coneOf(member.value, stored).flatMap((v) => v.inputs);
      for (const x of reads) if (!own.has(x)) local.delete(x);
    }
  }
  return local;
}
