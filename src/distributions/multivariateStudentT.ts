import {
  add,
  digamma,
  lgamma,
  log,
  log1p,
  mul,
  type Operand,
  reciprocal,
  square,
  sub,
  sum,
  triangularSolve,
} from "../graph/ops.ts";
import { diagonal } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  hostNumber,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { type MatrixScale, multivariateNormal, takeScale } from "./multivariateNormal.ts";
import { sampleGamma } from "./sampling/gamma.ts";

/**
 * The multivariate Student t distribution over the axis `row` with scale matrix Σ = L Lᵀ, given as in `multivariateNormal`.
 *
 * log p(x) = log Γ((ν + D)/2) − log Γ(ν/2) − (D/2) log(νπ) − Σ log L_ii − ((ν + D)/2) log(1 + ‖L⁻¹(x − loc)‖²/ν)
 *
 * Σ is not the covariance, which is ν/(ν − 2) Σ for ν > 2. Source: Kotz & Nadarajah, *Multivariate t Distributions*, §1.1.
 */
export function multivariateStudentT(df: Operand, loc: Operand, scale: MatrixScale): Distribution {
  const { L: factor, row, column } = takeScale("multivariateStudentT", scale);
  const { parameters, checks } = takeParameters("multivariateStudentT", {
    df: [df, "positive"],
    loc: [loc, "finite"],
    scaleTril: [factor, "finite"],
  });
  const { df: nu, scaleTril: L } = parameters;
  if (parameters.loc.hasAxis(column))
    throw new DistributionError("multivariateStudentT", "loc", `loc must run over "${row.name}", not "${column.name}"`);
  const diagonalOfL = diagonal(L, row, column);
  checks.push({ parameter: "diagonal of scaleTril", value: diagonalOfL, domain: "positive" });
  const size = row.size;
  /** log of the density at loc, without det L. */
  const logHeight = (half: Value): Value =>
    lgamma(half)
      .sub(lgamma(mul(nu, 0.5)))
      .sub(log(mul(nu, Math.PI)).mul(size / 2));
  const logDeterminant = () => sum(logOf(diagonalOfL), [row]);
  const gaussian = multivariateNormal(0, { scaleTril: L, row, column });
  return makeDistribution({
    name: "multivariateStudentT",
    support: { kind: "realVector", axis: row },
    parameters,
    checks,
    eventAxes: [row],
    innerAxes: [column],
    logProb: (x) => {
      const half = add(nu, size).mul(0.5);
      const distance = sum(square(triangularSolve(L, sub(x, parameters.loc), row, column)), [row]);
      return logHeight(half)
        .sub(logDeterminant())
        .sub(half.mul(log1p(distance.mul(reciprocal(nu)))));
    },
    sample: (given, random) => {
      const degrees = hostNumber(given, "df");
      const stretch = Math.sqrt(degrees / 2 / sampleGamma(degrees / 2, random));
      const center = hostVector(given, "loc", size);
      const noise = gaussian.sample({ loc: 0, scaleTril: given.scaleTril! }, random) as number[];
      return center.map((c, i) => c + stretch * noise[i]!);
    },
    // E[log(1 + Q/ν)] = ψ((ν + D)/2) − ψ(ν/2): Zografos & Nadarajah (2005), Statistics & Probability Letters 71.
    entropy: () => {
      const half = add(nu, size).mul(0.5);
      const spread = half.mul(digamma(half).sub(digamma(mul(nu, 0.5))));
      return logDeterminant().sub(logHeight(half)).add(spread);
    },
    mean: () => parameters.loc,
  });
}
