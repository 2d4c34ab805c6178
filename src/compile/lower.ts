/** Graph rewrites that give a schedule its shape: long reductions are tiled, sums over grouped rows go group by group. */
import { Axis, isDrawAxis, sameAxes, sizeOf, withoutAxes } from "../graph/axis.ts";
import { affine, type IndexMap } from "../graph/indexmap.ts";
import { constant, eq, iota, reduce, reindex, segment, select } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { contractionOf } from "./contraction.ts";
import { isExpensive, nodeCost } from "./cost.ts";
import { findPasses, type Pass, type PassOptions, rowsPerThread, takeInPlace, takePart } from "./passes.ts";
import { transform } from "./rewrite.ts";

/** An axis cut into tiles: a[tile·B + inner]. A thread walks one tile's inner axis, in the last only as far as `whole` goes. */
export interface Tiling {
  readonly whole: Axis;
  readonly tile: Axis;
  readonly inner: Axis;
}

const byInner = new WeakMap<Axis, Tiling>();
const tileAxes = new WeakSet<Axis>();
const shareTiles = new WeakSet<Axis>();

/** The tiling that an axis is the inner axis of. */
export const tilingOf = (inner: Axis): Tiling | undefined => byInner.get(inner);
export const isTileAxis = (axis: Axis): boolean => tileAxes.has(axis);
/** The axis that a tile's inner axis walks along; any other axis is its own. */
export const originOf = (axis: Axis): Axis => tilingOf(axis)?.whole ?? axis;

/** Whether every tile is full, so that no loop over one stops early. */
export const isEven = ({ whole, tile, inner }: Tiling): boolean => tile.size * inner.size === whole.size;

/** An axis along which a thread may take four neighbours at a time: `draw`, or a tile's part of it. */
export function mayCarryLanes(axis: Axis): boolean {
  const tiling = tilingOf(axis);
  if (tiling !== undefined) return isDrawAxis(tiling.whole) && isEven(tiling);
  return isDrawAxis(axis) && axis.size % 4 === 0;
}

/** See ScheduleOptions. */
export interface Tilings extends PassOptions {
  readonly threads: number;
  readonly smallestSplit: number;
  readonly smallestTile: number;
  readonly smallestQuads: number;
}

/** How threads share the sums over draws; see `shareOf`. */
export interface Sharing {
  /** Just so many, those of one workgroup; or, in a grid, at most so many. */
  readonly threads: number;
  readonly inGrid: boolean;
  /** Draws that a thread takes at a time. */
  readonly width: number;
}

/** Fewer threads leave cores idle. */
const FEWEST_IN_GRID = 16;

/** Of costly maps no more operations are written out for one such sum: drivers inline every call, which takes them long. */
const MOST_COPIED = 768;

/** Operations of costly maps in a term of a sum, up to the next sums, over all elements of the sum. */
function copiedOperations(value: Value, over: readonly Axis[]): number {
  const seen = new Set<Value>();
  const visit = (v: Value): number => {
    if (seen.has(v) || v.op.kind === "reduce") return 0;
    seen.add(v);
    const own = v.op.kind === "map" && isExpensive(v) ? nodeCost(v) * sizeOf(withoutAxes(v.axes, over)) : 0;
    return v.inputs.reduce((sum, x) => sum + visit(x), own);
  };
  return visit(value.inputs[0]!);
}

/** The threads that share a sum over draws, each with as many of them. None where that does not work out. */
export function sharesOf(value: Value, { threads, inGrid, width }: Sharing): number {
  const { op, dtype } = value;
  if (op.kind !== "reduce" || op.reducer !== "sum" || op.over.length !== 1 || dtype !== "f32") return 0;
  const [draw] = op.over as [Axis];
  if (!isDrawAxis(draw) || copiedOperations(value, op.over) > MOST_COPIED) return 0;
  if (!inGrid) return draw.size % (threads * width) === 0 ? threads : 0;
  if (draw.size % width !== 0) return 0;
  const items = draw.size / width;
  let most = Math.min(threads, items);
  while (items % most !== 0) most--;
  return most < FEWEST_IN_GRID ? 0 : most;
}

/** Sums over draws that threads share, all elements together: each is a register of the thread. */
export const MOST_SHARED = 64;

/** No serial loop is longer (see design: long sums are blocked with a tree finish). */
const LONGEST_SERIAL = 512;
/** The same where it goes by tiles of results, four terms at a time: these are work enough for all threads. */
const LONGEST_IN_QUADS = 4096;

const isInput = ({ op }: Value): boolean => op.kind === "input";

/**
 * Cuts reductions into tiles so that about `threads` threads have work and no thread sums serially for long:
 * Σ_a x = Σ_tile Σ_inner x[a := tile·B + inner]. Those of one pass over rows are cut alike.
 */
export function tileReductions(roots: readonly Value[], options: Tilings, sharing?: Sharing): Value[] {
  const { threads, smallestSplit, smallestTile, smallestQuads } = options;
  const passes = findPasses(roots, options);
  const tilings = new Map<Axis, Map<number, Tiling>>();
  const tilingFor = (axis: Axis, block: number): Tiling => {
    const known = tilings.get(axis)?.get(block);
    if (known !== undefined) return known;
    const made = cut(axis, block);
    tilings.set(axis, (tilings.get(axis) ?? new Map<number, Tiling>()).set(block, made));
    return made;
  };
  let shared = 0;
  const threadsFor = (value: Value): number => {
    const shares = sharing === undefined ? 0 : sharesOf(value, sharing);
    if (shares === 0 || shared + value.size > MOST_SHARED) return 0;
    shared += value.size;
    return shares;
  };
  const rowsOf = (value: Value, over: readonly Axis[], longest: Axis, pass: Pass | undefined): number => {
    if (pass !== undefined) return Math.min(rowsPerThread(pass, options), LONGEST_SERIAL);
    const terms = sizeOf(over);
    if (value.size * terms < smallestSplit && terms <= 2 * LONGEST_SERIAL) return longest.size;
    if (smallestQuads > 0 && terms <= LONGEST_IN_QUADS && contractionOf(value, smallestQuads, isInput))
      return longest.size;
    const tilesWanted = Math.max(Math.ceil(threads / value.size), Math.ceil(terms / LONGEST_SERIAL));
    return Math.max(longest.size / tilesWanted, smallestTile);
  };
  return transform(roots, (value, original) => {
    const op = value.op;
    if (op.kind !== "reduce" || value.dtype === "bool") return undefined;
    const pass = passes.get(original);
    if (pass?.sums.has(original)) {
      takeInPlace(value);
      return value;
    }
    const shares = pass === undefined ? threadsFor(value) : 0;
    if (shares > 1) {
      const tiling = tilingFor(op.over[0]!, op.over[0]!.size / shares);
      shareTiles.add(tiling.tile);
      return sumByTiles(value, tiling);
    }
    const axis = op.over.reduce((longest, a) => (a.size > longest.size ? a : longest));
    const block = 4 * Math.ceil(rowsOf(value, op.over, axis, pass) / 4);
    if (block >= axis.size) {
      if (pass !== undefined) takePart(value, pass);
      return undefined;
    }
    return sumByTiles(value, tilingFor(axis, block), pass);
  });
}

/** The reduction as one over the tiles of reductions along them. */
function sumByTiles(value: Value, { whole, tile, inner }: Tiling, pass?: Pass): Value {
  if (value.op.kind !== "reduce") return value;
  const { reducer, over } = value.op;
  const index = affine([
    [tile, inner.size],
    [inner, 1],
  ]);
  // No guard: the loop over a tile stops where the axis ends.
  const map: IndexMap = { out: [tile, inner], source: [{ axis: whole, index }], guards: [] };
  // Nothing is differentiated after this point, so the transposed map is not asked for.
  const tiled = reindex(value.inputs[0]!, map, { out: [whole], source: [], guards: [] });
  const along = over.map((axis) => (axis === whole ? inner : axis));
  const parts = reduce(reducer, tiled, along);
  if (pass !== undefined) takePart(parts, pass);
  return reduce(reducer, parts, [tile]);
}

/** A thread's part of a sum over draws. */
export interface Share {
  /** What is summed, over draws and the axes of the sum. */
  readonly term: Value;
  /** The draws, and the axis whose index is the thread's number. */
  readonly draw: Axis;
  readonly thread: Axis;
}

/**
 * What a value sums, if it holds the threads' parts of a sum over draws: the thread that evaluates a draw adds what the
 * draw contributes, so that scores are summed where they are computed, from registers.
 */
export function shareOf(value: Value): Share | undefined {
  if (value.op.kind !== "reduce" || value.op.over.length !== 1) return undefined;
  const tiling = tilingOf(value.op.over[0]!);
  if (tiling === undefined || !shareTiles.has(tiling.tile)) return undefined;
  return { term: value.inputs[0]!.inputs[0]!, draw: tiling.whole, thread: tiling.tile };
}

/** Whether a value adds up the threads' parts. */
export const sumsShares = ({ op }: Value): boolean => op.kind === "reduce" && op.over.every((a) => shareTiles.has(a));

function cut(whole: Axis, block: number): Tiling {
  const tile = new Axis(`${whole.name}.tile`, Math.ceil(whole.size / block));
  // A tile's part of `draw` stays the fastest axis.
  const inner = new Axis(`${whole.name}.inner`, block, isDrawAxis(whole) ? whole.order - 2 : undefined);
  const tiling = { whole, tile, inner };
  byInner.set(inner, tiling);
  tileAxes.add(tile);
  return tiling;
}

/**
 * Where rows are summed by group and also as a whole, the whole sum goes by groups too, so that one pass over the data
 * in group order serves both: Σ_rows x = Σ_group Σ_{rows of group} x. (Radon: counties, and their houses.)
 */
export function sumByGroups(roots: readonly Value[]): Value[] {
  const groupings: { rows: Axis; index: Value; out: Axis }[] = [];
  for (const value of Value.topological(roots)) {
    const op = value.op;
    if (op.kind !== "segment" || op.reducer !== "sum" || op.rows.length !== 1) continue;
    const rows = op.rows[0]!;
    if (!groupings.some((g) => g.rows === rows)) groupings.push({ rows, index: value.inputs[1]!, out: op.out });
  }
  if (groupings.length === 0) return [...roots];
  return transform(roots, (value, original) => {
    const op = original.op;
    if (op.kind !== "reduce" || op.reducer !== "sum" || value.dtype !== "f32") return undefined;
    const grouping = groupings.find((g) => sameAxes(op.over, [g.rows]) && !original.inputs[0]!.hasAxis(g.out));
    if (grouping === undefined) return undefined;
    return reduce("sum", segment("sum", value.inputs[0]!, grouping.index, grouping.out), [grouping.out]);
  });
}

/**
 * Segments that cannot go group by group become plain reductions over the rows of what matches each group: those whose
 * index is not known on the host, and those of few groups of very many rows, which would have too few threads; or all.
 */
export function flattenSegments(roots: readonly Value[], threads: number, all = false): Value[] {
  return transform(roots, (value) => {
    const op = value.op;
    if (op.kind !== "segment") return undefined;
    const [x, index] = value.inputs as [Value, Value];
    const fewGroups = op.out.size <= 8 && sizeOf(op.rows) / op.out.size > LONGEST_SERIAL && value.size < threads;
    const fromData = index.op.kind === "input" && index.op.role === "data";
    if (fromData && !fewGroups && !all) return undefined;
    const empty = op.reducer === "sum" ? 0 : x.dtype === "f32" ? Number.NEGATIVE_INFINITY : -2147483647;
    return reduce(op.reducer, select(eq(iota(op.out), index), x, constant(empty, x.dtype)), op.rows);
  });
}
