import { type Operand, square } from "../graph/ops.ts";
import { constant } from "../graph/value.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { inverseGammaLaw } from "./inverseGamma.ts";
import { sampleGamma } from "./sampling/gamma.ts";

/**
 * The inverse χ² distribution: 1/X of X ~ χ²(df), an inverseGamma(df/2, ½).
 *
 * log p(x) = −(df/2 + 1) log x − 1/(2x) − (df/2) log 2 − log Γ(df/2), x > 0
 *
 * Source: Stan Functions Reference, "Inverse chi-square distribution". The mean 1/(df − 2) is given where `df` is a
 * constant above 2.
 */
export function inverseChiSquared(df: Operand): Distribution {
  const { parameters, checks } = takeParameters("inverseChiSquared", { df: [df, "positive"] });
  const hasMean = (constantOf(df) ?? 0) > 2;
  return makeDistribution({
    name: "inverseChiSquared",
    support: { kind: "positive" },
    parameters,
    checks,
    ...inverseGammaLaw(parameters.df.mul(0.5), constant(0.5)),
    sample: (given, random) => 0.5 / sampleGamma(hostNumber(given, "df") / 2, random),
    ...(hasMean ? { mean: () => parameters.df.sub(2).reciprocal() } : {}),
  });
}

/**
 * The scaled inverse χ² distribution: df·scale²/X of X ~ χ²(df), an inverseGamma(df/2, df·scale²/2). The prior of a
 * variance that is worth `df` observations of mean square scale².
 *
 * log p(x) = (df/2) log(df/2) − log Γ(df/2) + df log scale − (df/2 + 1) log x − df·scale²/(2x), x > 0
 *
 * Source: Stan Functions Reference, "Scaled inverse chi-square distribution"; Gelman et al., *Bayesian Data Analysis*,
 * app. A. The mean df·scale²/(df − 2) is given where `df` is a constant above 2.
 */
export function scaledInverseChiSquared(df: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("scaledInverseChiSquared", {
    df: [df, "positive"],
    scale: [scale, "positive"],
  });
  const hasMean = (constantOf(df) ?? 0) > 2;
  const half = parameters.df.mul(0.5);
  const sumOfSquares = parameters.df.mul(square(parameters.scale));
  return makeDistribution({
    name: "scaledInverseChiSquared",
    support: { kind: "positive" },
    parameters,
    checks,
    ...inverseGammaLaw(half, sumOfSquares.mul(0.5)),
    sample: (given, random) => {
      const degrees = hostNumber(given, "df");
      return (degrees * hostNumber(given, "scale") ** 2) / (2 * sampleGamma(degrees / 2, random));
    },
    ...(hasMean ? { mean: () => sumOfSquares.div(parameters.df.sub(2)) } : {}),
  });
}
