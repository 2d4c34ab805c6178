/** Sums of products Σ_k x[r, k] y[k, c], whose factors neighbouring results share. */
import { type Axis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { mul } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

export interface Contraction {
  /** The axis of the sum. */
  readonly over: Axis;
  /** The result's axes of which each factor has one at most. */
  readonly rows: Axis;
  readonly columns: Axis;
  /** What is multiplied: without the columns, and without the rows. */
  readonly left: Value;
  readonly right: Value;
}

/** A tile of results: so many rows, and so many columns. */
export const TILE = 16;

/** Fewer tiles leave cores idle. */
const FEWEST_TILES = 16;

/** Results side by side, in tiles that may reach beyond the ends. */
export function tilesOf(value: Value, { rows, columns }: Pick<Contraction, "rows" | "columns">): number {
  const others = sizeOf(withoutAxes(value.axes, [rows, columns]));
  return others * Math.ceil(rows.size / TILE) * Math.ceil(columns.size / TILE);
}

/**
 * The value as a contraction, if it is one of at least `smallest` terms with work for all cores. Columns are the last axis
 * that will do, so that neighbouring columns lie side by side. What is opaque is not looked into.
 */
export function contractionOf(
  value: Value,
  smallest: number,
  isOpaque: (value: Value) => boolean,
): Contraction | undefined {
  const { op } = value;
  if (op.kind !== "reduce" || op.reducer !== "sum" || op.over.length !== 1 || value.dtype !== "f32") return undefined;
  const [over] = op.over as [Axis];
  if (value.size * over.size < smallest) return undefined;
  const factors = factorsOf(value.inputs[0]!, isOpaque);
  if (factors.length < 2) return undefined;
  const wide = value.axes.filter((axis) => axis.size >= TILE);
  for (const columns of [...wide].reverse()) {
    for (const rows of wide) {
      if (rows === columns || factors.some((x) => x.hasAxis(rows) && x.hasAxis(columns))) continue;
      const left = factors.filter((x) => x.hasAxis(rows));
      const right = factors.filter((x) => !x.hasAxis(rows));
      if (left.length === 0 || !right.some((x) => x.hasAxis(columns))) continue;
      const made = { over, rows, columns, left: left.reduce(mul), right: right.reduce(mul) };
      if (tilesOf(value, made) >= FEWEST_TILES) return made;
    }
  }
  return undefined;
}

/** What a product multiplies. */
function factorsOf(value: Value, isOpaque: (value: Value) => boolean): Value[] {
  if (isOpaque(value) || value.op.kind !== "map" || value.op.name !== "mul") return [value];
  return value.inputs.flatMap((x) => factorsOf(x, isOpaque));
}
