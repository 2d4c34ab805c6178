import { digamma, lgamma, mul, type Operand, reciprocal } from "../graph/ops.ts";
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

/**
 * The inverse gamma distribution: 1/X of X ~ gamma(concentration, rate = scale).
 *
 * log p(x) = a log b − log Γ(a) − (a + 1) log x − b/x, x > 0
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
    logProb: (x) =>
      mul(a.add(1).neg(), logOf(x))
        .sub(mul(b, reciprocal(realValue(x))))
        .add(a.mul(logOf(b)).sub(lgamma(a))),
    sample: (given, random) => hostNumber(given, "scale") / sampleGamma(hostNumber(given, "concentration"), random),
    entropy: () =>
      a
        .add(logOf(b))
        .add(lgamma(a))
        .sub(a.add(1).mul(digamma(a))),
    ...(hasMean ? { mean: () => b.div(a.sub(1)) } : {}),
  });
}
