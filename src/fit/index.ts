export {
  CompiledElbo,
  type CompileElboOptions,
  compileElbo,
  type ElboEvaluation,
  type LambdaArrays,
} from "./compileElbo.ts";
export type { RoundReport } from "./convergence.ts";
export { FitError, type FitErrorCode } from "./errors.ts";
export { type FitOptions, fit } from "./fit.ts";
export { infer } from "./infer.ts";
export { type FitManyOptions, fitMany, type ManyProgress, type OneOfMany, Posteriors } from "./many.ts";
export type { InferenceOptions, Initial } from "./options.ts";
export type { Progress, Stage } from "./progress.ts";
export type { FitResult, ResumeState } from "./result.ts";
