import { type Operand, select } from "../graph/ops.ts";
import { logProbLess } from "./betaComparison.ts";
import { countTails } from "./countTails.ts";
import { type Distribution, hostNumber, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { logMultichoose } from "./multichoose.ts";
import { sampleGamma, sampleLogGamma } from "./sampling/gamma.ts";
import { samplePoisson } from "./sampling/poisson.ts";

/**
 * The beta negative binomial distribution: failures before `successes` successes r (any positive real), whose probability is
 * beta(concentration1, concentration0). Its mean r b/(a − 1) is infinite for a ≤ 1.
 *
 * P(k) = Γ(k + r)/(k! Γ(r)) B(a + r, b + k)/B(a, b) = r/(r + k) m(b, k) m(a, r)/m(a + b, r + k)
 *
 * with the multiset coefficients m(x, j) = C(x + j − 1, j), whose logarithms stay small where those of the gamma functions
 * cancel. X is at most k where a beta(r, k + 1) variate is below the probability. Sources: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.2.3; Stan's beta_neg_binomial(r, a, b).
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
      return logOf(r)
        .sub(logOf(r.add(k)))
        .add(logMultichoose(b, k))
        .add(logMultichoose(a, r))
        .sub(logMultichoose(a.add(b), r.add(k)));
    },
    ...countTails(
      (k) => logProbLess([r, k.add(1)], [a, b]),
      (k) => logProbLess([a, b], [r, k.add(1)]),
    ),
    sample: (given, random) => {
      const successOdds =
        sampleLogGamma(hostNumber(given, "concentration1"), random) -
        sampleLogGamma(hostNumber(given, "concentration0"), random);
      return samplePoisson(sampleGamma(hostNumber(given, "successes"), random) * Math.exp(-successOdds), random);
    },
    mean: () => select(a.gt(1), r.mul(b).div(a.sub(1)), Number.POSITIVE_INFINITY),
  });
}
