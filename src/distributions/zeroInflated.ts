/** Counts with more, or other, zeros than their family has. */
import { eq, log1mExp, logAddExp, select, sub } from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  type HostRandom,
  hostNumber,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { givenForm, logProbabilities, type ProbabilityOrLogits } from "./probability.ts";

interface Gate {
  readonly parameters: Readonly<Record<string, Value>>;
  readonly checks: Distribution["checks"];
  /** log of the gate's probability, and of its complement. */
  readonly logs: readonly [Value, Value];
  readonly isClosed: (given: HostParameters, random: HostRandom) => boolean;
}

function takeGate(family: string, given: ProbabilityOrLogits, distribution: Distribution): Gate {
  if (!distribution.discrete || distribution.eventAxes.length > 0)
    throw new DistributionError(family, undefined, `${distribution.name} is not a family of counts`);
  const form = givenForm(family, given);
  const taken: { readonly parameters: Readonly<Record<string, Value>>; readonly checks: Distribution["checks"] } =
    form === "probs"
      ? takeParameters(family, { gateProbs: [given.probs!, "unitInterval"] })
      : takeParameters(family, { gateLogits: [given.logits!, "finite"] });
  const { gateProbs, gateLogits } = taken.parameters;
  const logs = logProbabilities({
    parameters: gateProbs === undefined ? { logits: gateLogits! } : { probs: gateProbs },
  });
  return {
    parameters: { ...distribution.parameters, ...taken.parameters },
    checks: [...distribution.checks, ...taken.checks],
    logs,
    isClosed: (values, random) => {
      const x = hostNumber(values, form === "probs" ? "gateProbs" : "gateLogits");
      return random.uniform() < (form === "probs" ? x : 1 / (1 + Math.exp(-x)));
    },
  };
}

const zeroOf = (distribution: Distribution): Value => distribution.logProb(asValue(0, "i32"));

/**
 * A family of counts with extra zeros: with the gate's probability g the count is 0, else it is from `distribution`.
 *
 * P(0) = g + (1 − g) p(0), P(k) = (1 − g) p(k) for k > 0
 *
 * @param gate The probability of an extra zero, as `probs` or `logits`.
 * Source: Lambert (1992), "Zero-inflated Poisson regression", Technometrics 34.
 */
export function zeroInflated(distribution: Distribution, gate: ProbabilityOrLogits): Distribution {
  const { parameters, checks, logs, isClosed } = takeGate("zeroInflated", gate, distribution);
  const [closed, open] = logs;
  return makeDistribution({
    name: `zeroInflated ${distribution.name}`,
    discrete: true,
    support: distribution.support,
    parameters,
    checks,
    logProb: (y) =>
      select(
        eq(asValue(y, "i32"), 0),
        logAddExp(closed, open.add(zeroOf(distribution))),
        open.add(distribution.logProb(y)),
      ),
    sample: (given, random) => (isClosed(given, random) ? 0 : distribution.sample(given, random)),
  });
}

/**
 * A hurdle: with the gate's probability g the count is 0, else it is from `distribution` given that it is not 0.
 *
 * P(0) = g, P(k) = (1 − g) p(k) / (1 − p(0)) for k > 0
 *
 * @param gate The probability of a zero, as `probs` or `logits`.
 * Source: Mullahy (1986), "Specification and testing of some modified count data models", J. of Econometrics 33.
 */
export function hurdle(distribution: Distribution, gate: ProbabilityOrLogits): Distribution {
  const { parameters, checks, logs, isClosed } = takeGate("hurdle", gate, distribution);
  const [closed, open] = logs;
  return makeDistribution({
    name: `hurdle ${distribution.name}`,
    discrete: true,
    support: distribution.support,
    parameters,
    checks,
    logProb: (y) => {
      const positive = open.add(sub(distribution.logProb(y), log1mExp(zeroOf(distribution))));
      return select(eq(asValue(y, "i32"), 0), closed, positive);
    },
    sample: (given, random) => {
      if (isClosed(given, random)) return 0;
      for (let attempt = 0; attempt < 1e6; attempt++) {
        const draw = distribution.sample(given, random);
        if (draw !== 0) return draw;
      }
      throw new DistributionError(
        "hurdle",
        undefined,
        `${distribution.name} gave no count but zero in a million draws`,
      );
    },
  });
}
