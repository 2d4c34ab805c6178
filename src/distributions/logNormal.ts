import { normalQuantile } from "../graph/functions.ts";
import { exp, logNormalCdf, type Operand, square } from "../graph/ops.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { normalLogDensity, standardised } from "./normal.ts";

/**
 * The log-normal distribution: exp X of X ~ normal(loc, scale).
 *
 * log p(x) = −½((log x − loc)/scale)² − log scale − ½ log 2π − log x, x > 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 14.
 */
export function logNormal(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("logNormal", { loc: [loc, "finite"], scale: [scale, "positive"] });
  return makeDistribution({
    name: "logNormal",
    support: { kind: "positive" },
    parameters,
    checks,
    logProb: (x) => {
      const logX = logOf(x);
      return normalLogDensity(logX, parameters.loc, parameters.scale).sub(logX);
    },
    logCdf: (x) => logNormalCdf(standardised(logOf(x), parameters.loc, parameters.scale)),
    logSurvival: (x) => logNormalCdf(standardised(logOf(x), parameters.loc, parameters.scale).neg()),
    icdf: (p) => exp(parameters.loc.add(parameters.scale.mul(normalQuantile(p)))),
    rsample: (noise, axes) => exp(parameters.loc.add(parameters.scale.mul(noise("normal", axes)))),
    sample: (given, random) => Math.exp(hostNumber(given, "loc") + hostNumber(given, "scale") * random.normal()),
    entropy: () => parameters.loc.add(logOf(parameters.scale)).add(HALF_LOG_2PI + 0.5),
    mean: () => exp(parameters.loc.add(square(parameters.scale).mul(0.5))),
  });
}
