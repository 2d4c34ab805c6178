import { expm1, log1mExp, neg } from "../graph/ops.ts";
import { type Distribution, DistributionError } from "./distribution.ts";
import { gated } from "./gate.ts";
import type { ProbabilityOrLogits } from "./probability.ts";

/** Draws of the family rejected before sampling gives up. */
const MOST_TRIES = 1_000_000;

/**
 * A family whose zeros are told apart: zero with the probability g of the gate, else a draw of `distribution` that is not
 * zero.
 *
 * P(0) = g, P(y) = (1 − g) P₀(y)/(1 − P₀(0)) for y > 0
 *
 * A continuous family is given an atom at zero. Source: Mullahy (1986), "Specification and testing of some modified count
 * data models", Journal of Econometrics 33.
 *
 * @param distribution A scalar family on the reals, or with zero in its support or at its lower end.
 * @param gate The probability of a zero, by `probs` or by `logits`.
 * @throws DistributionError for another support.
 */
export function hurdle(distribution: Distribution, gate: ProbabilityOrLogits): Distribution {
  const logAtZero = () => distribution.logProb(0);
  return gated("hurdle", distribution, gate, {
    ofCounts: (logZero, logRest, logProb) => [logZero, logRest.add(logProb).sub(log1mExp(logAtZero()))],
    sample: (draw) => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const value = draw();
        if (value !== 0) return value;
      }
      const message = `${distribution.name} is all but certainly zero: none of ${MOST_TRIES} draws was not`;
      throw new DistributionError("hurdle", "distribution", message);
    },
    mean: (mean) => mean.div(neg(expm1(logAtZero()))),
  });
}
