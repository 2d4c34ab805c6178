import { gt, type Operand, select } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  constantOf,
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The uniform distribution on the integers low, low + 1, …, high.
 *
 * log P(k) = −log(high − low + 1), low ≤ k ≤ high
 *
 * Sources: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, §6.10.1; Stan's discrete_range(low, high).
 *
 * @throws DistributionError where high is less than low.
 */
export function discreteUniform(low: Operand, high: Operand): Distribution {
  const { parameters, checks } = takeParameters("discreteUniform", { low: [low, "integer"], high: [high, "integer"] });
  const [knownLow, knownHigh] = [constantOf(low), constantOf(high)];
  const width = parameters.high.sub(parameters.low);
  if (knownLow !== undefined && knownHigh !== undefined) {
    if (knownLow > knownHigh) {
      const message = `high must be at least low, got low ${knownLow} and high ${knownHigh}`;
      throw new DistributionError("discreteUniform", "high", message);
    }
  } else {
    checks.push({ parameter: "high − low", value: width, domain: "nonNegative" });
  }
  const logCount = () => logOf(width.add(1));
  return makeDistribution({
    name: "discreteUniform",
    discrete: true,
    support: { kind: "integerInterval", lower: low, upper: high },
    parameters,
    checks,
    logProb: () => logCount().neg(),
    logCdf: (k) => logShare(realValue(k).sub(parameters.low).add(1), logCount()),
    logSurvival: (k) => logShare(parameters.high.sub(realValue(k)), logCount()),
    sample: (given, random) => {
      const start = hostNumber(given, "low");
      return start + Math.floor((hostNumber(given, "high") - start + 1) * random.uniform());
    },
    entropy: logCount,
    mean: () => parameters.low.add(parameters.high).mul(0.5),
  });
}

/** log(count/total), for a count that is clipped to 0 … total. */
function logShare(count: Value, logTotal: Value): Value {
  const some = gt(count, 0);
  const share = logOf(select(some, count, 1)).sub(logTotal);
  return select(some, select(gt(share, 0), 0, share), Number.NEGATIVE_INFINITY);
}
