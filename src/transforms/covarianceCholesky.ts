import { Axis } from "../graph/axis.ts";
import { cholesky } from "../graph/linalg.ts";
import { add, exp, log, mul, select, sum } from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import type { Transform } from "./bijection.ts";
import { after, timesTranspose } from "./correlationCholesky.ts";
import { onDiagonal, type Triangle, triangle } from "./triangle.ts";

/**
 * Lower triangular matrices with a positive diagonal from K(K + 1)/2 coordinates, row by row: L_ij = u_ij below the diagonal
 * and L_ii = exp u_ii on it; log |det J| = Σ u_ii. Stan Reference Manual, "Cholesky factors of covariance matrices".
 */
export function covarianceCholesky(row: Axis, column: Axis): Transform {
  const lower = triangle("covarianceCholesky", row, column, true);
  return {
    name: "covarianceCholesky",
    eventAxes: [row, column],
    unconstrainedAxes: [lower.free],
    forward: (u) => factorOf(lower, u),
    inverse: (L) => coordinates(lower, L),
    logAbsDetJacobian: (u) => sum(diagonal(lower.spread(u), row, column), [row]),
  };
}

/**
 * Covariance matrices Σ = L Lᵀ, L as for `covarianceCholesky`; log |det J| = K log 2 + Σ_k (K − k + 2) log L_kk, k from 1.
 * Stan Reference Manual, "Covariance matrices".
 */
export function covariance(row: Axis, column: Axis): Transform {
  const lower = triangle("covariance", row, column, true);
  const inner = new Axis(`${row.name} inner`, row.size);
  return {
    name: "covariance",
    eventAxes: [row, column],
    unconstrainedAxes: [lower.free],
    forward: (u) => timesTranspose(factorOf(lower, u), row, column, inner),
    inverse: (matrix) => coordinates(lower, cholesky(matrix, row, column)),
    logAbsDetJacobian: (u) => {
      const logDiagonal = diagonal(lower.spread(u), row, column);
      return sum(mul(add(after(row), 2), logDiagonal), [row]).add(row.size * Math.LN2);
    },
  };
}

function factorOf(lower: Triangle, u: Value): Value {
  const spread = lower.spread(u);
  const diagonalOnly = select(onDiagonal(lower), spread, 0);
  return select(onDiagonal(lower), exp(diagonalOnly), select(lower.inside(), spread, 0));
}

function coordinates(lower: Triangle, L: Value): Value {
  const logs = log(select(onDiagonal(lower), L, 1));
  return lower.collect(select(onDiagonal(lower), logs, L));
}
