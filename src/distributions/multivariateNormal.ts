import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import { ge, iota, mul, type Operand, select, square, sub, sum, triangularSolve } from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, DistributionError, hostVector, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

export interface CholeskyScale {
  /** Lower triangular with a positive diagonal, over (row, column); what lies above the diagonal is not read. */
  readonly scaleTril: Value;
  readonly row: Axis;
  /** Default: `row.prime()`. */
  readonly column?: Axis;
}

/** L with zeros above the diagonal. */
export const lowerTriangle = (L: Value, row: Axis, column: Axis): Value => select(ge(iota(row), iota(column)), L, 0);

/**
 * The multivariate normal distribution with covariance L Lᵀ, over the axis `row`.
 *
 * log p(x) = −½ ‖L⁻¹(x − loc)‖² − Σ_i log L_ii − (D/2) log 2π
 *
 * Source: Bishop, *Pattern Recognition and Machine Learning*, §2.3; the triangular form as in Stan's
 * multi_normal_cholesky.
 */
export function multivariateNormal(loc: Operand, scale: CholeskyScale): Distribution {
  const { row, scaleTril } = scale;
  const column = scale.column ?? row.prime();
  const { parameters, checks } = takeParameters("multivariateNormal", {
    loc: [loc, "finite"],
    scaleTril: [scaleTril, "finite"],
  });
  const L = parameters.scaleTril;
  if (row.size !== column.size)
    throw new DistributionError("multivariateNormal", "column", `${row} by ${column} is not square`);
  for (const axis of [row, column])
    if (!L.hasAxis(axis))
      throw new DistributionError("multivariateNormal", "scaleTril", `scaleTril must run over "${axis.name}"`);
  if (parameters.loc.hasAxis(column))
    throw new DistributionError("multivariateNormal", "loc", `loc must run over "${row.name}", not "${column.name}"`);
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
