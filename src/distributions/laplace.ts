import { abs, log1p, mul, type Operand, reciprocal, sign, sub } from "../graph/ops.ts";
import { LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The Laplace (double exponential) distribution.
 *
 * log p(x) = −|x − loc|/scale − log scale − log 2
 *
 * Drawn by inversion, loc − scale·sign(v)·log(1 − 2|v|) with v uniform on (−½, ½).
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 24.
 */
export function laplace(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("laplace", { loc: [loc, "finite"], scale: [scale, "positive"] });
  return makeDistribution({
    name: "laplace",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) =>
      mul(abs(sub(x, parameters.loc)), reciprocal(parameters.scale))
        .neg()
        .add(logOf(parameters.scale).neg().sub(LOG_2)),
    rsample: (noise, axes) => {
      const v = noise("uniform", axes).sub(0.5);
      return parameters.loc.sub(parameters.scale.mul(sign(v).mul(log1p(abs(v).mul(-2)))));
    },
    sample: (given, random) => {
      const v = random.uniform() - 0.5;
      return hostNumber(given, "loc") - hostNumber(given, "scale") * Math.sign(v) * Math.log1p(-2 * Math.abs(v));
    },
    entropy: () => logOf(parameters.scale).add(1 + LOG_2),
    mean: () => parameters.loc,
  });
}
