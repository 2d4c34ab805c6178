import type { Axis } from "../graph/axis.ts";
import { castF32, div, max, mul, square, sum } from "../graph/ops.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { ObjectiveError } from "./errors.ts";
import type { WeightedBound, WeightedGradient } from "./objective.ts";
import { logWeights, powerMeans, reportOf } from "./weights.ts";

export interface RenyiSettings {
  /** α ≠ 1. 0 gives the importance-weighted bound, α → 1 the ELBO, below 0 an upper bound for many draws. */
  readonly alpha: number;
  /** K. */
  readonly draws: number;
  readonly gradient: WeightedGradient;
}

/**
 * The variational Rényi bound of K draws, L_α = E[1/(1−α) log (1/K) Σ_k w_k^(1−α)], w = p(x, z)/q(z)
 * (Y. Li & R. E. Turner, *Rényi divergence variational inference*, NeurIPS 2016, §3 and §4.1).
 *
 * With w̃_k = w_k^(1−α) / Σ_j w_j^(1−α) the reparameterised gradient is E[Σ_k w̃_k d log w_k/dλ]. Its part
 * −Σ_k w̃_k ∂_λ log q_λ(z_k) at fixed z is a score-function term; reparameterised once more it becomes
 * −(1−α) Σ_k w̃_k (1 − w̃_k) (∂ log w_k/∂z)(dz/dλ), so that the doubly-reparameterised gradient is
 *
 * E[Σ_k (α w̃_k + (1−α) w̃_k²) (∂ log w_k/∂z)(dz_k/dλ)],
 *
 * sticking-the-landing for α = 1 or K = 1, and for α = 0 that of the importance-weighted bound (G. Tucker, D. Lawson,
 * S. Gu & C. J. Maddison, *Doubly reparameterized gradient estimators for Monte Carlo objectives*, ICLR 2019).
 */
export function renyi(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  { alpha, draws, gradient }: RenyiSettings,
): WeightedBound {
  if (!Number.isFinite(alpha) || alpha === 1) {
    throw new ObjectiveError(
      null,
      `the Rényi bound takes a finite α other than 1, got ${alpha}: at α = 1 it is the ELBO, use form: "joint"`,
    );
  }
  const weights = logWeights(model, guide, lambda, constants, noise, draw, draws);
  const { logMean, share, good } = powerMeans(weights, 1 - alpha);
  const terms = div(logMean, 1 - alpha);
  const over = sum(castF32(good), [weights.group]);
  const each = div(1, max(over, 1));
  const double = mul(alpha, share).add(mul(1 - alpha, square(share)));
  return {
    value: mul(sum(terms, [weights.group]), each),
    terms,
    ...reportOf(weights, good),
    evidence: null,
    steepness: mul(sum(weights.grouped(double), [weights.member, weights.group]), each),
    gradient: () =>
      gradient === "doubly-reparameterised"
        ? weights.pathGradient(mul(double, each))
        : weights.totalGradient(mul(share, each)),
  };
}
