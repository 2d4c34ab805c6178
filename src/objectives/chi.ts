import type { Axis } from "../graph/axis.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { WeightedBound, WeightedGradient } from "./objective.ts";
import { renyi } from "./renyi.ts";

/**
 * The negative of the χ upper bound, −½ log E_q[w²] ≤ −log p(x), estimated from all draws at once; maximising it pulls
 * the upper bound down, and q over all of the posterior's mass (A. B. Dieng, D. Tran, R. Ranganath, J. Paisley &
 * D. M. Blei, *Variational inference via χ upper bound minimization*, NeurIPS 2017, §2; it is the Rényi bound with
 * α = −1). The logarithm of a mean of S draws lies below that of the expectation by about its relative variance / 2S:
 * as an estimate of a bound it is to be used where the weights have four moments, see `posterior.evidence()`.
 */
export function chi(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  settings: { readonly gradient: WeightedGradient },
): WeightedBound {
  const bound = renyi(model, guide, lambda, constants, noise, draw, { alpha: -1, draws: draw.size, ...settings });
  return {
    ...bound,
    value: bound.value.neg(),
    terms: bound.terms.neg(),
    gradient: () => Object.fromEntries(Object.entries(bound.gradient()).map(([name, value]) => [name, value.neg()])),
  };
}
