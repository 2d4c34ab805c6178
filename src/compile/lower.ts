/** Graph rewrites that give a schedule its shape: long reductions are tiled, sums over grouped rows go group by group. */
import { Axis, isDrawAxis, sameAxes, sizeOf } from "../graph/axis.ts";
import { affine, type IndexMap } from "../graph/indexmap.ts";
import { constant, eq, iota, reduce, reindex, segment, select } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { transform } from "./rewrite.ts";

/** The part of an axis a thread takes in one tile, and how many tiles there are. */
export interface Tiling {
  readonly tile: Axis;
  readonly inner: Axis;
}

/** The axis along which a thread may take four neighbours at a time: `draw`, or a tile's part of it. */
const laneAxes = new WeakSet<Axis>();
export const mayCarryLanes = (axis: Axis): boolean => (isDrawAxis(axis) && axis.size % 4 === 0) || laneAxes.has(axis);

/** Index maps of tiles: the loop over the tile stops at the end of the axis, so no element needs a guard. */
const tileMaps = new WeakSet<IndexMap>();
export const isTileMap = (map: IndexMap): boolean => tileMaps.has(map);

const lastTiles = new WeakMap<Axis, Tiling & { readonly size: number }>();
/** For the inner axis of a tiling that does not come out even: its tile axis and the extent it must stop at. */
export const lastTileOf = (inner: Axis): (Tiling & { readonly size: number }) | undefined => lastTiles.get(inner);

const origins = new WeakMap<Axis, Axis>();
/** The axis that a tile's inner axis walks along. */
export const originOf = (axis: Axis): Axis => origins.get(axis) ?? axis;

/** See ScheduleOptions. */
export interface Tilings {
  readonly threads: number;
  readonly smallestSplit: number;
  readonly smallestTile: number;
}

/** No serial loop is longer (see design: long sums are blocked with a tree finish). */
const LONGEST_SERIAL = 512;

/**
 * Cuts reductions into tiles so that about `threads` threads have work and no thread sums serially for long:
 * Σ_a x = Σ_tile Σ_inner x[a := tile·B + inner].
 */
export function tileReductions(roots: readonly Value[], { threads, smallestSplit, smallestTile }: Tilings): Value[] {
  const tilings = new Map<string, Tiling>();
  return transform(roots, (value) => {
    const op = value.op;
    if (op.kind !== "reduce" || value.dtype === "bool") return undefined;
    const terms = sizeOf(op.over);
    if (value.size * terms < smallestSplit && terms <= 2 * LONGEST_SERIAL) return undefined;
    const tilesWanted = Math.max(Math.ceil(threads / value.size), Math.ceil(terms / LONGEST_SERIAL));
    const axis = op.over.reduce((longest, a) => (a.size > longest.size ? a : longest));
    const block = 4 * Math.ceil(Math.max(axis.size / tilesWanted, smallestTile) / 4);
    if (block >= axis.size) return undefined;
    const key = `${axis.name}#${axis.order}/${block}`;
    let tiling = tilings.get(key);
    if (tiling === undefined) {
      tiling = {
        tile: new Axis(`${axis.name}.tile`, Math.ceil(axis.size / block)),
        // A tile's part of `draw` stays the fastest axis.
        inner: new Axis(`${axis.name}.inner`, block, isDrawAxis(axis) ? axis.order - 2 : undefined),
      };
      if (isDrawAxis(axis) && axis.size % block === 0) laneAxes.add(tiling.inner);
      origins.set(tiling.inner, axis);
      tilings.set(key, tiling);
    }
    const { tile, inner } = tiling;
    const index = affine(
      [
        [tile, block],
        [inner, 1],
      ],
      0,
    );
    if (tile.size * block !== axis.size) lastTiles.set(inner, { tile, inner, size: axis.size });
    const map: IndexMap = { out: [tile, inner], source: [{ axis, index }], guards: [] };
    tileMaps.add(map);
    // Nothing is differentiated after this point, so the transposed map is not asked for.
    const tiled = reindex(value.inputs[0]!, map, { out: [axis], source: [], guards: [] });
    const over = op.over.map((a) => (a === axis ? inner : a));
    return reduce(op.reducer, reduce(op.reducer, tiled, over), [tile]);
  });
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
 * index is not known on the host, and those of few groups of very many rows, which would have too few threads.
 */
export function flattenSegments(roots: readonly Value[], threads: number): Value[] {
  return transform(roots, (value) => {
    const op = value.op;
    if (op.kind !== "segment") return undefined;
    const [x, index] = value.inputs as [Value, Value];
    const fewGroups = op.out.size <= 8 && sizeOf(op.rows) / op.out.size > LONGEST_SERIAL && value.size < threads;
    const fromData = index.op.kind === "input" && index.op.role === "data";
    if (fromData && !fewGroups) return undefined;
    const empty = op.reducer === "sum" ? 0 : x.dtype === "f32" ? Number.NEGATIVE_INFINITY : -2147483647;
    return reduce(op.reducer, select(eq(iota(op.out), index), x, constant(empty, x.dtype)), op.rows);
  });
}
