import type { Value } from "../graph/value.ts";
import type { Parameters } from "../guides/guide.ts";

/** A bound estimated from groups of draws, and its gradient in λ. */
export interface WeightedBound {
  /** The mean over the groups; what is to be maximised. */
  readonly value: Value;
  /** Its terms, over `good`'s axis, zero for a group that is left out. */
  readonly terms: Value;
  /** The draws, over coordinate and draw. */
  readonly z: Value;
  /** Groups that count. */
  readonly good: Value;
  readonly nan: Value;
  readonly impossible: Value;
  /** Effective sample size 1/Σ w̃² of the normalised weights, the mean over the groups. */
  readonly ess: Value;
  /** The ELBO by the same draws. */
  readonly elbo: Value;
  /** log (1/S) Σ w of the draws of an objective that takes all at once; null for one of groups. */
  readonly evidence: Value | null;
  /**
   * The sum of what multiplies the path gradients of one group, the mean over the groups: near the posterior the
   * curvature relative to the ELBO's, 1/K for K equal weights. Null: 1.
   */
  readonly steepness: Value | null;
  gradient(): Parameters;
}

/** How the gradient of a weighted bound is estimated. */
export type WeightedGradient = "reparameterised" | "doubly-reparameterised";

/** How that of the forward divergence is. */
export type ForwardGradient = "score" | "doubly-reparameterised";
