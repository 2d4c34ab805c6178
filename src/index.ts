export { type Device, type DeviceOptions, openDevice } from "./compile/openDevice.ts";
export {
  bernoulli,
  beta,
  binomial,
  type CholeskyScale,
  categorical,
  cauchy,
  constrained,
  type Distribution,
  DistributionError,
  dirichlet,
  exponential,
  type FlatBounds,
  flat,
  gamma,
  halfCauchy,
  halfNormal,
  halfStudentT,
  inverseGamma,
  klDivergence,
  laplace,
  lkjCholesky,
  logistic,
  logNormal,
  type MeanOrLogMean,
  multivariateNormal,
  negativeBinomial,
  normal,
  type ProbabilityOrLogits,
  poisson,
  type RateOrLogRate,
  type Support,
  studentT,
  uniform,
} from "./distributions/index.ts";
export {
  type CompiledElbo,
  type CompileElboOptions,
  compileElbo,
  type ElboEvaluation,
  FitError,
  type FitErrorCode,
  type FitManyOptions,
  type FitOptions,
  type FitResult,
  fit,
  fitMany,
  type LambdaArrays,
  type ManyProgress,
  type OneOfMany,
  Posteriors,
  type Progress,
  type Stage,
} from "./fit/index.ts";
export { Axis } from "./graph/axis.ts";
export { ElbowError, GraphError } from "./graph/errors.ts";
export { cholesky, contract, logDeterminant, transpose } from "./graph/linalg.ts";
export {
  abs,
  add,
  and,
  atan,
  besselRatio,
  castF32,
  castI32,
  cos,
  digamma,
  div,
  eq,
  erf,
  erfc,
  erfinv,
  exp,
  expm1,
  floor,
  ge,
  gt,
  inverseMills,
  iota,
  le,
  lgamma,
  log,
  log1mExp,
  log1p,
  logAddExp,
  logBesselI0,
  logBeta,
  logFactorial,
  logNormalCdf,
  logSigmoid,
  logSumExp,
  lt,
  max,
  maximum,
  mean,
  min,
  mul,
  ne,
  neg,
  not,
  type Operand,
  or,
  pow,
  reciprocal,
  round,
  segment,
  select,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  triangularSolve,
  trigamma,
} from "./graph/ops.ts";
export type { Backend, Executable, Explanation, KernelExplanation, ProgramSpec } from "./graph/program.ts";
export { at, diagonal, embedDiagonal, merge, pad, rename, shift, slice, split, window } from "./graph/reindex.ts";
export { cumulativeProduct, cumulativeSum, lastOf, type ScanOptions, scan, scanAll } from "./graph/scan.ts";
export { Value } from "./graph/value.ts";
export { fullRank, type Guide, meanField } from "./guides/index.ts";
export type { DataArray, TypedArray } from "./model/array.ts";
export { type IndexOptions, index, integer, real } from "./model/data.ts";
export { MathSyntaxError, ModelError, type ModelErrorCode } from "./model/errors.ts";
export { math } from "./model/math/math.ts";
export { type JsonData, type Model, model } from "./model/model.ts";
export type { LatentSite, LogJoint, NamedValue, ObservedSite } from "./model/sites.ts";
export type { ModelContext } from "./model/trace.ts";
export type { TracedModel } from "./model/traced.ts";
export type { ElboForm } from "./objectives/index.ts";
export { ObjectiveError } from "./objectives/index.ts";
export { type AdamOptions, adam, naturalGradient, type Optimizer } from "./optimizers/index.ts";
export * from "./posterior/index.ts";
export { type Transform, TransformError } from "./transforms/index.ts";
export {
  DeviceLostError,
  GpuValidationError,
  MemoryPlanError,
  NoAdapterError,
  OutOfMemoryError,
  ShaderCompilationError,
} from "./webgpu/errors.ts";
