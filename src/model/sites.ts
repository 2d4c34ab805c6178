/** What a trace consists of. */
import type { Distribution } from "../distributions/index.ts";
import type { Axis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";
import type { Transform } from "../transforms/index.ts";

/** A random variable to be inferred. */
export interface LatentSite {
  readonly name: string;
  readonly distribution: Distribution;
  /** Plates and event axes in the order the user gave them: the order names count in. */
  readonly axes: readonly Axis[];
  readonly transform: Transform;
  /** The axes of the unconstrained value, in the order they are laid along the flat vector (row-major). */
  readonly freeAxes: readonly Axis[];
  /** Its coordinates in the flat unconstrained vector are start … start + length − 1. */
  readonly start: number;
  readonly length: number;
  /** Stands for the unconstrained value in the traced graph. */
  readonly unconstrained: Value;
  /** The constrained value, made of `unconstrained`. */
  readonly value: Value;
}

/** Data with a distribution. */
export interface ObservedSite {
  readonly name: string;
  readonly distribution: Distribution;
  readonly axes: readonly Axis[];
  readonly value: Value;
  /** Over its plates, in terms of the latents' placeholders. */
  readonly logProb: Value;
}

/** A factor or a deterministic site. */
export interface NamedValue {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly value: Value;
}

/** The log joint at some unconstrained z, and its parts. */
export interface LogJoint {
  /** log p(x, z) + log|det J|. */
  readonly logJoint: Value;
  /** The latents' share, Jacobians included: a density of the unconstrained vector. */
  readonly logPrior: Value;
  /** The share of observed sites and factors. */
  readonly logLikelihood: Value;
  /** Log density of each site, summed over its plates; Jacobian inside a latent's. */
  readonly sites: ReadonlyMap<string, Value>;
  /** Constrained latents and deterministic sites. */
  readonly values: ReadonlyMap<string, Value>;
  /** The parameters of each observed site's distribution, for the posterior predictive. */
  readonly predictiveParameters: ReadonlyMap<string, Readonly<Record<string, Value>>>;
}
