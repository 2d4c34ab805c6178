/** What zero-inflated and hurdle families share: the probability of a zero, and the support with zero in it. */
import { eq, mul, type Operand, select } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { bernoulli } from "./bernoulli.ts";
import { hostPart, makeComposite } from "./composite.ts";
import { constantOf, type Distribution, DistributionError, realValue, type Support } from "./distribution.ts";
import { logProbabilities, type ProbabilityOrLogits, probabilityOf } from "./probability.ts";
import { describeSupport } from "./support.ts";

export interface GatedRules {
  /** log P(y = 0) and log P(y) elsewhere, from the gate's log p and log(1 − p) and the family's log P(y), for counts. */
  ofCounts(logZero: Value, logRest: Value, logProb: Value): readonly [zero: Value, elsewhere: Value];
  /** One value past the gate. */
  sample(draw: () => number): number;
  /** E y given that it is past the gate, from the mean of the family. */
  mean(mean: Value): Value;
}

/**
 * Zero with the probability of the gate, else as `distribution` says. A continuous family has no zeros of its own, so that
 * either wrapper gives it an atom there: P(y = 0) = gate, and elsewhere the density (1 − gate) p(y).
 */
export function gated(
  name: string,
  distribution: Distribution,
  gate: ProbabilityOrLogits,
  rules: GatedRules,
): Distribution {
  const zeros = bernoulli(gate);
  const { discrete } = distribution;
  const { support, inside } = withZero(name, distribution);
  const { mean } = distribution;
  return makeComposite(
    { gate: zeros, distribution },
    {
      name: `${name}(${distribution.name})`,
      discrete,
      ...(discrete ? {} : { hasAtoms: true }),
      support,
      logProb: (y) => {
        const [logZero, logRest] = logProbabilities(zeros);
        const isZero = eq(realValue(y), 0);
        if (!discrete) return select(isZero, logZero, logRest.add(distribution.logProb(select(isZero, inside, y))));
        const [zero, elsewhere] = rules.ofCounts(logZero, logRest, distribution.logProb(y));
        return select(isZero, zero, elsewhere);
      },
      sample: (given, random) => {
        if (zeros.sample(hostPart(given, "gate"), random) === 1) return 0;
        const own = hostPart(given, "distribution");
        const draw = () => distribution.sample(own, random) as number;
        return discrete ? rules.sample(draw) : draw();
      },
      ...(mean === undefined
        ? {}
        : {
            mean: () =>
              probabilityOf(zeros)
                .neg()
                .add(1)
                .mul(discrete ? rules.mean(mean()) : mean()),
          }),
    },
  );
}

/** The support with zero added, and a point of the family's own support to evaluate its density at where y is zero. */
function withZero(name: string, { name: family, support }: Distribution): { support: Support; inside: Operand } {
  switch (support.kind) {
    case "nonNegativeInteger":
    case "real":
      return { support, inside: 1 };
    case "positive":
    case "nonNegative":
      return { support: { kind: "nonNegative" }, inside: 1 };
    case "integerInterval":
      if (constantOf(support.lower) === 0) return { support, inside: 1 };
      break;
    case "interval": {
      const { lower, upper } = support;
      if (constantOf(lower) === 0) return { support: { kind: "interval", lower, upper }, inside: mul(upper, 0.5) };
      break;
    }
    default:
  }
  const message = `zero must be in the support of ${family} or its lower end; ${family} is ${describeSupport(support)}`;
  throw new DistributionError(name, "distribution", message);
}
