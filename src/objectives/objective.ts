import type { Value } from "../graph/value.ts";
import type { Parameters } from "../guides/guide.ts";

/** A bound estimated from groups of draws, and its gradient in λ. */
export interface WeightedBound {
  /** The mean over the groups; what is to be maximised. */
  readonly value: Value;
  /** Its terms, over `good`'s axis, zero for a group that is left out. */
  readonly terms: Value;
  /** Groups that count. */
  readonly good: Value;
  readonly nan: Value;
  readonly impossible: Value;
  /** Effective sample size 1/Σ w̃² of the normalised weights, the mean over the groups. */
  readonly ess: Value;
  gradient(): Parameters;
}

/** How the gradient of a weighted bound is estimated. */
export type WeightedGradient = "reparameterised" | "doubly-reparameterised";
