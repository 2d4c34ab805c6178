import type { Axis } from "../graph/axis.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { chi } from "./chi.ts";
import { forwardKl } from "./forwardKl.ts";
import { importanceWeighted } from "./iwae.ts";
import type { ForwardGradient, WeightedBound, WeightedGradient } from "./objective.ts";
import { renyi } from "./renyi.ts";

/**
 * An objective of weighted draws. `draws` is the K of one bound, of which an evaluation averages as many as its draws
 * go round; "chi" and "forward-kl" take all draws at once. `gradient` is "doubly-reparameterised" by default, "score" for
 * "forward-kl".
 */
export type WeightedObjective =
  | { readonly kind: "importance-weighted"; readonly draws: number; readonly gradient?: WeightedGradient }
  | { readonly kind: "renyi"; readonly alpha: number; readonly draws: number; readonly gradient?: WeightedGradient }
  | { readonly kind: "chi"; readonly gradient?: WeightedGradient }
  | { readonly kind: "forward-kl"; readonly gradient?: ForwardGradient };

/** The bound that an objective names. */
export function weightedBound(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  objective: WeightedObjective,
): WeightedBound {
  if (objective.kind === "forward-kl") {
    return forwardKl(model, guide, lambda, constants, noise, draw, { gradient: objective.gradient ?? "score" });
  }
  const gradient = objective.gradient ?? "doubly-reparameterised";
  switch (objective.kind) {
    case "importance-weighted":
      return importanceWeighted(model, guide, lambda, constants, noise, draw, { draws: objective.draws, gradient });
    case "renyi":
      return renyi(model, guide, lambda, constants, noise, draw, { ...objective, gradient });
    case "chi":
      return chi(model, guide, lambda, constants, noise, draw, { gradient });
  }
}
