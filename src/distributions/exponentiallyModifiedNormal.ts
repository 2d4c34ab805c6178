import { logDiffExp } from "../graph/functions.ts";
import {
  inverseMills,
  log,
  logAddExp,
  logNormalCdf,
  lt,
  type Operand,
  reciprocal,
  select,
  square,
} from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/**
 * The exponentially modified normal distribution: a normal(loc, scale) plus an independent exponential(rate).
 *
 * log p(x) = log rate + κ²/2 − κr + log Φ(r − κ), r = (x − loc)/scale, κ = rate·scale
 *
 * Left of κ, where the first terms cancel against log Φ, it is taken from Mills' ratio.
 * Source: Stan Functions Reference, "Exponentially modified normal distribution"; Grushka (1972), "Characterization of
 * exponentially modified Gaussian peaks in chromatography", Analytical Chemistry 44.
 */
export function exponentiallyModifiedNormal(loc: Operand, scale: Operand, rate: Operand): Distribution {
  const { parameters, checks } = takeParameters("exponentiallyModifiedNormal", {
    loc: [loc, "finite"],
    scale: [scale, "positive"],
    rate: [rate, "positive"],
  });
  const { loc: m, scale: s, rate: b } = parameters;
  const kappa = b.mul(s);
  /** log of density over rate: log E[φ-smoothed e^(−rate·(x − loc))]. */
  const logTail = (r: Value): Value => {
    const y = r.sub(kappa);
    const left = square(r)
      .mul(-0.5)
      .sub(log(inverseMills(y)))
      .sub(HALF_LOG_2PI);
    const right = kappa.mul(kappa.mul(0.5).sub(r)).add(logNormalCdf(y));
    return select(lt(y, 0), left, right);
  };
  const standard = (x: Operand): Value => standardised(x, m, s);
  return makeDistribution({
    name: "exponentiallyModifiedNormal",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => logTail(standard(x)).add(logOf(b)),
    logCdf: (x) => logDiffExp(logNormalCdf(standard(x)), logTail(standard(x))),
    logSurvival: (x) => logAddExp(logNormalCdf(standard(x).neg()), logTail(standard(x))),
    rsample: (noise, axes) => m.add(s.mul(noise("normal", axes))).sub(logOf(noise("uniform", axes)).mul(reciprocal(b))),
    sample: (given, random) =>
      hostNumber(given, "loc") +
      hostNumber(given, "scale") * random.normal() -
      Math.log(random.uniform()) / hostNumber(given, "rate"),
    mean: () => m.add(reciprocal(b)),
  });
}
