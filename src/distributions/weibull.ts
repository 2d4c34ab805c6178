import { log1m, tgamma } from "../graph/functions.ts";
import { exp, log1mExp, type Operand, pow, reciprocal } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { EULER_GAMMA } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The Weibull distribution with shape `concentration` k and `scale` s.
 *
 * log p(x) = log k − log x + z − eᶻ, z = k (log x − log s), x > 0; P(X > x) = exp(−(x/s)ᵏ)
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 21.
 */
export function weibull(concentration: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("weibull", {
    concentration: [concentration, "positive"],
    scale: [scale, "positive"],
  });
  const { concentration: k, scale: s } = parameters;
  const exponent = (x: Operand) => k.mul(logOf(x).sub(logOf(s)));
  const quantile = (logSurvival: Value) => s.mul(pow(logSurvival.neg(), reciprocal(k)));
  return makeDistribution({
    name: "weibull",
    support: { kind: "positive" },
    parameters,
    checks,
    logProb: (x) => {
      const z = exponent(x);
      return z.sub(exp(z)).sub(logOf(x)).add(logOf(k));
    },
    logCdf: (x) => log1mExp(exp(exponent(x)).neg()),
    logSurvival: (x) => exp(exponent(x)).neg(),
    icdf: (p) => quantile(log1m(p)),
    rsample: (noise, axes) => quantile(logOf(noise("uniform", axes))),
    sample: (given, random) =>
      hostNumber(given, "scale") * (-Math.log(random.uniform())) ** (1 / hostNumber(given, "concentration")),
    entropy: () =>
      reciprocal(k)
        .mul(-EULER_GAMMA)
        .add(logOf(s))
        .sub(logOf(k))
        .add(1 + EULER_GAMMA),
    mean: () => s.mul(tgamma(reciprocal(k).add(1))),
  });
}
