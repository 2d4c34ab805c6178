import { abs, exp, log1p, lt, mul, type Operand, reciprocal, select, sign, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/** log F(r) of the standard one: log ½ + r left of 0, log(1 − ½e^(−r)) right of it. */
const lowerTail = (r: Value): Value => select(lt(r, 0), r.sub(LOG_2), log1p(exp(abs(r).neg()).mul(-0.5)));

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
    logCdf: (x) => lowerTail(sub(x, parameters.loc).div(parameters.scale)),
    logSurvival: (x) => lowerTail(sub(parameters.loc, x).div(parameters.scale)),
    icdf: (p) => {
      const v = sub(p, 0.5);
      return parameters.loc.sub(parameters.scale.mul(sign(v).mul(log1p(abs(v).mul(-2)))));
    },
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

/** The Laplace distribution, under Stan's name. */
export const doubleExponential = laplace;
