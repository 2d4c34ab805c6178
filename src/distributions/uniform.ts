import { type Operand, sub } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The uniform distribution on [low, high].
 *
 * log p(x) = −log(high − low), low ≤ x ≤ high
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 26.
 */
export function uniform(low: Operand, high: Operand): Distribution {
  const { parameters, checks } = takeParameters("uniform", { low: [low, "finite"], high: [high, "finite"] });
  const [knownLow, knownHigh] = [constantOf(low), constantOf(high)];
  const width = parameters.high.sub(parameters.low);
  if (knownLow !== undefined && knownHigh !== undefined) {
    if (knownLow >= knownHigh)
      throw new DistributionError("uniform", "high", `high must exceed low, got low ${knownLow} and high ${knownHigh}`);
  } else {
    checks.push({ parameter: "high − low", value: width, domain: "positive" });
  }
  return makeDistribution({
    name: "uniform",
    support: { kind: "interval", lower: low, upper: high },
    parameters,
    checks,
    logProb: () => logOf(width).neg(),
    logCdf: (x) => logOf(sub(x, parameters.low)).sub(logOf(width)),
    logSurvival: (x) => logOf(sub(parameters.high, x)).sub(logOf(width)),
    icdf: (p) => parameters.low.add(width.mul(p)),
    rsample: (noise, axes) => parameters.low.add(width.mul(noise("uniform", axes))),
    sample: (given, random) => {
      const start = hostNumber(given, "low");
      return start + (hostNumber(given, "high") - start) * random.uniform();
    },
    entropy: () => logOf(width),
    mean: () => parameters.low.add(parameters.high).mul(0.5),
  });
}
