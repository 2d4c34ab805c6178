import { atan2, tan } from "../graph/functions.ts";
import { log, log1p, type Operand, square, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { LOG_PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/** log(angle of (r, 1) / π) = log(½ − arctan(r)/π). */
export const logAngle = (r: Value): Value => log(atan2(1, r).mul(1 / Math.PI));

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
    // Taken as an angle of the point (∓r, 1), which keeps its digits as it closes on 0.
    logCdf: (x) => logAngle(standardised(x, parameters.loc, parameters.scale).neg()),
    logSurvival: (x) => logAngle(standardised(x, parameters.loc, parameters.scale)),
    icdf: (p) => parameters.loc.add(parameters.scale.mul(tan(sub(p, 0.5).mul(Math.PI)))),
    rsample: (noise, axes) =>
      parameters.loc.add(parameters.scale.mul(noise("normal", axes).div(noise("normal", axes)))),
    sample: (given, random) =>
      hostNumber(given, "loc") + hostNumber(given, "scale") * Math.tan(Math.PI * (random.uniform() - 0.5)),
    entropy: () => logOf(parameters.scale).add(Math.log(4 * Math.PI)),
  });
}
