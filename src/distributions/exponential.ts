import { log1m } from "../graph/functions.ts";
import { log1mExp, mul, type Operand, reciprocal } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The exponential distribution with a rate (mean 1/rate).
 *
 * log p(x) = log rate − rate·x, x ≥ 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 19.
 */
export function exponential(rate: Operand): Distribution {
  const { parameters, checks } = takeParameters("exponential", { rate: [rate, "positive"] });
  return makeDistribution({
    name: "exponential",
    support: { kind: "nonNegative" },
    parameters,
    checks,
    logProb: (x) => mul(x, parameters.rate).neg().add(logOf(parameters.rate)),
    logCdf: (x) => log1mExp(mul(parameters.rate, x).neg()),
    logSurvival: (x) => mul(parameters.rate, x).neg(),
    icdf: (p) => log1m(p).neg().div(parameters.rate),
    rsample: (noise, axes) => logOf(noise("uniform", axes)).neg().mul(reciprocal(parameters.rate)),
    sample: (given, random) => -Math.log(random.uniform()) / hostNumber(given, "rate"),
    entropy: () => logOf(parameters.rate).neg().add(1),
    mean: () => reciprocal(parameters.rate),
  });
}
