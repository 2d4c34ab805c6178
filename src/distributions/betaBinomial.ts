import { mul, type Operand, sub } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { logMultichoose } from "./multichoose.ts";
import { sampleBinomial } from "./sampling/binomial.ts";
import { sampleBeta } from "./sampling/gamma.ts";

/**
 * The beta-binomial distribution: successes in `total` trials whose probability is beta(concentration1, concentration0).
 *
 * P(k) = C(n, k) B(k + a, n − k + b)/B(a, b) = C(k + a − 1, k) C(n − k + b − 1, n − k)/C(n + a + b − 1, n)
 *
 * The second form is computed: its terms stay small for large concentrations, where those of the first cancel.
 * Sources: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.2.2; Stan's beta_binomial(n, a, b).
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
      return logMultichoose(a, k)
        .add(logMultichoose(b, sub(n, k)))
        .sub(logMultichoose(a.add(b), n));
    },
    sample: (given, random) => {
      const p = sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random);
      return sampleBinomial(hostNumber(given, "total"), p, random);
    },
    mean: () => mul(n, a.div(a.add(b))),
  });
}
