/** The public face of the posterior. */
export { type ImportanceBound, importanceBound, type UpperBound, upperBound } from "./bounds.ts";
export { type CheckSettings, DEFAULT_CHECK } from "./checkSettings.ts";
export type { Diagnosis } from "./diagnosis.ts";
export type { PosteriorDraws, SiteDraws } from "./draws.ts";
export type { Elbo, ElboForms, Estimate } from "./elbo.ts";
export type { Evidence } from "./evidence.ts";
export type { FitJson } from "./export.ts";
export { type Fitted, PosteriorError, type Stopped } from "./fitted.ts";
export type { InferenceDataJson } from "./inferenceData.ts";
export type { ObjectiveValue } from "./objective.ts";
export type { Posterior, PosteriorOptions } from "./posterior.ts";
export type { Predictive } from "./predictive.ts";
export type { PriorDraws, PriorOptions } from "./prior.ts";
export type { Proposal } from "./proposal.ts";
export { type Psis, psis } from "./psis.ts";
export type { Summary, SummaryJson, SummaryOptions, SummaryRow } from "./summary.ts";
export type { ElboTerms, ElboTermsOptions } from "./terms.ts";
export { judge, type ScalarMoments, type Verdict } from "./verdict.ts";
