/** What threads over draws keep in registers: short arrays of each draw, never stored. */
import { isDrawAxis, sizeOf, withoutAxes } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import { originOf, shareOf } from "./lower.ts";
import { coneOf } from "./stores.ts";

/** Entries that a draw may have of one value, and terms of each if it is a sum: all are written out one by one. */
const MOST_ENTRIES = 16;
const MOST_TERMS = 64;

/**
 * Stored values with a few entries a draw that only threads over draws read: the coordinates of a draw, say, or its
 * scores. A thread has its draw's stages written out, so that each entry is computed once and stays at hand.
 */
export function inRegisters(
  stored: ReadonlySet<Value>,
  roots: ReadonlySet<Value>,
  transient: readonly Value[],
): Set<Value> {
  const found = new Set<Value>();
  const left = new Set(stored);
  const readers = new Map<Value, Set<Value>>();
  const note = (reader: Value): void => {
    for (const x of coneOf(reader, left).flatMap((v) => v.inputs)) {
      if (left.has(x)) readers.set(x, (readers.get(x) ?? new Set<Value>()).add(reader));
    }
  };
  for (const value of stored) note(value);
  for (const value of transient) if (!stored.has(value)) note(value);
  // Readers first: what they keep in registers is no reader any more.
  for (const value of [...stored].sort((a, b) => b.id - a.id)) {
    const own = readers.get(value);
    if (own === undefined || roots.has(value) || !isShortArray(value) || ![...own].every(isOverDraws)) continue;
    found.add(value);
    left.delete(value);
    const reads = [...readers].flatMap(([x, by]) => (by.delete(value) ? [x] : []));
    for (const x of reads) for (const reader of own) readers.get(x)!.add(reader);
  }
  return found;
}

/** Whether the threads that compute a value are those of the draws. */
const isOverDraws = (value: Value): boolean =>
  shareOf(value) !== undefined ||
  (value.axes.length === 1 && isDrawAxis(value.axes[0]!) && ["reduce", "map"].includes(value.op.kind));

function isShortArray(value: Value): boolean {
  const draw = value.axes.find(isDrawAxis);
  if (draw === undefined || shareOf(value) !== undefined) return false;
  const entries = sizeOf(withoutAxes(value.axes, [draw]));
  if (entries === 1 || entries > MOST_ENTRIES) return false;
  const { op } = value;
  if (op.kind === "map") return true;
  if (op.kind !== "reduce" || op.reducer !== "sum") return false;
  const plain = op.over.every((axis) => !isDrawAxis(axis) && originOf(axis) === axis);
  return plain && sizeOf(op.over) <= MOST_ENTRIES && entries * sizeOf(op.over) <= MOST_TERMS;
}
