import type { Axis } from "../graph/axis.ts";
import { logFactorial, mul, type Operand, sum } from "../graph/ops.ts";
import { categorical, categoricalLogProbabilities, hostProbabilities } from "./categorical.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { timesLog } from "./logarithms.ts";
import type { ProbabilityOrLogits } from "./probability.ts";
import { sampleMultinomial } from "./sampling/multinomial.ts";

/**
 * The multinomial distribution: counts along `axis` that sum to `total`, the outcomes of independent categorical trials by
 * `probs` or by `logits` along that axis.
 *
 * log P(k) = log n! + Σ_j (k_j log p_j − log k_j!)
 *
 * Probabilities must sum to one, and 0·log 0 counts as 0; logits need not be normalised. Sources: Johnson, Kotz &
 * Balakrishnan, *Discrete Multivariate Distributions*, ch. 35; Stan's multinomial and multinomial_logit.
 *
 * @throws DistributionError where the weights do not run over `axis`.
 */
export function multinomial(total: Operand, axis: Axis, given: ProbabilityOrLogits): Distribution {
  const weights = categorical(axis, given);
  const { parameters, checks } = takeParameters("multinomial", { total: [total, "nonNegativeInteger"] });
  const n = parameters.total;
  const [p, logP] = categoricalLogProbabilities(weights.parameters, axis);
  return makeDistribution({
    name: "multinomial",
    discrete: true,
    support: { kind: "counts", axis, total: constantOf(total) ?? n },
    parameters: { total: n, ...weights.parameters },
    checks: [...checks, ...weights.checks],
    eventAxes: [axis],
    logProb: (y) => {
      const k = realValue(y);
      return logFactorial(n).add(sum(timesLog(k, logP).sub(logFactorial(k)), [axis]));
    },
    sample: (values, random) => sampleMultinomial(hostNumber(values, "total"), hostProbabilities(values, axis), random),
    mean: () => mul(n, p),
  });
}
