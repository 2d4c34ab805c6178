import { tan } from "../graph/functions.ts";
import { abs, atan, log1p, mul, type Operand, reciprocal, square } from "../graph/ops.ts";
import { logAngle } from "./cauchy.ts";
import { LOG_2, LOG_PI } from "./constants.ts";
import { type Distribution, halfScale, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The half-Cauchy distribution: |X| of X ~ cauchy(0, scale). Written `halfCauchy(scale)` or `halfCauchy(0, scale)`.
 *
 * log p(x) = log 2 − log π − log scale − log(1 + (x/scale)²), x ≥ 0
 *
 * Source: Polson & Scott (2012), "On the half-Cauchy prior for a global scale parameter", Bayesian Analysis 7.
 */
export function halfCauchy(locOrScale: Operand, scaleOrNothing?: Operand): Distribution {
  const scale = halfScale("halfCauchy", locOrScale, scaleOrNothing);
  const { parameters, checks } = takeParameters("halfCauchy", { scale: [scale, "positive"] });
  return makeDistribution({
    name: "halfCauchy",
    support: { kind: "nonNegative" },
    parameters,
    checks,
    logProb: (x) =>
      log1p(square(mul(x, reciprocal(parameters.scale))))
        .neg()
        .add(
          logOf(parameters.scale)
            .neg()
            .add(LOG_2 - LOG_PI),
        ),
    logCdf: (x) => logOf(atan(mul(x, reciprocal(parameters.scale))).mul(2 / Math.PI)),
    logSurvival: (x) => logAngle(mul(x, reciprocal(parameters.scale))).add(LOG_2),
    icdf: (p) => parameters.scale.mul(tan(mul(p, Math.PI / 2))),
    rsample: (noise, axes) => parameters.scale.mul(abs(noise("normal", axes).div(noise("normal", axes)))),
    sample: (given, random) => hostNumber(given, "scale") * Math.tan((Math.PI / 2) * random.uniform()),
    entropy: () => logOf(parameters.scale).add(Math.log(2 * Math.PI)),
  });
}
