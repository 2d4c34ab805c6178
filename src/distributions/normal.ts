import { normalQuantile } from "../graph/functions.ts";
import { logNormalCdf, mul, type Operand, reciprocal, square, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/** (x − loc)/scale with the division hoisted to where the scale lives. */
export const standardised = (x: Operand, loc: Value, scale: Value): Value => mul(sub(x, loc), reciprocal(scale));

/** −½ r² − log scale − ½ log 2π, the second addend free of x. */
export const normalLogDensity = (x: Operand, loc: Value, scale: Value): Value =>
  square(standardised(x, loc, scale))
    .mul(-0.5)
    .add(logOf(scale).neg().sub(HALF_LOG_2PI));

/**
 * The normal distribution; `scale` is the standard deviation.
 *
 * log p(x) = −½((x − loc)/scale)² − log scale − ½ log 2π
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 13.
 */
export function normal(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("normal", { loc: [loc, "finite"], scale: [scale, "positive"] });
  return makeDistribution({
    name: "normal",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => normalLogDensity(x, parameters.loc, parameters.scale),
    logCdf: (x) => logNormalCdf(standardised(x, parameters.loc, parameters.scale)),
    logSurvival: (x) => logNormalCdf(standardised(x, parameters.loc, parameters.scale).neg()),
    icdf: (p) => parameters.loc.add(parameters.scale.mul(normalQuantile(p))),
    rsample: (noise, axes) => parameters.loc.add(parameters.scale.mul(noise("normal", axes))),
    sample: (given, random) => hostNumber(given, "loc") + hostNumber(given, "scale") * random.normal(),
    entropy: () => logOf(parameters.scale).add(HALF_LOG_2PI + 0.5),
    mean: () => parameters.loc,
  });
}

/** The standard normal distribution, normal(0, 1). */
export const stdNormal = (): Distribution => normal(0, 1);
