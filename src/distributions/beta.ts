import { digamma, logBeta, mul, type Operand } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf, logOneMinus } from "./logarithms.ts";
import { sampleBeta } from "./sampling/gamma.ts";

/**
 * The beta distribution: `concentration1` belongs to x, `concentration0` to 1 − x.
 *
 * log p(x) = (a − 1) log x + (b − 1) log(1 − x) − log B(a, b), 0 < x < 1
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 25.
 */
export function beta(concentration1: Operand, concentration0: Operand): Distribution {
  const { parameters, checks } = takeParameters("beta", {
    concentration1: [concentration1, "positive"],
    concentration0: [concentration0, "positive"],
  });
  const { concentration1: a, concentration0: b } = parameters;
  return makeDistribution({
    name: "beta",
    support: { kind: "interval", lower: 0, upper: 1, open: true },
    parameters,
    checks,
    logProb: (x) =>
      mul(a.sub(1), logOf(x))
        .add(mul(b.sub(1), logOneMinus(x)))
        .sub(logBeta(a, b)),
    sample: (given, random) =>
      sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random),
    entropy: () => {
      const total = a.add(b);
      return logBeta(a, b)
        .sub(a.sub(1).mul(digamma(a)))
        .sub(b.sub(1).mul(digamma(b)))
        .add(total.sub(2).mul(digamma(total)));
    },
    mean: () => a.div(a.add(b)),
  });
}
