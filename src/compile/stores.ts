/** Which values get memory of their own; the others are computed inside their consumers, as often as those need them. */
import { type Axis, isDrawAxis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { heldAxes as carriedAxes } from "../graph/scan-body.ts";
import { Value } from "../graph/value.ts";
import { contractionOf } from "./contraction.ts";
import { isExpensive, nodeCost } from "./cost.ts";
import { originOf, shareOf, sumsShares } from "./lower.ts";
import { heldAxes, isUnrolled, passWith } from "./passes.ts";
import { isScan, readOften } from "./scan.ts";

/** A value takes part in its consumers' loops this many times over before a store is thought of. */
const REDUNDANCY = 4;
/** Operations saved per element that pay for a store and a load; fewer do where the redundancy is great. */
const WORTH_STORING = 8;
const GREAT_REDUNDANCY = 64;
const WORTH_STORING_THEN = 3;
/** Operations that make an index worth a store, whoever reads it. */
const COSTLY_INDEX = 64;
/** Operations that the further copies of a value take, one for each other index at which it is read, that pay for a store. */
const COSTLY_COPIES = 48;
/** A load costs about as much as this many multiply-adds. */
const LOAD_COST = 2;

export const isLeaf = (value: Value): boolean => value.op.kind === "input" || value.op.kind === "constant";

/** Loop axes and parallel axes of the kernel that produces a stored value. */
export function domainOf(value: Value): { parallel: readonly Axis[]; serial: readonly Axis[] } {
  const op = value.op;
  if (op.kind === "reduce") return { parallel: withoutAxes(value.axes, heldAxes(value)), serial: op.over };
  // Over a group's rows only: the rows of all groups together are the row axes.
  if (op.kind === "segment") return { parallel: value.axes.filter((axis) => axis !== op.out), serial: op.rows };
  if (op.kind === "triangularSolve") {
    return { parallel: value.axes.filter((axis) => axis !== op.row), serial: [op.row, op.column] };
  }
  if (op.kind === "cholesky") {
    const serial = [op.row, op.column];
    return { parallel: withoutAxes(value.axes, serial), serial };
  }
  if (op.kind === "scan") {
    const serial = [op.axis, ...carriedAxes(op.body)];
    return { parallel: withoutAxes(value.axes, serial), serial };
  }
  return { parallel: value.axes, serial: [] };
}

/** The values a producer of `value` evaluates, up to other stores and leaves. */
export function coneOf(value: Value, stored: ReadonlySet<Value>): Value[] {
  const cone: Value[] = [];
  const seen = new Set<Value>();
  const visit = (v: Value): void => {
    if (seen.has(v)) return;
    seen.add(v);
    if ((v !== value && stored.has(v)) || isLeaf(v)) return;
    for (const x of v.inputs) visit(x);
    cone.push(v);
  };
  visit(value);
  return cone;
}

/** Sums of no more threads' parts are computed where they are needed. */
const FEW_SHARES = 8;

const mustBeStored = (value: Value): boolean =>
  !isUnrolled(value) &&
  !(sumsShares(value) && sizeOf((value.op as { over: readonly Axis[] }).over) <= FEW_SHARES) &&
  ["reduce", "segment", "triangularSolve", "cholesky", "scan", "random"].includes(value.op.kind);

/**
 * The stored values of a program: `roots` and whatever else pays. `transient` values are evaluated but not stored
 * themselves. A sum of at least `smallestAvoided` elements that one kernel needs once is computed there instead.
 */
export function chooseStores(
  roots: readonly Value[],
  transient: readonly Value[],
  smallestAvoided: number,
): Set<Value> {
  const order = Value.topological([...roots, ...transient]);
  const consumers = new Map<Value, Value[]>();
  for (const value of order) {
    for (const x of value.inputs) consumers.set(x, [...(consumers.get(x) ?? []), value]);
  }
  const stored = new Set<Value>(order.filter(mustBeStored));
  for (const root of roots) if (!isLeaf(root)) stored.add(root);

  for (const value of order) {
    if (stored.has(value) || isLeaf(value)) continue;
    const wider = (consumers.get(value) ?? []).some((c) => c.size >= REDUNDANCY * value.size);
    // Independent of the draws (exp of a log scale, a step size): once, not once a draw.
    if (wider && isExpensive(value) && !value.axes.some(isDrawAxis)) stored.add(value);
  }
  for (const value of order) {
    if (value.op.kind !== "gather") continue;
    const [source, index] = value.inputs as [Value, Value];
    // Every reader of the gathered entries would find out anew which they are.
    if (!isLeaf(index) && costInPlace(index, stored) >= COSTLY_INDEX) stored.add(index);
    const perEntry = coneOf(source, stored)
      .filter((v) => v.hasAxis((value.op as { axis: Axis }).axis))
      .reduce((cost, v) => cost + nodeCost(v), 0);
    if (!isLeaf(source) && value.size >= REDUNDANCY * source.size && perEntry >= WORTH_STORING) stored.add(source);
  }
  // The coordinates of a guide of several families, say, of which each site reads its own.
  for (const value of order) {
    if (stored.has(value) || isLeaf(value)) continue;
    const uses = consumers.get(value) ?? [];
    const through = uses.filter(({ op }) => op.kind === "reindex").length;
    const copies = through + (through < uses.length ? 1 : 0);
    if (through > 0 && (copies - 1) * costInPlace(value, stored) >= COSTLY_COPIES) stored.add(value);
  }
  // What a kernel would evaluate many times over because its domain has axes the value lacks.
  const work = [...new Set([...stored, ...transient])];
  const saved = new Map<Value, number>();
  for (let root = work.pop(); root !== undefined; root = work.pop()) {
    const { parallel, serial } = domainOf(root);
    const total = sizeOf(parallel) * sizeOf(serial);
    const visit = (v: Value, seen: Set<Value>): void => {
      if (seen.has(v) || isLeaf(v) || (v !== root && stored.has(v))) return;
      seen.add(v);
      // The loops of a thread over its draws are written out: each element is evaluated once.
      const once = v === root || shareOf(root) !== undefined;
      const redundancy = once ? 0 : evaluations(v, root!, parallel, serial, total) / v.size;
      const worth = redundancy >= GREAT_REDUNDANCY ? WORTH_STORING_THEN : WORTH_STORING;
      const serialised = v !== root && isSerialised(v, parallel, serial);
      if ((redundancy >= REDUNDANCY || serialised) && costInPlace(v, stored) >= worth) {
        stored.add(v);
        saved.set(v, worth);
        work.push(v);
        return;
      }
      for (const x of v.inputs) visit(x, seen);
    };
    visit(root, new Set());
    for (const x of isScan(root) ? readOften(root) : []) {
      if (stored.has(x) || isLeaf(x) || costInPlace(x, stored) < WORTH_STORING) continue;
      stored.add(x);
      saved.set(x, WORTH_STORING);
      work.push(x);
    }
  }
  // A store below may have made one above it needless: what is left of its work may be little.
  for (const [value, worth] of [...saved].sort(([a], [b]) => a.id - b.id)) {
    stored.delete(value);
    if (costInPlace(value, stored) >= worth) stored.add(value);
  }
  for (const value of sumsInPlace(stored, new Set(roots), smallestAvoided)) stored.delete(value);
  return stored;
}

/** Sums no longer than this may be computed inside their consumer's loop. */
const LONGEST_IN_PLACE = 512;
/** Products of matrices of so many terms, and no more elements, are stored: by tiles a load serves many terms. */
const SHORTEST_TILED = 32;
const MOST_TILED = 1 << 22;

/**
 * Sums that one kernel needs, each element once: a predictor Σ_k X[n, k] b[k, s] inside the loop over n. Computed there,
 * the N × S predictor never exists.
 */
function sumsInPlace(stored: ReadonlySet<Value>, roots: ReadonlySet<Value>, smallestAvoided: number): Value[] {
  const readers = new Map<Value, Value[]>();
  for (const root of stored) {
    const reads = new Set(coneOf(root, stored).flatMap((v) => v.inputs.filter((x) => stored.has(x))));
    for (const x of reads) readers.set(x, [...(readers.get(x) ?? []), root]);
  }
  return [...stored].filter((value) => {
    const op = value.op;
    if (op.kind !== "reduce" || op.reducer !== "sum" || roots.has(value)) return false;
    if (value.size < smallestAvoided || sizeOf(op.over) > LONGEST_IN_PLACE) return false;
    const tiled = sizeOf(op.over) >= SHORTEST_TILED && value.size <= MOST_TILED;
    if (tiled && contractionOf(value, 1, (x) => stored.has(x) || isLeaf(x)) !== undefined) return false;
    // A tile is a thread's own loop, which stops at the end of the axis.
    if (op.over.some((axis) => originOf(axis) !== axis)) return false;
    const [reader, ...others] = readers.get(value) ?? [];
    if (reader === undefined || others.length > 0 || reader.op.kind !== "reduce") return false;
    const { parallel, serial } = domainOf(reader);
    const total = sizeOf(parallel) * sizeOf(serial);
    return inLoop(value, serial) && total < 2 * value.size;
  });
}

/** Operations per element of evaluating a value where it is needed, over those of loading it. */
function costInPlace(value: Value, stored: ReadonlySet<Value>): number {
  // What has far fewer elements is evaluated outside the loop.
  const cone = coneOf(value, stored).filter((v) => v.size * REDUNDANCY > value.size);
  const loads = new Set(cone.flatMap((v) => v.inputs.filter((x) => stored.has(x) || x.op.kind === "input")));
  const large = [...loads].filter((x) => x.size * REDUNDANCY > value.size || x.size > 1);
  return cone.reduce((sum, v) => sum + nodeCost(v), 0) + LOAD_COST * Math.max(0, large.length - 1);
}

/** A kernel of no more threads leaves most of a workgroup idle. */
const FEW_THREADS = 4;
const LONG_LOOP = 16;

/**
 * Work that few threads would do one element after the other, though it could be spread: what depends on the loop's axes
 * alone is better stored by as many threads as it has elements.
 */
function isSerialised(value: Value, parallel: readonly Axis[], serial: readonly Axis[]): boolean {
  if (sizeOf(parallel) > FEW_THREADS || sizeOf(serial) < LONG_LOOP || value.size < LONG_LOOP) return false;
  return value.axes.every((axis) => serial.includes(axis));
}

/** How often a kernel evaluates a value that it computes in place, loop-invariant code being moved out. */
function evaluations(
  value: Value,
  root: Value,
  parallel: readonly Axis[],
  serial: readonly Axis[],
  total: number,
): number {
  const held = passWith(root)?.held.filter((axis) => value.hasAxis(axis)) ?? [];
  if (inLoop(value, serial)) return total * sizeOf(held);
  if (held.length > 0) return sizeOf(parallel) * sizeOf(held);
  // Once a thread: negligible beside a long loop.
  return sizeOf(serial) >= 16 ? value.size : sizeOf(parallel);
}

/** True where a value changes along a thread's loop, be it through the tile's part of an axis. */
export const inLoop = (value: Value, serial: readonly Axis[]): boolean =>
  serial.some((axis) => value.hasAxis(axis) || value.hasAxis(originOf(axis)));
