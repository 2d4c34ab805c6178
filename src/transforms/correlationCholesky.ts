import { Axis } from "../graph/axis.ts";
import { cholesky, contract } from "../graph/linalg.ts";
import {
  castF32,
  exp,
  iota,
  log,
  log1p,
  lt,
  mul,
  select,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
} from "../graph/ops.ts";
import { diagonal, rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import type { Transform } from "./bijection.ts";
import { onDiagonal, type Triangle, triangle } from "./triangle.ts";

/**
 * Cholesky factors of correlation matrices from K(K − 1)/2 partial correlations z_ij = tanh u_ij, j < i, row by row:
 *
 * L_ij = z_ij Π_{m<j} √(1 − z_im²),  L_ii = Π_{m<i} √(1 − z_im²),
 * log |det J| = Σ_{j<i} [log(1 − z_ij²) + ½ Σ_{m<j} log(1 − z_im²)].
 *
 * Stan Reference Manual, "Cholesky factors of correlation matrices".
 */
export function correlationCholesky(row: Axis, column: Axis): Transform {
  const lower = triangle("correlationCholesky", row, column, false);
  return {
    name: "correlationCholesky",
    eventAxes: [row, column],
    unconstrainedAxes: [lower.free],
    forward: (u) => factorOf(lower, u).factor,
    inverse: (L) => partialCorrelations(lower, L),
    logAbsDetJacobian: (u) => factorOf(lower, u).jacobian,
  };
}

/**
 * Correlation matrices Ω = L Lᵀ, L as for `correlationCholesky`, with Σ_k (K − k) log L_kk more in the Jacobian (k from 1).
 * Stan Reference Manual, "Correlation matrices".
 */
export function correlation(row: Axis, column: Axis): Transform {
  const lower = triangle("correlation", row, column, false);
  const inner = new Axis(`${row.name} inner`, row.size);
  return {
    name: "correlation",
    eventAxes: [row, column],
    unconstrainedAxes: [lower.free],
    forward: (u) => timesTranspose(factorOf(lower, u).factor, row, column, inner),
    inverse: (matrix) => partialCorrelations(lower, cholesky(matrix, row, column)),
    logAbsDetJacobian: (u) => {
      const { factor, jacobian } = factorOf(lower, u);
      return jacobian.add(sum(mul(after(row), log(diagonal(factor, row, column))), [row]));
    },
  };
}

/** K − k for k = 1 … K along `row`. */
export const after = (row: Axis): Value => castF32(sub(row.size - 1, iota(row)));

export function timesTranspose(L: Value, row: Axis, column: Axis, inner: Axis): Value {
  const left = rename(L, column, inner);
  return contract(left, rename(left, row, column), inner);
}

function factorOf(lower: Triangle, u: Value): { factor: Value; jacobian: Value } {
  const { row, column } = lower;
  const below = lower.inside();
  const z = lower.spread(u);
  // log(1 − tanh² u) = 2 (log 2 + u − log(1 + e²ᵘ))
  const logRest = select(
    below,
    z
      .add(Math.LN2)
      .sub(softplus(z.mul(2)))
      .mul(2),
    0,
  );
  const earlier = new Axis(`${column.name} earlier`, column.size);
  const before = select(lt(iota(earlier), iota(column)), rename(logRest, column, earlier), 0);
  const logScale = sum(before, [earlier]).mul(0.5);
  const scale = exp(logScale);
  return {
    factor: select(below, mul(tanh(z), scale), select(onDiagonal(lower), scale, 0)),
    jacobian: sum(select(below, logRest.add(logScale), 0), [row, column]),
  };
}

function partialCorrelations(lower: Triangle, L: Value): Value {
  const { column } = lower;
  const earlier = new Axis(`${column.name} earlier`, column.size);
  const before = select(lt(iota(earlier), iota(column)), rename(square(L), column, earlier), 0);
  const z = lower.collect(L.div(sqrt(sub(1, sum(before, [earlier])))));
  // artanh z
  return sub(log1p(z), log1p(z.neg())).mul(0.5);
}
