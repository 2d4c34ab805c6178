import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { cholesky } from "../graph/linalg.ts";
import { ge, iota, mul, type Operand, select, square, sub, sum, triangularSolve } from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, DistributionError, hostVector, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { normalByPrecision, type PrecisionScale } from "./normalByPrecision.ts";

export interface CholeskyScale {
  /** Lower triangular with a positive diagonal, over (row, column); what lies above the diagonal is not read. */
  readonly scaleTril: Value;
  readonly covariance?: undefined;
  readonly row: Axis;
  /** Default: `row.prime()`. */
  readonly column?: Axis;
}

export interface CovarianceScale {
  /** Symmetric and positive definite, over (row, column); its lower triangle is read. */
  readonly covariance: Value;
  readonly scaleTril?: undefined;
  readonly row: Axis;
  /** Default: `row.prime()`. */
  readonly column?: Axis;
}

/** A scale matrix by its Cholesky factor or as it is. */
export type MatrixScale = CholeskyScale | CovarianceScale;

/** The factor of a scale matrix, and its axes. Throws a DistributionError where axes are missing or of other extents. */
export function takeScale(family: string, scale: MatrixScale): { L: Value; row: Axis; column: Axis } {
  const { row } = scale;
  const column = scale.column ?? row.prime();
  const [name, matrix] =
    scale.scaleTril === undefined
      ? (["covariance", scale.covariance] as const)
      : (["scaleTril", scale.scaleTril] as const);
  requireMatrix(family, name, matrix, row, column);
  return { L: name === "covariance" ? cholesky(matrix, row, column) : matrix, row, column };
}

/** Throws a DistributionError where axes are missing or of other extents. */
export function requireMatrix(family: string, name: string, matrix: Value, row: Axis, column: Axis): void {
  if (row.size !== column.size) throw new DistributionError(family, "column", `${row} by ${column} is not square`);
  for (const axis of [row, column])
    if (!matrix.hasAxis(axis)) throw new DistributionError(family, name, `${name} must run over "${axis.name}"`);
}

/** The location runs over the rows. Throws a DistributionError where it runs over the columns. */
export function requireRows(loc: Value, row: Axis, column: Axis): void {
  if (loc.hasAxis(column))
    throw new DistributionError("multivariateNormal", "loc", `loc must run over "${row.name}", not "${column.name}"`);
}

/** L with zeros above the diagonal. */
export const lowerTriangle = (L: Value, row: Axis, column: Axis): Value => select(ge(iota(row), iota(column)), L, 0);

/**
 * The multivariate normal distribution with covariance L Lᵀ, over the axis `row`, from L, from the covariance, or from
 * the precision or its factor. (A matrix that is not positive definite gives NaN, so that such a draw is left out and counted.)
 *
 * log p(x) = −½ ‖L⁻¹(x − loc)‖² − Σ_i log L_ii − (D/2) log 2π
 *
 * Source: Bishop, *Pattern Recognition and Machine Learning*, §2.3; the triangular form as in Stan's
 * multi_normal_cholesky.
 */
export function multivariateNormal(loc: Operand, scale: MatrixScale | PrecisionScale): Distribution {
  if ("precision" in scale || "precisionTril" in scale) return normalByPrecision(loc, scale);
  const { L: factor, row, column } = takeScale("multivariateNormal", scale);
  const { parameters, checks } = takeParameters("multivariateNormal", {
    loc: [loc, "finite"],
    scaleTril: [factor, "finite"],
  });
  const L = parameters.scaleTril;
  requireRows(parameters.loc, row, column);
  const diagonalOfL = diagonal(L, row, column);
  checks.push({ parameter: "diagonal of scaleTril", value: diagonalOfL, domain: "positive" });
  const logDeterminant = () => sum(logOf(diagonalOfL), [row]);
  const size = row.size;
  return makeDistribution({
    name: "multivariateNormal",
    support: { kind: "realVector", axis: row },
    parameters,
    checks,
    eventAxes: [row],
    innerAxes: [column],
    logProb: (x) =>
      sum(square(triangularSolve(L, sub(x, parameters.loc), row, column)), [row])
        .mul(-0.5)
        .add(
          logDeterminant()
            .neg()
            .sub(size * HALF_LOG_2PI),
        ),
    rsample: (noise, axes) => {
      const epsilon = noise("normal", unionAxes(withoutAxes(axes, [row]), [column]));
      return parameters.loc.add(sum(mul(lowerTriangle(L, row, column), epsilon), [column]));
    },
    sample: (values, random) => {
      const center = hostVector(values, "loc", size);
      const matrix = hostVector(values, "scaleTril", size * size);
      const [perRow, perColumn] = row.order < column.order ? [size, 1] : [1, size];
      const noise = center.map(() => random.normal());
      return center.map((c, i) => {
        let sumSoFar = c;
        for (let j = 0; j <= i; j++) sumSoFar += matrix[i * perRow + j * perColumn]! * noise[j]!;
        return sumSoFar;
      });
    },
    entropy: () => logDeterminant().add(size * (HALF_LOG_2PI + 0.5)),
    mean: () => parameters.loc,
  });
}
