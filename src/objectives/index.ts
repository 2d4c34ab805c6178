export { divergenceFromPrior } from "./divergence.ts";
export { type Elbo, type ElboForm, type ElboSettings, elbo } from "./elbo.ts";
export { ObjectiveError } from "./errors.ts";
