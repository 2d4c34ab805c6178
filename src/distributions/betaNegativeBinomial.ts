import { logBeta, type Operand } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { sampleBeta, sampleGamma } from "./sampling/gamma.ts";
import { samplePoisson } from "./sampling/poisson.ts";

/**
 * The beta negative binomial distribution: failures before the r-th success, the probability of success being
 * beta(α, β) distributed.
 *
 * log P(k) = log B(r + k, α + β) − log B(r, α) + log Γ(k + β) − log k! − log Γ(β)
 *          = −log(k + β) − log B(β, k + 1) + log B(r + k, α + β) − log B(r, α)
 *
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.2.3; Stan's beta_neg_binomial(r, α, β).
 */
export function betaNegativeBinomial(
  successes: Operand,
  concentration1: Operand,
  concentration0: Operand,
): Distribution {
  const { parameters, checks } = takeParameters("betaNegativeBinomial", {
    successes: [successes, "positive"],
    concentration1: [concentration1, "positive"],
    concentration0: [concentration0, "positive"],
  });
  const { successes: r, concentration1: a, concentration0: b } = parameters;
  return makeDistribution({
    name: "betaNegativeBinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      return logBeta(k.add(r), a.add(b))
        .sub(logBeta(r, a))
        .sub(logOf(k.add(b)))
        .sub(logBeta(b, k.add(1)));
    },
    sample: (given, random) => {
      const p = sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random);
      return samplePoisson((sampleGamma(hostNumber(given, "successes"), random) * (1 - p)) / p, random);
    },
  });
}
