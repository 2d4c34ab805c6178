export type { CompiledElbo, CompileElboOptions, ElboEvaluation, LambdaArrays } from "./compileElbo.ts";
export type { RoundReport } from "./convergence.ts";
export { compileElbo, fitMany } from "./entry.ts";
export { FitError, type FitErrorCode } from "./errors.ts";
export { type FitOptions, fit } from "./fit.ts";
export type { FitManyOptions, ManyProgress, OneOfMany, Posteriors } from "./many.ts";
export type { InferenceOptions, Initial } from "./options.ts";
export type { Progress, Stage } from "./progress.ts";
export type { FitResult, ResumeState } from "./result.ts";
