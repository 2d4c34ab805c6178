import { digamma, lgamma, mul, type Operand, sub } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { sampleGamma } from "./sampling/gamma.ts";

/**
 * The gamma distribution with shape `concentration` and rate `rate` (mean concentration/rate).
 *
 * log p(x) = a log b − log Γ(a) + (a − 1) log x − b x, x > 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 17.
 */
export function gamma(concentration: Operand, rate: Operand): Distribution {
  const { parameters, checks } = takeParameters("gamma", {
    concentration: [concentration, "positive"],
    rate: [rate, "positive"],
  });
  const { concentration: a, rate: b } = parameters;
  return makeDistribution({
    name: "gamma",
    support: { kind: "positive" },
    parameters,
    checks,
    logProb: (x) =>
      mul(a.sub(1), logOf(x))
        .sub(mul(b, x))
        .add(a.mul(logOf(b)).sub(lgamma(a))),
    sample: (given, random) => sampleGamma(hostNumber(given, "concentration"), random) / hostNumber(given, "rate"),
    entropy: () =>
      a
        .sub(logOf(b))
        .add(lgamma(a))
        .add(sub(1, a).mul(digamma(a))),
    mean: () => a.div(b),
  });
}
