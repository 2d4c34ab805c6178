import { exp, log1p, logBeta, mul, type Operand, reciprocal, softplus } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { argumentOf, logOf } from "./logarithms.ts";
import { sampleGamma } from "./sampling/gamma.ts";
import { samplePoisson } from "./sampling/poisson.ts";

export type MeanOrLogMean =
  | { readonly mean: Operand; readonly logMean?: undefined; readonly concentration: Operand }
  | { readonly logMean: Operand; readonly mean?: undefined; readonly concentration: Operand };

/**
 * The negative binomial distribution by its mean μ (or log mean) and concentration φ; variance μ + μ²/φ. It is Poisson
 * with a gamma(φ, φ/μ) rate.
 *
 * log P(k) = log Γ(k + φ) − log Γ(φ) − log k! + k log(μ/(μ + φ)) + φ log(φ/(μ + φ))
 *
 * Computed as −log B(φ, k + 1) − log(φ + k) + k (log μ − log φ) − (k + φ) log(1 + μ/φ): the beta function spares the
 * difference of two large log-gammas, which in float32 would leave nothing for φ ≫ 1.
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, ch. 5; parametrisation of Stan's neg_binomial_2.
 */
export function negativeBinomial(given: MeanOrLogMean): Distribution {
  if ((given?.mean === undefined) === (given?.logMean === undefined))
    throw new DistributionError("negativeBinomial", undefined, "give exactly one of mean and logMean");
  const { concentration } = given;
  const byMean = given.mean !== undefined;
  const { parameters, checks } = byMean
    ? takeParameters("negativeBinomial", { mean: [given.mean, "positive"], concentration: [concentration, "positive"] })
    : takeParameters("negativeBinomial", {
        logMean: [given.logMean!, "finite"],
        concentration: [concentration, "positive"],
      });
  const all: Readonly<Record<string, Value>> = parameters;
  const phi = parameters.concentration;
  const mean = all.mean ?? exp(all.logMean!);
  return makeDistribution({
    name: "negativeBinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters: all,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      const logRatio = logOf(mean).sub(logOf(phi));
      const isExponential = argumentOf(mean, "exp") !== undefined;
      const log1pRatio = isExponential ? softplus(logRatio) : log1p(mul(mean, reciprocal(phi)));
      return mul(k, logRatio)
        .sub(mul(k.add(phi), log1pRatio))
        .sub(logBeta(phi, k.add(1)).add(logOf(k.add(phi))));
    },
    sample: (values, random) => {
      const shape = hostNumber(values, "concentration");
      const mu = byMean ? hostNumber(values, "mean") : Math.exp(hostNumber(values, "logMean"));
      return samplePoisson((sampleGamma(shape, random) * mu) / shape, random);
    },
    mean: () => mean,
  });
}
