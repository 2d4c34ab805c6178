import { mul, reciprocal, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, hostNumber, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import {
  bernoulliEntropy,
  givenForm,
  logProbabilities,
  type ProbabilityOrLogits,
  probabilityOf,
} from "./probability.ts";

/**
 * The geometric distribution on 0, 1, 2, …: failures before the first success, by `probs` (p > 0) or `logits`.
 *
 * log P(k) = k log(1 − p) + log p
 *
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §5.2; counted from 0 as in NumPyro.
 */
export function geometric(given: ProbabilityOrLogits): Distribution {
  const form = givenForm("geometric", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters("geometric", { probs: [given.probs!, "unitInterval"] })
      : takeParameters("geometric", { logits: [given.logits!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  const distribution: Distribution = makeDistribution({
    name: "geometric",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters: all,
    checks,
    logProb: (y) => {
      const [logP, logQ] = logProbabilities({ parameters: all });
      return mul(realValue(y), logQ).add(logP);
    },
    sample: (values, random) => {
      const x = hostNumber(values, form);
      const logQ = form === "probs" ? Math.log1p(-x) : -Math.log1p(Math.exp(x));
      return Math.floor(Math.log(random.uniform()) / logQ);
    },
    entropy: () => bernoulliEntropy(all).div(probabilityOf(distribution)),
    mean: () => sub(reciprocal(probabilityOf(distribution)), 1),
  });
  return distribution;
}
