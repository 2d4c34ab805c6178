/** Objectives by name, as `fit` and `compileElbo` take them: plain data. */
import type { GradientEstimator } from "../guides/guide.ts";
import type { ElboForm } from "./elbo.ts";
import { ObjectiveError } from "./errors.ts";
import type { ForwardGradient, WeightedGradient } from "./objective.ts";
import type { WeightedObjective } from "./weighted.ts";

export interface ElboObjective {
  readonly kind: "elbo";
  readonly form?: ElboForm;
  readonly gradient?: GradientEstimator;
}

/** What a fit maximises. */
export type Objective = ElboObjective | WeightedObjective;

/**
 * The evidence lower bound, the default of a fit. `form`: what of it is integrated in closed form, default "joint".
 * `gradient`: default the estimator with the less variance. A form that the model or guide does not have is refused
 * with an ObjectiveError when it is used.
 */
export const elbo = (options: Omit<ElboObjective, "kind"> = {}): ElboObjective => ({ kind: "elbo", ...options });

/**
 * The importance-weighted bound of K = `draws` draws, default 10: between the ELBO (K = 1) and log p(x), and the tighter the
 * less q has to resemble the posterior itself (Burda, Grosse & Salakhutdinov 2016).
 */
export function iwae(
  options: { readonly draws?: number; readonly gradient?: WeightedGradient } = {},
): Extract<WeightedObjective, { kind: "importance-weighted" }> {
  const { draws = 10, ...rest } = options;
  return { kind: "importance-weighted", draws: checkDraws("iwae", draws), ...rest };
}

/**
 * The variational Rényi bound of order `alpha` (0.5 by default) estimated by K = `draws` draws, default 10 (Li & Turner
 * 2016). Between 0 (importance-weighted) and 1 (the ELBO) it goes from covering mass to picking a mode; above 1 it picks
 * more strictly. Below 0 many draws make it an upper bound, which `fit` refuses to raise.
 */
export function renyi(
  options: { readonly alpha?: number; readonly draws?: number; readonly gradient?: WeightedGradient } = {},
): Extract<WeightedObjective, { kind: "renyi" }> {
  const { alpha = 0.5, draws = 10, ...rest } = options;
  if (!Number.isFinite(alpha) || alpha === 1) {
    throw new ObjectiveError(null, `renyi: alpha must be a finite number other than 1, got ${alpha}: at 1 use elbo()`);
  }
  return { kind: "renyi", alpha, draws: checkDraws("renyi", draws), ...rest };
}

/** The χ upper bound ½ log E_q[w²] ≥ log p(x), pulled down: q covers the posterior's mass (Dieng et al. 2017). */
export const chi = (
  options: { readonly gradient?: WeightedGradient } = {},
): Extract<WeightedObjective, { kind: "chi" }> => ({ kind: "chi", ...options });

/**
 * The forward divergence KL(p(z | x) ‖ q), lowered: q gets the posterior's moments, where the ELBO's optimum picks a mode
 * (self-normalised importance sampling; Bornschein & Bengio 2015).
 */
export const forwardKl = (
  options: { readonly gradient?: ForwardGradient } = {},
): Extract<WeightedObjective, { kind: "forward-kl" }> => ({ kind: "forward-kl", ...options });

function checkDraws(name: string, draws: number): number {
  if (Number.isInteger(draws) && draws >= 1) return draws;
  throw new ObjectiveError(null, `${name}: draws, the K of one bound, must be a positive integer, got ${draws}`);
}

/** Whether an objective takes all draws at once: then its value is no mean over draws, and biased by O(1/S). */
export const isPooled = ({ kind }: WeightedObjective): boolean => kind === "chi" || kind === "forward-kl";

/** A value that is maximised, as its name has it: an upper bound and a divergence are pulled down. */
export const asReported = (objective: WeightedObjective, maximised: number): number =>
  isPooled(objective) ? -maximised : maximised;

/** The objective for a reader. */
export function describeObjective(objective: WeightedObjective): string {
  switch (objective.kind) {
    case "importance-weighted":
      return `importance-weighted bound, K = ${objective.draws}`;
    case "renyi":
      return `Rényi bound, α = ${objective.alpha}, K = ${objective.draws}`;
    case "chi":
      return "χ upper bound";
    case "forward-kl":
      return "KL(posterior ‖ q)";
  }
}
