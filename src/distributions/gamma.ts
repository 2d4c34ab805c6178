import { digamma, exp, lgamma, logGammaP, logGammaQ, mul, type Operand, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { type Family, familyOf } from "./family.ts";
import { logOf } from "./logarithms.ts";
import { sampleGamma } from "./sampling/gamma.ts";
import { logGammaDraw } from "./sampling/implicit.ts";

/** What follows from a shape a and a rate b, for the families that are gamma under other parameters. */
export const gammaLaw = (a: Value, b: Value) =>
  ({
    logProb: (x) =>
      mul(a.sub(1), logOf(x))
        .sub(mul(b, x))
        .add(a.mul(logOf(b)).sub(lgamma(a))),
    logCdf: (x) => logGammaP(a, mul(b, x)),
    logSurvival: (x) => logGammaQ(a, mul(b, x)),
    entropy: () =>
      a
        .sub(logOf(b))
        .add(lgamma(a))
        .add(sub(1, a).mul(digamma(a))),
    mean: () => a.div(b),
  }) satisfies Partial<Distribution>;

/**
 * The gamma distribution with shape `concentration` and rate `rate` (mean concentration/rate).
 *
 * log p(x) = a log b − log Γ(a) + (a − 1) log x − b x, x > 0; P(X ≤ x) = P(a, b x), the incomplete gamma function
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 17.
 */
export function gamma(concentration: Operand, rate: Operand): Distribution;
/** Without parameters: the q of a positive site, `guide({ rate: gamma() })`. */
export function gamma(): Family;
export function gamma(concentration?: Operand, rate?: Operand): Distribution | Family {
  if (concentration === undefined && rate === undefined) return familyOf("gamma");
  return gammaOf(concentration as Operand, rate as Operand);
}

function gammaOf(concentration: Operand, rate: Operand): Distribution {
  const { parameters, checks } = takeParameters("gamma", {
    concentration: [concentration, "positive"],
    rate: [rate, "positive"],
  });
  return makeDistribution({
    name: "gamma",
    support: { kind: "positive" },
    parameters,
    checks,
    ...gammaLaw(parameters.concentration, parameters.rate),
    rsample: (noise, axes) => exp(logGammaDraw(parameters.concentration, noise, axes)).div(parameters.rate),
    sample: (given, random) => sampleGamma(hostNumber(given, "concentration"), random) / hostNumber(given, "rate"),
  });
}
