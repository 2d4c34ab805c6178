import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { cholesky, contract } from "../graph/linalg.ts";
import { type Operand, square, sub, sum, triangularSolve } from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, hostVector, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { lowerTriangle, requireMatrix, requireRows } from "./multivariateNormal.ts";

/** An inverse covariance, as it is or by its factor. */
export type PrecisionScale = {
  readonly row: Axis;
  /** Default: `row.prime()`. */
  readonly column?: Axis;
} & (
  | {
      /** Symmetric and positive definite, over (row, column); its lower triangle is read. */
      readonly precision: Value;
      readonly precisionTril?: undefined;
    }
  | {
      /** Lower triangular M with a positive diagonal, M Mᵀ the precision; what lies above the diagonal is not read. */
      readonly precisionTril: Value;
      readonly precision?: undefined;
    }
);

/**
 * log p(x) = −½ ‖Mᵀ(x − loc)‖² + Σ_i log M_ii − (D/2) log 2π, M Mᵀ the precision: Stan's multi_normal_prec. Nothing is
 * inverted: a draw solves Mᵀ(x − loc) = ε.
 */
export function normalByPrecision(loc: Operand, scale: PrecisionScale): Distribution {
  const { row } = scale;
  const column = scale.column ?? row.prime();
  const name = scale.precision === undefined ? "precisionTril" : "precision";
  const matrix = scale.precision ?? scale.precisionTril;
  requireMatrix("multivariateNormal", name, matrix, row, column);
  const factor = scale.precision === undefined ? matrix : cholesky(matrix, row, column);
  const { parameters, checks } = takeParameters("multivariateNormal", {
    loc: [loc, "finite"],
    precisionTril: [factor, "finite"],
  });
  requireRows(parameters.loc, row, column);
  const M = parameters.precisionTril;
  const diagonalOfM = diagonal(M, row, column);
  checks.push({ parameter: "diagonal of precisionTril", value: diagonalOfM, domain: "positive" });
  const logDeterminant = () => sum(logOf(diagonalOfM), [row]);
  const size = row.size;
  return makeDistribution({
    name: "multivariateNormal",
    support: { kind: "realVector", axis: row },
    parameters,
    checks,
    eventAxes: [row],
    innerAxes: [column],
    logProb: (x) => {
      const deviation = expand(sub(x, parameters.loc), [row]);
      const standard = contract(lowerTriangle(M, row, column), deviation, row);
      return sum(square(standard), [column])
        .mul(-0.5)
        .add(logDeterminant().sub(size * HALF_LOG_2PI));
    },
    rsample: (noise, axes) => {
      const epsilon = noise("normal", unionAxes(withoutAxes(axes, [row]), [row]));
      return parameters.loc.add(triangularSolve(M, epsilon, row, column, true));
    },
    sample: (values, random) => {
      const x = hostVector(values, "loc", size);
      const entries = hostVector(values, "precisionTril", size * size);
      const [perRow, perColumn] = row.order < column.order ? [size, 1] : [1, size];
      const solved = x.map(() => random.normal());
      for (let i = size - 1; i >= 0; i--) {
        for (let j = i + 1; j < size; j++) solved[i]! -= entries[j * perRow + i * perColumn]! * solved[j]!;
        solved[i]! /= entries[i * perRow + i * perColumn]!;
      }
      return x.map((center, i) => center + solved[i]!);
    },
    entropy: () =>
      logDeterminant()
        .neg()
        .add(size * (HALF_LOG_2PI + 0.5)),
    mean: () => parameters.loc,
  });
}
