import { logChoose } from "../graph/functions.ts";
import { ge, logIncompleteBeta, mul, type Operand, select, softplus, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { countTails } from "./countTails.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { argumentOf, logOf, logOneMinus, timesLog } from "./logarithms.ts";
import { givenForm, hostProbability, type ProbabilityOrLogits, probabilityOf } from "./probability.ts";
import { sampleBinomial } from "./sampling/binomial.ts";
/**
 * The binomial distribution: successes in `total` trials, by `probs` or by `logits` η.
 *
 * log P(k) = log C(n, k) − k log(1 + e⁻ᶯ) − (n − k) log(1 + eᶯ) = log C(n, k) + k log p + (n − k) log(1 − p)
 *
 * The binomial coefficient depends on data alone. By logits no terms cancel, however large η is; by probabilities,
 * 0·log 0 counts as 0.
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, ch. 3.
 */
export function binomial(total: Operand, given: ProbabilityOrLogits): Distribution {
  const form = givenForm("binomial", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters("binomial", { total: [total, "nonNegativeInteger"], probs: [given.probs!, "unitInterval"] })
      : takeParameters("binomial", { total: [total, "nonNegativeInteger"], logits: [given.logits!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  const probs = all.probs;
  const logits = all.logits ?? argumentOf(probs!, "sigmoid");
  const n = parameters.total;
  const distribution: Distribution = makeDistribution({
    name: "binomial",
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: constantOf(total) ?? n },
    parameters: all,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      const failures = sub(n, k);
      const coefficient = logChoose(n, k);
      if (logits !== undefined)
        return coefficient.sub(mul(k, softplus(logits.neg()))).sub(mul(failures, softplus(logits)));
      return timesLog(k, logOf(probs!))
        .add(timesLog(failures, logOneMinus(probs!)))
        .add(coefficient);
    },
    // P(X ≤ k) = I_{1−p}(n − k, k + 1); nothing lies above n.
    ...countTails(
      (k) => {
        const isAll = ge(k, n);
        const inside = logIncompleteBeta(select(isAll, 1, sub(n, k)), k.add(1), sub(1, probabilityOf(distribution)));
        return select(isAll, 0, inside);
      },
      (k) => {
        const isAll = ge(k, n);
        const beyond = logIncompleteBeta(k.add(1), select(isAll, 1, sub(n, k)), probabilityOf(distribution));
        return select(isAll, Number.NEGATIVE_INFINITY, beyond);
      },
    ),
    sample: (parametersGiven, random) =>
      sampleBinomial(hostNumber(parametersGiven, "total"), hostProbability(parametersGiven, form), random),
    mean: () => mul(n, probabilityOf(distribution)),
  });
  return distribution;
}
