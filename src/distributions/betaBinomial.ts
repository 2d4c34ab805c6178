import { ge, mul, type Operand, select, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Beta, logProbLess } from "./betaComparison.ts";
import { countTails } from "./countTails.ts";
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
 * The second form is computed: its terms stay small for large concentrations, where those of the first cancel. X is at most k
 * where the probability is below a beta(k + 1, n − k) variate, since P(X ≤ k | p) is that variate's chance to be above p.
 * Sources: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.2.2; Stan's beta_binomial(n, a, b).
 */
export function betaBinomial(total: Operand, concentration1: Operand, concentration0: Operand): Distribution {
  const { parameters, checks } = takeParameters("betaBinomial", {
    total: [total, "nonNegativeInteger"],
    concentration1: [concentration1, "positive"],
    concentration0: [concentration0, "positive"],
  });
  const { total: n, concentration1: a, concentration0: b } = parameters;
  const thresholdAt = (k: Value, isAll: Value): Beta => [k.add(1), select(isAll, 1, sub(n, k))];
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
    ...countTails(
      (k) => {
        const isAll = ge(k, n);
        return select(isAll, 0, logProbLess([a, b], thresholdAt(k, isAll)));
      },
      (k) => {
        const isAll = ge(k, n);
        return select(isAll, Number.NEGATIVE_INFINITY, logProbLess(thresholdAt(k, isAll), [a, b]));
      },
    ),
    sample: (given, random) => {
      const p = sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random);
      return sampleBinomial(hostNumber(given, "total"), p, random);
    },
    mean: () => mul(n, a.div(a.add(b))),
  });
}
