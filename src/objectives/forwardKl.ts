import type { Axis } from "../graph/axis.ts";
import { mul, sum } from "../graph/ops.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { ForwardGradient, WeightedBound } from "./objective.ts";
import { logWeights, powerMeans, reportOf } from "./weights.ts";

/**
 * The negative of the forward divergence KL(p(z | x) ‖ q) = E_p[log p(z | x) − log q(z)], which covers mass where the
 * reverse one picks a mode. Draws of q stand for the posterior's by self-normalised importance sampling with
 * w̃ = w/Σw: the divergence is Σ w̃ log w − log (1/S) Σ w, its gradient −Σ w̃ ∂_λ log q_λ(z) at fixed z ("score"; J.
 * Bornschein & Y. Bengio, *Reweighted wake-sleep*, ICLR 2015, §2.3, the wake phase of q). Reparameterised, the same
 * expectation is −Σ w̃ (∂ log w/∂z)(dz/dλ) ("doubly-reparameterised"; Tucker et al. 2019, §6), which has no variance where
 * q is the posterior and more than the score has where the posterior has modes narrower than q.
 *
 * Biased by O(1/ESS): look at `ess`. A mode where q never draws does not exist for it: start it broad.
 */
export function forwardKl(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  settings: { readonly gradient: ForwardGradient },
): WeightedBound {
  const weights = logWeights(model, guide, lambda, constants, noise, draw, draw.size);
  const { logMean, share, good } = powerMeans(weights, 1);
  const mean = sum(weights.grouped(mul(share, weights.logWeight)), [weights.member]);
  const terms = logMean.sub(mean);
  return {
    value: sum(terms, [weights.group]),
    terms,
    ...reportOf(weights, good),
    evidence: sum(logMean, [weights.group]),
    steepness: null,
    gradient: () => (settings.gradient === "score" ? weights.scoreGradient(share) : weights.pathGradient(share)),
  };
}
