/** Lower triangles of matrices, laid row by row in a vector of free coordinates. */
import { Axis } from "../graph/axis.ts";
import { add, castF32, castI32, div, eq, floor, iota, le, lt, mul, select, sqrt, sub } from "../graph/ops.ts";
import { gather, type Value } from "../graph/value.ts";
import { TransformError } from "./bijection.ts";

export interface Triangle {
  readonly row: Axis;
  readonly column: Axis;
  /** The axis of the free coordinates. */
  readonly free: Axis;
  /** True in the part of the matrix that has coordinates. */
  inside(): Value;
  /** The coordinate of every entry of the matrix; outside the triangle the first of its row, to be masked. */
  spread(u: Value): Value;
  /** The entries of the triangle as a vector along `free`. */
  collect(matrix: Value): Value;
}

/** The triangle below the diagonal, with the diagonal or without it. */
export function triangle(name: string, row: Axis, column: Axis, withDiagonal: boolean): Triangle {
  if (row === column || row.size !== column.size)
    throw new TransformError(
      `${name}: needs a square matrix over two axes, as ${row} and its prime(), got ${row} by ${column}`,
    );
  if (row.size < 2 && !withDiagonal)
    throw new TransformError(`${name}: a ${row.size} by ${row.size} matrix of this kind is constant`);
  const extra = withDiagonal ? 1 : -1;
  const free = new Axis(`${row.name} free`, (row.size * (row.size + extra)) / 2);
  const inside = (): Value => (withDiagonal ? le(iota(column), iota(row)) : lt(iota(column), iota(row)));
  /** Coordinates before row i: i(i − 1)/2, or i(i + 1)/2 with the diagonal. */
  const before = (i: Value): Value => castI32(div(mul(i, add(i, extra)), 2));
  return {
    row,
    column,
    free,
    inside,
    spread: (u) => gather(u, free, select(inside(), add(before(iota(row)), iota(column)), 0)),
    collect: (matrix) => {
      // The row of coordinate f solves f = i(i ± 1)/2; half a coordinate keeps rounding away from the border.
      const root = sqrt(add(mul(8, castF32(iota(free))), 5))
        .sub(extra)
        .div(2);
      const i = castI32(floor(root));
      const j = sub(iota(free), before(i));
      return gather(gather(matrix, row, i), column, j);
    },
  };
}

/** Ones on the diagonal, false elsewhere. */
export const onDiagonal = ({ row, column }: Triangle): Value => eq(iota(row), iota(column));
