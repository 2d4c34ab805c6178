import { ge, gt, mul, select, softplus, sub } from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import { countTails } from "./countTails.ts";
import { type Distribution, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { type Family, type FamilyOptions, familyOf } from "./family.ts";
import { argumentOf, logOf, logOneMinus } from "./logarithms.ts";
import {
  bernoulliEntropy,
  givenForm,
  hostProbability,
  logProbabilities,
  type ProbabilityOrLogits,
  probabilityOf,
} from "./probability.ts";

/**
 * The Bernoulli distribution on {0, 1}, by `probs` or by `logits` η = log(p/(1 − p)).
 *
 * log P(y) = y η − log(1 + eᶯ) = −log(1 + exp((1 − 2y) η)) = y log p + (1 − y) log(1 − p)
 *
 * By logits (and for `probs` built as a sigmoid) the second form is computed: it has no cancellation, and 1 − 2y is data
 * alone. By probabilities y selects one of the two logarithms, so that p = 0 and p = 1 are admissible.
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, ch. 3.
 */
export function bernoulli(given: ProbabilityOrLogits): Distribution;
/** Without parameters: the q of a site of two values, `guide({ z: bernoulli() })`. */
export function bernoulli(options?: FamilyOptions): Family;
export function bernoulli(given: ProbabilityOrLogits | FamilyOptions = {}): Distribution | Family {
  const isFamily = typeof given === "object" && Object.keys(given).every((key) => key === "gradient");
  return isFamily ? familyOf("bernoulli", given as FamilyOptions) : bernoulliOf(given as ProbabilityOrLogits);
}

function bernoulliOf(given: ProbabilityOrLogits): Distribution {
  const form = givenForm("bernoulli", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters("bernoulli", { probs: [given.probs!, "unitInterval"] })
      : takeParameters("bernoulli", { logits: [given.logits!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  const probs = all.probs;
  const logits = all.logits ?? argumentOf(probs!, "sigmoid");
  const distribution: Distribution = makeDistribution({
    name: "bernoulli",
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: 1 },
    parameters: all,
    checks,
    logProb: (y) => {
      if (logits !== undefined) return softplus(mul(sub(1, mul(2, realValue(y))), logits)).neg();
      return select(gt(asValue(y), 0), logOf(probs!), logOneMinus(probs!));
    },
    ...countTails(
      (k) => select(ge(k, 1), 0, logProbabilities(distribution)[1]),
      (k) => select(ge(k, 1), Number.NEGATIVE_INFINITY, logProbabilities(distribution)[0]),
    ),
    sample: (parametersGiven, random) => (random.uniform() < hostProbability(parametersGiven, form) ? 1 : 0),
    entropy: () => bernoulliEntropy(all),
    mean: () => probabilityOf(distribution),
  });
  return distribution;
}
