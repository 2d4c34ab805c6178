import { exp, log1mExp, type Operand } from "../graph/ops.ts";
import { EULER_GAMMA } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/**
 * The Gumbel (type I extreme value) distribution, of maxima.
 *
 * log p(x) = −r − e^(−r) − log scale, r = (x − loc)/scale; P(X ≤ x) = exp(−e^(−r))
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 22.
 */
export function gumbel(loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("gumbel", { loc: [loc, "finite"], scale: [scale, "positive"] });
  const { loc: m, scale: s } = parameters;
  const hazard = (x: Operand) => exp(standardised(x, m, s).neg());
  return makeDistribution({
    name: "gumbel",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => standardised(x, m, s).add(hazard(x)).neg().add(logOf(s).neg()),
    logCdf: (x) => hazard(x).neg(),
    logSurvival: (x) => log1mExp(hazard(x).neg()),
    icdf: (p) => m.sub(s.mul(logOf(logOf(p).neg()))),
    rsample: (noise, axes) => m.sub(s.mul(logOf(logOf(noise("uniform", axes)).neg()))),
    sample: (given, random) =>
      hostNumber(given, "loc") - hostNumber(given, "scale") * Math.log(-Math.log(random.uniform())),
    entropy: () => logOf(s).add(1 + EULER_GAMMA),
    mean: () => m.add(s.mul(EULER_GAMMA)),
  });
}
