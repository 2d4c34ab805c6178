import { logit } from "../graph/functions.ts";
import { exp, logSigmoid, mul, type Operand, reciprocal, sin, softplus } from "../graph/ops.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The log-logistic distribution with `scale` s (its median) and shape `concentration` b: exp X of a logistic variate.
 *
 * log p(x) = log b − log x + z − 2 log(1 + eᶻ), z = b (log x − log s), x > 0; P(X ≤ x) = 1/(1 + e^(−z))
 *
 * Source: Stan Functions Reference, "Log-logistic distribution"; Johnson, Kotz & Balakrishnan, *Continuous Univariate
 * Distributions* 2, ch. 23 §11. The mean is given where `concentration` is a constant above 1.
 */
export function logLogistic(scale: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("logLogistic", {
    scale: [scale, "positive"],
    concentration: [concentration, "positive"],
  });
  const { scale: s, concentration: b } = parameters;
  const hasMean = (constantOf(concentration) ?? 0) > 1;
  const exponent = (x: Operand) => b.mul(logOf(x).sub(logOf(s)));
  return makeDistribution({
    name: "logLogistic",
    support: { kind: "positive" },
    parameters,
    checks,
    logProb: (x) => {
      const z = exponent(x);
      return z.sub(softplus(z).mul(2)).sub(logOf(x)).add(logOf(b));
    },
    logCdf: (x) => logSigmoid(exponent(x)),
    logSurvival: (x) => logSigmoid(exponent(x).neg()),
    icdf: (p) => s.mul(exp(logit(p).div(b))),
    rsample: (noise, axes) => s.mul(exp(logit(noise("uniform", axes)).div(b))),
    sample: (given, random) => {
      const u = random.uniform();
      return hostNumber(given, "scale") * Math.exp((Math.log(u) - Math.log1p(-u)) / hostNumber(given, "concentration"));
    },
    entropy: () => logOf(s).sub(logOf(b)).add(2),
    ...(hasMean
      ? {
          mean: () => {
            const angle = mul(Math.PI, reciprocal(b));
            return s.mul(angle).div(sin(angle));
          },
        }
      : {}),
  });
}
