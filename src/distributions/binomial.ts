import { eq, logFactorial, mul, type Operand, select, softplus, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { argumentOf, logOf, logOneMinus } from "./logarithms.ts";
import { givenForm, hostProbability, type ProbabilityOrLogits, probabilityOf } from "./probability.ts";
import { sampleBinomial } from "./sampling/binomial.ts";

/**
 * The binomial distribution: successes in `total` trials, by `probs` or by `logits` η.
 *
 * log P(k) = log C(n, k) + k η − n log(1 + eᶯ) = log C(n, k) + k log p + (n − k) log(1 − p)
 *
 * The binomial coefficient depends on data alone. By probabilities, 0·log 0 counts as 0.
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
      const coefficient = logFactorial(n).sub(logFactorial(k)).sub(logFactorial(failures));
      if (logits !== undefined)
        return mul(k, logits)
          .sub(mul(n, softplus(logits)))
          .add(coefficient);
      return timesLog(k, logOf(probs!))
        .add(timesLog(failures, logOneMinus(probs!)))
        .add(coefficient);
    },
    sample: (parametersGiven, random) =>
      sampleBinomial(hostNumber(parametersGiven, "total"), hostProbability(parametersGiven, form), random),
    mean: () => mul(n, probabilityOf(distribution)),
  });
  return distribution;
}

const timesLog = (count: Value, logarithm: Value): Value => select(eq(count, 0), 0, mul(count, logarithm));
