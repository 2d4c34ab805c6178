import { log, type Operand, sub } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";

/**
 * The uniform distribution on the integers low, low + 1, …, high (Stan's discrete_range).
 *
 * log P(k) = −log(high − low + 1)
 */
export function discreteUniform(low: Operand, high: Operand): Distribution {
  const { parameters, checks } = takeParameters("discreteUniform", { low: [low, "finite"], high: [high, "finite"] });
  const [a, b] = [constantOf(low), constantOf(high)];
  for (const [name, bound] of [
    ["low", a],
    ["high", b],
  ] as const) {
    if (bound !== undefined && !Number.isInteger(bound))
      throw new DistributionError("discreteUniform", name, `${name} must be an integer, got ${bound}`);
  }
  if (a !== undefined && b !== undefined && a > b)
    throw new DistributionError("discreteUniform", "high", `high must not be below low, got low ${a} and high ${b}`);
  const count = sub(parameters.high, parameters.low).add(1);
  checks.push({ parameter: "high − low + 1", value: count, domain: "positive" });
  return makeDistribution({
    name: "discreteUniform",
    discrete: true,
    support: { kind: "integerInterval", lower: a ?? parameters.low, upper: b ?? parameters.high },
    parameters,
    checks,
    logProb: () => log(count).neg(),
    sample: (given, random) => {
      const lowest = hostNumber(given, "low");
      return lowest + Math.floor(random.uniform() * (hostNumber(given, "high") - lowest + 1));
    },
    entropy: () => log(count),
    mean: () => parameters.low.add(parameters.high).mul(0.5),
  });
}
