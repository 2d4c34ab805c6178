import { logit } from "../graph/functions.ts";
import { log1p, logSigmoid, type Operand, softplus } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/**
 * The logistic distribution.
 *
 * log p(x) = r − 2 log(1 + eʳ) − log scale, r = (x − loc)/scale (symmetric in r)
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 23.
 */
export function logistic(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("logistic", { loc: [loc, "finite"], scale: [scale, "positive"] });
  return makeDistribution({
    name: "logistic",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => {
      const r = standardised(x, parameters.loc, parameters.scale);
      return r.sub(softplus(r).mul(2)).add(logOf(parameters.scale).neg());
    },
    logCdf: (x) => logSigmoid(standardised(x, parameters.loc, parameters.scale)),
    logSurvival: (x) => logSigmoid(standardised(x, parameters.loc, parameters.scale).neg()),
    icdf: (p) => parameters.loc.add(parameters.scale.mul(logit(p))),
    rsample: (noise, axes) => {
      const u = noise("uniform", axes);
      return parameters.loc.add(parameters.scale.mul(logOf(u).sub(log1p(u.neg()))));
    },
    sample: (given, random) => {
      const u = random.uniform();
      return hostNumber(given, "loc") + hostNumber(given, "scale") * (Math.log(u) - Math.log1p(-u));
    },
    entropy: () => logOf(parameters.scale).add(2),
    mean: () => parameters.loc,
  });
}
