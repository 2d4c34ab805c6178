import { logBeta, logFactorial, mul, type Operand, sub } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { sampleBinomial } from "./sampling/binomial.ts";
import { sampleBeta } from "./sampling/gamma.ts";

/**
 * The beta-binomial distribution: binomial with a beta(concentration1, concentration0) probability.
 *
 * log P(k) = log C(n, k) + log B(k + a, n − k + b) − log B(a, b)
 *
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.2.2.
 */
export function betaBinomial(total: Operand, concentration1: Operand, concentration0: Operand): Distribution {
  const { parameters, checks } = takeParameters("betaBinomial", {
    total: [total, "nonNegativeInteger"],
    concentration1: [concentration1, "positive"],
    concentration0: [concentration0, "positive"],
  });
  const { total: n, concentration1: a, concentration0: b } = parameters;
  return makeDistribution({
    name: "betaBinomial",
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: constantOf(total) ?? n },
    parameters,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      const failures = sub(n, k);
      return logBeta(k.add(a), failures.add(b))
        .sub(logBeta(a, b))
        .add(logFactorial(n).sub(logFactorial(k)).sub(logFactorial(failures)));
    },
    sample: (given, random) => {
      const p = sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random);
      return sampleBinomial(hostNumber(given, "total"), p, random);
    },
    mean: () => mul(n, a.div(a.add(b))),
  });
}
