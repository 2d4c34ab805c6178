import { exp, log1p, logBeta, mul, type Operand, reciprocal, softplus } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  type ParameterCheck,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { argumentOf, logOf } from "./logarithms.ts";
import { sampleGamma } from "./sampling/gamma.ts";
import { samplePoisson } from "./sampling/poisson.ts";

export type MeanOrLogMean =
  /** Stan's neg_binomial(α, β): concentration α and rate β, of mean α/β. */
  | { readonly rate: Operand; readonly concentration: Operand; readonly mean?: undefined; readonly logMean?: undefined }
  | { readonly mean: Operand; readonly logMean?: undefined; readonly rate?: undefined; readonly concentration: Operand }
  | {
      readonly logMean: Operand;
      readonly mean?: undefined;
      readonly rate?: undefined;
      readonly concentration: Operand;
    };

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
  const forms = (["mean", "logMean", "rate"] as const).filter((form) => given?.[form] !== undefined);
  const [form] = forms;
  if (form === undefined || forms.length !== 1)
    throw new DistributionError("negativeBinomial", undefined, "give exactly one of mean, logMean and rate");
  const domain = form === "logMean" ? "finite" : "positive";
  const taken: { readonly parameters: Readonly<Record<string, Value>>; readonly checks: ParameterCheck[] } =
    takeParameters("negativeBinomial", {
      [form]: [given[form]!, domain],
      concentration: [given.concentration, "positive"],
    });
  const { parameters: all, checks } = taken;
  const phi = all.concentration!;
  const mean = all.mean ?? (all.rate === undefined ? exp(all.logMean!) : phi.div(all.rate));
  return makeDistribution({
    name: "negativeBinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters: all,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      const logRatio = all.rate === undefined ? logOf(mean).sub(logOf(phi)) : logOf(all.rate).neg();
      const isExponential = argumentOf(mean, "exp") !== undefined;
      const log1pRatio = isExponential ? softplus(logRatio) : log1p(mul(mean, reciprocal(phi)));
      return mul(k, logRatio)
        .sub(mul(k.add(phi), log1pRatio))
        .sub(logBeta(phi, k.add(1)).add(logOf(k.add(phi))));
    },
    sample: (values, random) => {
      const shape = hostNumber(values, "concentration");
      const number = hostNumber(values, form);
      const perUnit = form === "rate" ? 1 / number : (form === "mean" ? number : Math.exp(number)) / shape;
      return samplePoisson(sampleGamma(shape, random) * perUnit, random);
    },
    mean: () => mean,
  });
}
