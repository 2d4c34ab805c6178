import { logAddExp } from "../graph/ops.ts";
import type { Distribution } from "./distribution.ts";
import { gated } from "./gate.ts";
import type { ProbabilityOrLogits } from "./probability.ts";

/**
 * A family with more zeros than its own: with the probability g of the gate a zero, else a draw of `distribution`.
 *
 * P(0) = g + (1 − g) P₀(0), P(y) = (1 − g) P₀(y) for y > 0
 *
 * A continuous family keeps its density but for an atom at zero: P(y = 0) = g. Data may hold such zeros; a latent may not.
 * Source: Lambert (1992), "Zero-inflated Poisson regression", Technometrics 34.
 *
 * @param distribution A scalar family on the reals, or with zero in its support or at its lower end.
 * @param gate The probability of an extra zero, by `probs` or by `logits`.
 * @throws DistributionError for another support.
 */
export const zeroInflated = (distribution: Distribution, gate: ProbabilityOrLogits): Distribution =>
  gated("zeroInflated", distribution, gate, {
    ofCounts: (logZero, logRest, logProb) => {
      const elsewhere = logRest.add(logProb);
      return [logAddExp(logZero, elsewhere), elsewhere];
    },
    sample: (draw) => draw(),
    mean: (mean) => mean,
  });
