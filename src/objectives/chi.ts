import type { Axis } from "../graph/axis.ts";
import { div, neg, sum } from "../graph/ops.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { WeightedBound, WeightedGradient } from "./objective.ts";
import { logWeights, powerMeans, reportOf } from "./weights.ts";

/**
 * The negative of the χ upper bound, −½ log E_q[w²] ≤ −log p(x), estimated from all draws at once; maximising it pulls
 * the upper bound down, and q over all of the posterior's mass (A. B. Dieng, D. Tran, R. Ranganath, J. Paisley &
 * D. M. Blei, *Variational inference via χ upper bound minimization*, NeurIPS 2017, §2). The logarithm of a mean of S
 * draws lies below that of the expectation by about its relative variance / 2S: as an estimate of a bound it is to be
 * used where the weights have four moments, see `posterior.evidence()`.
 *
 * With w̃ = w²/Σw², ∇½ log E_q[w²] = E[w² d log w/dλ]/E[w²] ("reparameterised"). Since E_q[f ∇_λ log q] = E[∂f/∂z dz/dλ]
 * for any f(z) (Tucker et al. 2019, §4), E_q[w² ∇_λ log q] = 2 E[w² (∂ log w/∂z)(dz/dλ)], which leaves
 * −E[w² (∂ log w/∂z)(dz/dλ)]/E[w²] ("doubly-reparameterised"): without variance where q is the posterior. Both are ratios
 * of expectations, each estimated from the same draws: biased by O(1/S).
 */
export function chi(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  settings: { readonly gradient: WeightedGradient },
): WeightedBound {
  const weights = logWeights(model, guide, lambda, constants, noise, draw, draw.size);
  const { logMean, share, good } = powerMeans(weights, 2);
  const terms = div(logMean, -2);
  return {
    value: sum(terms, [weights.group]),
    terms,
    ...reportOf(weights, good),
    evidence: sum(powerMeans(weights, 1).logMean, [weights.group]),
    steepness: null,
    gradient: () =>
      settings.gradient === "doubly-reparameterised" ? weights.pathGradient(share) : weights.totalGradient(neg(share)),
  };
}
