/** Matrices: factors, determinants and products of values over a row axis and a column axis, batched over all others. */
import { Axis, unionAxes } from "./axis.ts";
import { GraphError } from "./errors.ts";
import { log, mul, sum } from "./ops.ts";
import { diagonal, rename } from "./reindex.ts";
import { Value } from "./value.ts";

/**
 * The lower triangular L with L Lᵀ = A, for each entry of the other axes. Only the lower triangle of A is read; its
 * derivative takes A to be symmetric. Where A is not positive definite the factor is NaN from the first pivot that fails,
 * so that such a draw is left out and counted. Throws a GraphError for a matrix that is not square.
 */
export function cholesky(matrix: Value, row: Axis, column: Axis): Value {
  requireMatrix("cholesky", matrix, row, column);
  return new Value({ kind: "cholesky", row, column }, [matrix], matrix.axes, "f32");
}

/** log det A from the factor L of A: 2 Σ log Lᵢᵢ. */
export function logDeterminant(factor: Value, row: Axis, column: Axis): Value {
  requireMatrix("logDeterminant", factor, row, column);
  return mul(sum(log(diagonal(factor, row, column)), [row]), 2);
}

/** Σ over `inner` of a · b: a product of matrices, of a matrix and a vector, or of many at once; no axis needs a place. */
export const contract = (a: Value, b: Value, ...inner: Axis[]): Value => sum(mul(a, b), inner);

/** The matrix with rows and columns exchanged: the same axes. */
export function transpose(matrix: Value, row: Axis, column: Axis): Value {
  requireMatrix("transpose", matrix, row, column);
  const spare = scratchAxis(row);
  return rename(rename(rename(matrix, row, spare), column, row), spare, column);
}

const scratch = new WeakMap<Axis, Axis>();

/** An axis of the same extent that no model has; the same one every time, so that equal graphs stay equal. */
export function scratchAxis(axis: Axis): Axis {
  const known = scratch.get(axis);
  if (known !== undefined) return known;
  const made = new Axis(`${axis.name}*`, axis.size);
  scratch.set(axis, made);
  return made;
}

function requireMatrix(what: string, matrix: Value, row: Axis, column: Axis): void {
  if (row === column)
    throw new GraphError(`${what}: row and column are the same axis; take ${row}.prime() for one of them`);
  if (row.size !== column.size) throw new GraphError(`${what}: ${row} by ${column} is not square`);
  for (const axis of [row, column]) {
    if (matrix.hasAxis(axis)) continue;
    throw new GraphError(`${what}: the matrix lacks ${axis}; it has ${unionAxes(matrix.axes).join(" ") || "no axes"}`);
  }
}
