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

/** A random variable with finitely many values: lower, lower + 1, … along the axis of its states. */
export interface DiscreteSite {
  readonly name: string;
  readonly distribution: Distribution;
  /** Plates in the order the user gave them. */
  readonly axes: readonly Axis[];
  readonly states: Axis;
  readonly lower: number;
  /** Stands for the integer over its plates in the traced graph. */
  readonly value: Value;
  /** Whether the model says that it is to be summed out. */
  readonly enumerate: boolean;
  /** Of a Markov chain: the plate that it runs along. */
  readonly time?: Axis;
  /** What its probabilities are reported as, over plates and states. */
  readonly probsName: string;
}

/** A part of the log joint, over its plates at most. */
export interface Term {
  readonly site: string;
  /** Of a discrete site that is a chain: P of its first value, over its states. */
  readonly value: Value;
  /** Of such a site: P of the next value, along the primed axis of its states. */
  readonly transition?: Value;
  readonly plates: readonly Axis[];
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

/** The log joint at some unconstrained z, and its parts; discrete sites are summed out or averaged over. */
export interface LogJoint {
  /** log p(x, z) + log|det J|. */
  readonly logJoint: Value;
  /** The latents' share, Jacobians included: a density of the unconstrained vector. */
  readonly logPrior: Value;
  /** The share of observed sites and factors, and of whatever depends on discrete sites. */
  readonly logLikelihood: Value;
  /** Log density of each site, summed over its plates; Jacobian inside a latent's. */
  readonly sites: ReadonlyMap<string, Value>;
  /**
   * In a trace for minibatches of one plate: the share of each of its entries, not multiplied by what that stands for; else
   * null.
   */
  readonly local: Value | null;
  /** Constrained latents, deterministic sites, and the probabilities of discrete sites. */
  readonly values: ReadonlyMap<string, Value>;
  /** By discrete site that is drawn: the part of the log joint that depends on it, over its plates as far as it has them apart. */
  readonly drawn: ReadonlyMap<string, Value>;
  /** The parameters of each observed site's distribution, for the posterior predictive. */
  readonly predictiveParameters: ReadonlyMap<string, Readonly<Record<string, Value>>>;
}
