import { vjp } from "../graph/autodiff.ts";
import type { Axis } from "../graph/axis.ts";
import { add, constant, mul, select, stopGradient, sub, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, GradientEstimator, GuideDraws, Noise, Parameters } from "../guides/guide.ts";
import type { LogJoint } from "../model/sites.ts";
import type { TracedModel } from "../model/traced.ts";
import { DiscretePart } from "./discrete.ts";
import { divergenceFromPrior } from "./divergence.ts";
import { ObjectiveError } from "./errors.ts";
import { countNonFinite, guardedScores } from "./scores.ts";

/**
 * The same bound, by what of it is integrated in closed form:
 * `joint` E_q[log p(x, z) − log q(z)]; `entropy` E_q[log p(x, z)] + H[q]; `kl` E_q[log p(x | z)] − KL(q ‖ p(z)).
 */
export type ElboForm = "joint" | "entropy" | "kl";

export interface ElboSettings {
  readonly form: ElboForm;
  readonly gradient: GradientEstimator;
}

export interface Elbo {
  readonly draws: GuideDraws;
  readonly joint: LogJoint;
  /** The estimate from the good draws of this batch. */
  readonly value: Value;
  /** Its terms, over draw. */
  readonly terms: Value;
  readonly good: Value;
  /** Draws left out because of a NaN, and draws of log density −∞. */
  readonly nan: Value;
  readonly impossible: Value;
  /** ∇_λ by automatic differentiation. */
  gradient(): Parameters;
  /** The natural gradient in the guide's local coordinates. */
  naturalGradient(): Parameters;
}

/**
 * The ELBO of a guide and its gradient by reparameterisation, z = T(ε; λ): ∇_λ E_q[f] = E_ε[∇_λ f(T(ε; λ))]
 * (D. P. Kingma & M. Welling, *Auto-encoding variational Bayes*, ICLR 2014, §2.4; Kucukelbir et al. 2017, §2.5).
 *
 * Sticking-the-landing drops the score term ∇_λ log q_λ(z) at fixed z, whose expectation is zero, by stopping λ inside
 * log q: the estimator's variance vanishes as q approaches the posterior (G. Roeder, Y. Wu & D. Duvenaud, *Sticking the
 * landing*, NeurIPS 2017, eq. 8).
 */
export function elbo(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  settings: ElboSettings,
): Elbo {
  checkSettings(settings, guide);
  const draws = guide.stratified?.(lambda, constants, noise) ?? guide.sample(lambda, constants, noise);
  const discrete = new DiscretePart(guide, lambda, noise, draw);
  const { z, entropy, weight } = draws;
  const logDensity = add(draws.logDensity, discrete.logDensity);
  const joint = model.at(z, discrete.guess);
  const { form, gradient } = settings;
  const target = form === "kl" ? joint.logLikelihood : joint.logJoint;
  const closed =
    form === "kl"
      ? divergenceFromPrior(model, guide, lambda, constants, entropy).neg()
      : form === "entropy"
        ? (entropy ?? refuseEntropy(guide))
        : null;
  const { score: plain, good, share } = guardedScores(target, z, model.coordinate, draw);
  const each = closed === null ? target.sub(logDensity) : target.sub(discrete.logDensity).add(closed);
  const counted = weight === undefined ? each : mul(weight, each);
  const value = mul(sum(select(good, counted, 0), [draw]), share);
  // About the mean: terms of weighted draws are spread as their sum is, not as the weights are.
  const terms = weight === undefined ? each : add(value, mul(weight, sub(each, value)));
  const score = weight === undefined ? plain : mul(plain, weight);
  const weighted = weight && { weight, advantage: select(good, sub(each, value), 0) };
  const { nan, impossible } = countNonFinite(target, good, draw);

  const discreteScores = discrete.scores(target, joint, { good, share });

  const gradientInLambda = (): Parameters => {
    const logits = discrete.gradient(discreteScores);
    const names = Object.keys(lambda).filter((name) => !(name in logits));
    const stopped = Object.fromEntries(names.map((name) => [name, stopGradient(lambda[name]!)]));
    const rest =
      closed !== null
        ? { value: closed, cotangent: constant(1) }
        : {
            value: gradient === "sticking-the-landing" ? guide.logDensityAt(stopped, constants, z) : draws.logDensity,
            cotangent: select(good, weight === undefined ? share.neg() : mul(weight, share).neg(), 0),
          };
    const path = weighted && { value: weighted.weight, cotangent: mul(weighted.advantage, share) };
    const found = vjp(
      [{ value: z, cotangent: mul(score, share) }, rest, ...(path === undefined ? [] : [path])],
      names.map((name) => lambda[name]!),
    );
    return { ...logits, ...Object.fromEntries(names.map((name, i) => [name, found[i]!])) };
  };

  return {
    draws,
    joint,
    value,
    terms,
    good,
    nan,
    impossible,
    gradient: gradientInLambda,
    naturalGradient: () =>
      form === "kl"
        ? guide.pullback(lambda, constants, gradientInLambda())
        : guide.naturalGradient(
            lambda,
            constants,
            draws,
            { draw, score, good, share, discrete: discreteScores, ...(weighted && { advantage: weighted.advantage }) },
            gradient,
          ),
  };
}

function checkSettings({ form, gradient }: ElboSettings, guide: BoundGuide): void {
  if (gradient === "sticking-the-landing" && form !== "joint") {
    throw new ObjectiveError(
      null,
      `sticking-the-landing is a gradient of the form "joint": the form "${form}" has no log q(z) to stop; ` +
        `use form: "joint", or gradient: "reparameterised" (guide "${guide.name}")`,
    );
  }
}

function refuseEntropy(guide: BoundGuide): never {
  throw new ObjectiveError(null, `the guide "${guide.name}" has no closed entropy: use the form "joint"`);
}
