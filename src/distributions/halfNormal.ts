import { abs, erf, erfinv, logNormalCdf, mul, type Operand, reciprocal, square } from "../graph/ops.ts";
import { HALF_LOG_2PI, LOG_2 } from "./constants.ts";
import { type Distribution, halfScale, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The half-normal distribution: |X| of X ~ normal(0, scale). Written `halfNormal(scale)` or `halfNormal(0, scale)`.
 *
 * log p(x) = log 2 − ½(x/scale)² − log scale − ½ log 2π, x ≥ 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 13 §10.1.
 */
export function halfNormal(locOrScale: Operand, scaleOrNothing?: Operand): Distribution {
  const scale = halfScale("halfNormal", locOrScale, scaleOrNothing);
  const { parameters, checks } = takeParameters("halfNormal", { scale: [scale, "positive"] });
  return makeDistribution({
    name: "halfNormal",
    support: { kind: "nonNegative" },
    parameters,
    checks,
    logProb: (x) =>
      square(mul(x, reciprocal(parameters.scale)))
        .mul(-0.5)
        .add(
          logOf(parameters.scale)
            .neg()
            .add(LOG_2 - HALF_LOG_2PI),
        ),
    logCdf: (x) => logOf(erf(mul(x, reciprocal(parameters.scale)).mul(Math.SQRT1_2))),
    logSurvival: (x) => logNormalCdf(mul(x, reciprocal(parameters.scale)).neg()).add(LOG_2),
    icdf: (p) => parameters.scale.mul(erfinv(p)).mul(Math.SQRT2),
    rsample: (noise, axes) => parameters.scale.mul(abs(noise("normal", axes))),
    sample: (given, random) => hostNumber(given, "scale") * Math.abs(random.normal()),
    entropy: () => logOf(parameters.scale).add(HALF_LOG_2PI + 0.5 - LOG_2),
    mean: () => parameters.scale.mul(Math.sqrt(2 / Math.PI)),
  });
}
