/** What a fit maximises: its options brought together, and how many draws a step of it takes. */
import type { GradientEstimator } from "../guides/guide.ts";
import { describeObjective, isPooled, type Objective } from "../objectives/choices.ts";
import type { ElboForm, ForwardGradient, WeightedGradient, WeightedObjective } from "../objectives/index.ts";
import { FitError } from "./errors.ts";

export interface ObjectiveOptions {
  /** Default elbo(). Others: iwae(), renyi(), forwardKl(), chi(). */
  readonly objective?: Objective;
  /** Form of the ELBO. Default "joint". The same as `objective: elbo({ form })`. */
  readonly form?: ElboForm;
  /** How the ELBO's gradient is estimated. The same as `objective: elbo({ gradient })`. */
  readonly gradient?: GradientEstimator;
}

export interface SettledObjective {
  readonly form: ElboForm;
  /** Null: the estimator with the less variance for the guide and the form. */
  readonly gradient: GradientEstimator | null;
  /** What is maximised instead of the ELBO, or null. */
  readonly weighted: WeightedObjective | null;
}

const KINDS: readonly Objective["kind"][] = ["elbo", "importance-weighted", "renyi", "chi", "forward-kl"];
const FORMS: readonly ElboForm[] = ["joint", "entropy", "kl"];
const GRADIENTS: readonly GradientEstimator[] = ["reparameterised", "sticking-the-landing"];
const WEIGHTED_GRADIENTS: readonly WeightedGradient[] = ["reparameterised", "doubly-reparameterised"];
const FORWARD_GRADIENTS: readonly ForwardGradient[] = ["score", "doubly-reparameterised"];

/** Draws a step of the ELBO takes, of bounds of K draws at least, and of an objective that takes all at once. */
const DEFAULT_DRAWS = { elbo: 16, grouped: 64, pooled: 1024 } as const;

/** Throws a FitError for what is not an objective, and for an option of the ELBO beside another objective. */
export function settleObjective(options: ObjectiveOptions): SettledObjective {
  const { objective = { kind: "elbo" } } = options;
  if (typeof objective !== "object" || objective === null || !KINDS.includes(objective.kind)) {
    throw new FitError(
      "wrong-option",
      `objective must be made by elbo(), iwae(), renyi(), forwardKl() or chi(), got ${JSON.stringify(objective)}`,
    );
  }
  if (objective.kind === "elbo") {
    const gradient = options.gradient ?? objective.gradient;
    return {
      form: oneOf("form", options.form ?? objective.form ?? "joint", FORMS),
      gradient: gradient === undefined ? null : oneOf("gradient", gradient, GRADIENTS),
      weighted: null,
    };
  }
  const option = options.form !== undefined ? "form" : options.gradient !== undefined ? "gradient" : null;
  if (option !== null) {
    throw new FitError(
      "wrong-option",
      `${option} belongs to the ELBO, not to the objective "${objective.kind}": leave it out` +
        (option === "gradient" ? ", and name the estimator in the objective itself" : ""),
    );
  }
  const { kind } = objective;
  if (objective.gradient !== undefined) {
    const allowed: readonly string[] = kind === "forward-kl" ? FORWARD_GRADIENTS : WEIGHTED_GRADIENTS;
    oneOf<string>(`the gradient of the objective "${kind}"`, objective.gradient, allowed);
  }
  return { form: "joint", gradient: null, weighted: objective };
}

/** Draws of one bound: all of them for an objective that takes them at once. */
export const drawsOfOne = (weighted: WeightedObjective | null, draws: number): number =>
  weighted === null ? 1 : "draws" in weighted ? weighted.draws : draws;

/**
 * How many draws an estimate takes where it is not said: of bounds of K draws an even number, so that an antithetic pair
 * never meets in one of them; more where weights are normalised over all of them, since that has a bias of one over
 * their number.
 */
export function defaultDraws(weighted: WeightedObjective | null): number {
  if (weighted === null) return DEFAULT_DRAWS.elbo;
  if (isPooled(weighted)) return DEFAULT_DRAWS.pooled;
  const two = 2 * drawsOfOne(weighted, 1);
  return two * Math.ceil(DEFAULT_DRAWS.grouped / two);
}

/** Throws a FitError where the draws do not go into bounds of K. */
export function checkGroups(weighted: WeightedObjective | null, draws: number): void {
  const own = drawsOfOne(weighted, draws);
  if (Number.isInteger(own) && own >= 1 && draws % own === 0) return;
  throw new FitError(
    "wrong-option",
    `draws must be a multiple of the objective's own: ${draws} draws do not go into groups of ${own}; ` +
      `${Math.max(own, own * Math.round(draws / own))} do`,
  );
}

/** Throws a FitError for a bound that maximising would lift away from what it bounds. */
export function checkMaximised(weighted: WeightedObjective | null): void {
  if (weighted?.kind !== "renyi" || weighted.alpha >= 0) return;
  throw new FitError(
    "wrong-option",
    `the ${describeObjective(weighted)} bounds log p(x) from above for many draws, and raising it would loosen it: ` +
      "take alpha from 0 on, or chi(), which lowers an upper bound",
  );
}

export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new FitError("wrong-option", `${name} must be ${allowed.map((a) => `"${a}"`).join(" or ")}, got "${value}"`);
}
