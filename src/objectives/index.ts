export { chi } from "./chi.ts";
export { divergenceFromPrior } from "./divergence.ts";
export { type Elbo, type ElboForm, type ElboSettings, elbo } from "./elbo.ts";
export { ObjectiveError } from "./errors.ts";
export { forwardKl } from "./forwardKl.ts";
export { type ImportanceWeightedSettings, importanceWeighted } from "./iwae.ts";
export type { WeightedBound, WeightedGradient } from "./objective.ts";
export { type RenyiSettings, renyi } from "./renyi.ts";
export { type WeightedObjective, weightedBound } from "./weighted.ts";
