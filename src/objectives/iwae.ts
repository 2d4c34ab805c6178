import type { Axis } from "../graph/axis.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { WeightedBound, WeightedGradient } from "./objective.ts";
import { renyi } from "./renyi.ts";

export interface ImportanceWeightedSettings {
  /** K; the bound is the ELBO for 1 and rises to log p(x) with K. */
  readonly draws: number;
  readonly gradient: WeightedGradient;
}

/**
 * The importance-weighted bound L_K = E[log (1/K) Σ_k p(x, z_k)/q(z_k)] (Y. Burda, R. Grosse & R. Salakhutdinov,
 * *Importance weighted autoencoders*, ICLR 2016, §3), the Rényi bound with α = 0.
 *
 * As K grows the reparameterised gradient's signal falls faster than its noise; the doubly-reparameterised one's does not
 * (T. Rainforth et al., *Tighter variational bounds are not necessarily better*, ICML 2018; Tucker et al. 2019).
 */
export const importanceWeighted = (
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  settings: ImportanceWeightedSettings,
): WeightedBound => renyi(model, guide, lambda, constants, noise, draw, { alpha: 0, ...settings });
