import { tgamma } from "../graph/functions.ts";
import { exp, log1mExp, type Operand, pow, reciprocal, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { EULER_GAMMA } from "./constants.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The Fréchet (type II extreme value) distribution with shape `concentration` a and `scale` s: 1/X of a Weibull variate.
 *
 * log p(x) = log a − log x + z − eᶻ, z = −a (log x − log s), x > 0; P(X ≤ x) = exp(−(x/s)^(−a))
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 22. The mean is given where
 * `concentration` is a constant above 1.
 */
export function frechet(concentration: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("frechet", {
    concentration: [concentration, "positive"],
    scale: [scale, "positive"],
  });
  const { concentration: a, scale: s } = parameters;
  const hasMean = (constantOf(concentration) ?? 0) > 1;
  const exponent = (x: Operand) => a.mul(logOf(s).sub(logOf(x)));
  const quantile = (logCdf: Value) => s.mul(pow(logCdf.neg(), reciprocal(a).neg()));
  return makeDistribution({
    name: "frechet",
    support: { kind: "positive" },
    parameters,
    checks,
    logProb: (x) => {
      const z = exponent(x);
      return z.sub(exp(z)).sub(logOf(x)).add(logOf(a));
    },
    logCdf: (x) => exp(exponent(x)).neg(),
    logSurvival: (x) => log1mExp(exp(exponent(x)).neg()),
    icdf: (p) => quantile(logOf(p)),
    rsample: (noise, axes) => quantile(logOf(noise("uniform", axes))),
    sample: (given, random) =>
      hostNumber(given, "scale") * (-Math.log(random.uniform())) ** (-1 / hostNumber(given, "concentration")),
    entropy: () =>
      reciprocal(a)
        .mul(EULER_GAMMA)
        .add(logOf(s))
        .sub(logOf(a))
        .add(1 + EULER_GAMMA),
    ...(hasMean ? { mean: () => s.mul(tgamma(sub(1, reciprocal(a)))) } : {}),
  });
}
