import { exp, log1mExp, mul, type Operand, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { countTails } from "./countTails.ts";
import { type Distribution, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { timesLog } from "./logarithms.ts";
import {
  bernoulliEntropy,
  givenForm,
  hostProbability,
  logProbabilities,
  type ProbabilityOrLogits,
  probabilityOf,
} from "./probability.ts";

/**
 * The geometric distribution on 0, 1, 2, …: failures before the first success, whose probability is given by `probs` or by
 * `logits`.
 *
 * log P(k) = log p + k log(1 − p)
 *
 * p = 1 is admissible, 0·log 0 counting as 0; p = 0 is not. Source: Johnson, Kemp & Kotz, *Univariate Discrete
 * Distributions*, ch. 5.
 */
export function geometric(given: ProbabilityOrLogits): Distribution {
  const form = givenForm("geometric", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters<string>("geometric", { probs: [given.probs!, "unitInterval"] })
      : takeParameters<string>("geometric", { logits: [given.logits!, "finite"] });
  const distribution: Distribution = makeDistribution({
    name: "geometric",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters,
    checks,
    logProb: (y) => {
      const [logP, logFailure] = logProbabilities(distribution);
      return logP.add(timesLog(realValue(y), logFailure));
    },
    ...countTails(
      (k) => log1mExp(mul(k.add(1), logProbabilities(distribution)[1])),
      (k) => mul(k.add(1), logProbabilities(distribution)[1]),
    ),
    sample: (values, random) => {
      const p = hostProbability(values, form);
      return p === 1 ? 0 : Math.floor(Math.log(random.uniform()) / Math.log1p(-p));
    },
    entropy: () => bernoulliEntropy(parameters).div(probabilityOf(distribution)),
    mean: () => meanOf(parameters),
  });
  return distribution;
}

/** (1 − p)/p. */
const meanOf = ({ probs, logits }: Readonly<Record<string, Value>>): Value =>
  logits === undefined ? sub(1, probs as Operand).div(probs!) : exp(logits.neg());
