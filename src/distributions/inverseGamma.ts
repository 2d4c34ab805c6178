import { digamma, lgamma, logGammaP, logGammaQ, mul, type Operand, reciprocal } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { sampleGamma } from "./sampling/gamma.ts";

/** What follows from a shape a and a scale b, for the families that are inverse gamma under other parameters. */
export const inverseGammaLaw = (a: Value, b: Value) =>
  ({
    logProb: (x) =>
      mul(a.add(1).neg(), logOf(x))
        .sub(mul(b, reciprocal(realValue(x))))
        .add(a.mul(logOf(b)).sub(lgamma(a))),
    logCdf: (x) => logGammaQ(a, mul(b, reciprocal(realValue(x)))),
    logSurvival: (x) => logGammaP(a, mul(b, reciprocal(realValue(x)))),
    entropy: () =>
      a
        .add(logOf(b))
        .add(lgamma(a))
        .sub(a.add(1).mul(digamma(a))),
  }) satisfies Partial<Distribution>;

/**
 * The inverse gamma distribution: 1/X of X ~ gamma(concentration, rate = scale).
 *
 * log p(x) = a log b − log Γ(a) − (a + 1) log x − b/x, x > 0; P(X ≤ x) = Q(a, b/x), the incomplete gamma function
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 17 §8. The mean is given where
 * `concentration` is a constant above 1.
 */
export function inverseGamma(concentration: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("inverseGamma", {
    concentration: [concentration, "positive"],
    scale: [scale, "positive"],
  });
  const { concentration: a, scale: b } = parameters;
  const hasMean = (constantOf(concentration) ?? 0) > 1;
  return makeDistribution({
    name: "inverseGamma",
    support: { kind: "positive" },
    parameters,
    checks,
    ...inverseGammaLaw(a, b),
    sample: (given, random) => hostNumber(given, "scale") / sampleGamma(hostNumber(given, "concentration"), random),
    ...(hasMean ? { mean: () => b.div(a.sub(1)) } : {}),
  });
}
