import { log1m } from "../graph/functions.ts";
import { log1mExp, mul, type Operand, reciprocal, sqrt, square } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { EULER_GAMMA, LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The Rayleigh distribution: the length of a vector of two independent normal(0, scale).
 *
 * log p(x) = log x − 2 log scale − ½(x/scale)², x ≥ 0; P(X > x) = exp(−½(x/scale)²)
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 18 §10.1.
 */
export function rayleigh(scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("rayleigh", { scale: [scale, "positive"] });
  const { scale: s } = parameters;
  const logSurvival = (x: Operand) => square(mul(x, reciprocal(s))).mul(-0.5);
  const quantile = (logOfRest: Value) => s.mul(sqrt(logOfRest.mul(-2)));
  return makeDistribution({
    name: "rayleigh",
    support: { kind: "nonNegative" },
    parameters,
    checks,
    logProb: (x) => logSurvival(x).add(logOf(x)).sub(logOf(s).mul(2)),
    logCdf: (x) => log1mExp(logSurvival(x)),
    logSurvival,
    icdf: (p) => quantile(log1m(p)),
    rsample: (noise, axes) => quantile(logOf(noise("uniform", axes))),
    sample: (given, random) => hostNumber(given, "scale") * Math.sqrt(-2 * Math.log(random.uniform())),
    entropy: () => logOf(s).add(1 + 0.5 * (EULER_GAMMA - LOG_2)),
    mean: () => s.mul(Math.sqrt(Math.PI / 2)),
  });
}
