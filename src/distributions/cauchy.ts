import { log1p, type Operand, square } from "../graph/ops.ts";
import { LOG_PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/**
 * The Cauchy distribution.
 *
 * log p(x) = −log π − log scale − log(1 + ((x − loc)/scale)²)
 *
 * Drawn as a ratio of two standard normals, which needs no tangent near its poles.
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 16. It has no mean.
 */
export function cauchy(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("cauchy", { loc: [loc, "finite"], scale: [scale, "positive"] });
  return makeDistribution({
    name: "cauchy",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) =>
      log1p(square(standardised(x, parameters.loc, parameters.scale)))
        .neg()
        .add(logOf(parameters.scale).neg().sub(LOG_PI)),
    rsample: (noise, axes) =>
      parameters.loc.add(parameters.scale.mul(noise("normal", axes).div(noise("normal", axes)))),
    sample: (given, random) =>
      hostNumber(given, "loc") + hostNumber(given, "scale") * Math.tan(Math.PI * (random.uniform() - 0.5)),
    entropy: () => logOf(parameters.scale).add(Math.log(4 * Math.PI)),
  });
}
