/** Variational families q_λ(z): what the engine asks of one. */
import type { Axis } from "../graph/axis.ts";
import { ElbowError } from "../graph/errors.ts";
import type { Value } from "../graph/value.ts";
import type { DiscreteSite } from "../model/sites.ts";
import type { DiscreteBlock } from "./discrete.ts";

/** Standard noise over `axes` and the axis of draws, which it adds itself. */
export type Noise = (distribution: "normal" | "uniform", axes: readonly Axis[], stream: number) => Value;

/** Values by the name of a parameter of the guide. */
export type Parameters = Readonly<Record<string, Value>>;

export interface GuideDraws {
  /** Over coordinate and draw. */
  readonly z: Value;
  /** log q(z) of each draw, every constant kept. */
  readonly logDensity: Value;
  /** H[q] in closed form, without the axis of draws; null where there is none. */
  readonly entropy: Value | null;
  /** The standard noise that z was made of, over the axes the guide asked for and draw. */
  readonly noise: Value;
  /**
   * |ε|² over as many dimensions as z has, where log q(z) = −½|ε|² − ½ D log 2π − log|det| whatever ε is: such draws can be
   * widened into those of a Student t. Null where q is not of that kind.
   */
  readonly radius: Value | null;
  /** What a draw counts in an expectation, one on average and differentiable in λ, of stratified draws; else all count one. */
  readonly weight?: Value;
  /** The draws of each block, of a guide made of blocks. */
  readonly parts?: readonly GuideDraws[];
}

/** How the gradient of the ELBO is estimated from a draw. */
export type GradientEstimator = "reparameterised" | "sticking-the-landing";

/** Scores of a batch of draws, and which of them count: E_q[f] is estimated by share · Σ f over the good draws. */
export interface Scores {
  readonly draw: Axis;
  /** ∇_z log p(x, z) of each draw, times its weight, over coordinate and draw; finite, zero for a draw that is left out. */
  readonly score: Value;
  /** Over draw: false for a draw that is left out. */
  readonly good: Value;
  /** 1 / number of good draws. It stands outside the sums over draws, which need not wait for it. */
  readonly share: Value;
  /** For a guide with discrete blocks, by site: see DiscretePart.scores. */
  readonly discrete?: Readonly<Record<string, Value>>;
  /** log p − log q of each draw less their mean, zero for a draw that is left out: of weighted draws. */
  readonly advantage?: Value;
}

/** Where a guide begins: a Gaussian that resembles the posterior, or the user's initial location and scale. */
export interface GuideStart {
  /** Over the coordinates. */
  readonly mean: Float64Array;
  /** Lower triangular, row-major, factor·factorᵀ ≈ the posterior's covariance; null: diagonal, from `scale`. */
  readonly factor: Float64Array | null;
  /** The sd q starts with in each coordinate, where q is factorised. */
  readonly scale: Float64Array;
  /** log q of discrete sites by name, over plates and states. */
  readonly discrete?: Readonly<Record<string, Float64Array>>;
}

export interface ParameterSpec {
  readonly axes: readonly Axis[];
  /** In canonical layout. */
  readonly initial: Float64Array;
  /**
   * Whether it has no natural gradient: its local coordinates are its own, its step sizes follow its gradients (Adam).
   * "network": it is so, and is one of many weights that mean nothing by themselves.
   */
  readonly adaptive?: boolean | "network";
}

export interface Moments {
  readonly loc: Float64Array;
  /** Lower factor of the covariance, row-major over the coordinates; null where there is no dense one. */
  readonly scaleTril: Float64Array | null;
  /** Marginal standard deviations. */
  readonly scale: Float64Array;
  /** Whether each marginal is the Gaussian of this location and scale. */
  readonly gaussian: boolean;
  /** Whether q is the Gaussian with this factor or, where that is null, the factorised one: nothing else is to be known. */
  readonly complete: boolean;
}

/**
 * A guide bound to the coordinates of a model and to a start.
 *
 * Besides its parameters λ a guide has local coordinates: directions at the present λ in which a step of unit length
 * moves q by about one of its own standard deviations. Optimisers work in them, so that units do not matter:
 * `pullback` brings a gradient in λ into them, `retract` takes a step in them back to λ.
 */
export interface BoundGuide {
  readonly name: string;
  readonly coordinate: Axis;
  /** λ: what is optimised. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Arrays fixed at the start, program inputs of role "parameter". */
  readonly constants: Readonly<Record<string, { readonly axes: readonly Axis[]; readonly values: Float64Array }>>;
  /** Axes of the local coordinates, by parameter. */
  readonly localAxes: Readonly<Record<string, readonly Axis[]>>;
  /** The estimator with the less variance for this family. */
  readonly gradientEstimator: GradientEstimator;
  /** Blocks of discrete sites, which are no coordinates. */
  readonly discrete?: readonly DiscreteBlock[];
  sample(lambda: Parameters, constants: Parameters, noise: Noise): GuideDraws;
  /**
   * Weighted draws, where those of `sample` involve a choice that cannot be differentiated: what an ELBO's gradient is
   * made of.
   */
  stratified?(lambda: Parameters, constants: Parameters, noise: Noise): GuideDraws;
  /** log q at any z, differentiable in z. */
  logDensityAt(lambda: Parameters, constants: Parameters, z: Value): Value;
  /**
   * log q(z_i | z_{<i}) of each coordinate at draws of `sample`, over coordinate and draw, in an order in which blocks of
   * coordinates come one after the other; they sum to log q(z). Absent: not known.
   */
  logDensityTerms?(lambda: Parameters, constants: Parameters, draws: GuideDraws): Value;
  /**
   * Whether those terms are no conditional densities but what each coordinate contributes to log q(z): of a flow,
   * log N(ε_i) less the log of what the layers scale the i-th coordinate by.
   */
  readonly termsAreShares?: boolean;
  /** Location and standard deviation of each coordinate under q, where its marginals are Gaussian; else null. */
  marginals(lambda: Parameters, constants: Parameters): { readonly loc: Value; readonly scale: Value } | null;
  /**
   * The ELBO's natural gradient in local coordinates (Amari 1998), from the scores of draws alone. Equals
   * `pullback` of the gradient in λ that automatic differentiation gives, at less cost; for `adaptive` parameters it is
   * that gradient itself (automatic.ts).
   */
  naturalGradient(
    lambda: Parameters,
    constants: Parameters,
    draws: GuideDraws,
    scores: Scores,
    estimator: GradientEstimator,
  ): Parameters;
  /** A gradient in λ as a natural gradient in local coordinates. */
  pullback(lambda: Parameters, constants: Parameters, gradient: Parameters): Parameters;
  /** λ after a step in local coordinates. */
  retract(lambda: Parameters, constants: Parameters, step: Parameters): Parameters;
  /** Null where they have no closed form: draws tell them. */
  moments(lambda: Readonly<Record<string, Float64Array>>): Moments | null;
}

/** Where a latent site lies in the flat unconstrained vector: at start … start + length − 1. */
export interface SiteSpan {
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** How it is laid out there. */
  readonly transform?: { readonly name: string };
  /** Its plates and event axes. */
  readonly axes?: readonly Axis[];
  /** The axes of the unconstrained value, in the order they are laid along the vector (row-major). */
  readonly freeAxes?: readonly Axis[];
}

/** A family, to be bound once the model is known. */
export interface Guide {
  readonly name: string;
  /** The Gaussian whose optimum the search for a start looks for: the one nearer to this family. */
  readonly startFamily: "mean-field" | "full-rank";
  /** `sites` and `discrete`: the latent sites of the model, for guides that tell them apart. */
  bind(
    coordinate: Axis,
    start: GuideStart,
    sites?: readonly SiteSpan[],
    discrete?: readonly DiscreteSite[],
  ): BoundGuide;
}

/** A guide was asked for something it cannot be. */
export class GuideError extends ElbowError {
  static override readonly name = "GuideError";

  constructor(message: string) {
    super("guide", message);
  }
}

export function checkStart(start: GuideStart, size: number): void {
  const bad = (values: Float64Array, length: number): boolean =>
    values.length !== length || values.some((value) => !Number.isFinite(value));
  if (bad(start.mean, size) || bad(start.scale, size) || (start.factor !== null && bad(start.factor, size * size))) {
    throw new GuideError(`the start of a guide over ${size} coordinates has a wrong length or is not finite`);
  }
}
