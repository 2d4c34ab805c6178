export { bernoulli } from "./bernoulli.ts";
export { beta } from "./beta.ts";
export { betaBinomial } from "./betaBinomial.ts";
export { betaNegativeBinomial } from "./betaNegativeBinomial.ts";
export { binomial } from "./binomial.ts";
export { categorical } from "./categorical.ts";
export { cauchy } from "./cauchy.ts";
export { constrained } from "./constrained.ts";
export { dirichlet } from "./dirichlet.ts";
export { discreteUniform } from "./discreteUniform.ts";
export {
  type Distribution,
  DistributionError,
  DOMAIN_DESCRIPTIONS,
  type Domain,
  deferringChecks,
  type GraphNoise,
  type HostParameters,
  type HostRandom,
  inDomain,
  type ParameterCheck,
  type Support,
} from "./distribution.ts";
export { exponential } from "./exponential.ts";
export { type FlatBounds, flat } from "./flat.ts";
export { gamma } from "./gamma.ts";
export { geometric } from "./geometric.ts";
export { halfCauchy } from "./halfCauchy.ts";
export { halfNormal } from "./halfNormal.ts";
export { halfStudentT } from "./halfStudentT.ts";
export { hypergeometric } from "./hypergeometric.ts";
export { inverseGamma } from "./inverseGamma.ts";
export { klDivergence } from "./kl.ts";
export { laplace } from "./laplace.ts";
export { lkjCholesky } from "./lkjCholesky.ts";
export { logistic } from "./logistic.ts";
export { logNormal } from "./logNormal.ts";
export { mixture } from "./mixture.ts";
export { dirichletMultinomial, multinomial } from "./multinomial.ts";
export { type CholeskyScale, multivariateNormal } from "./multivariateNormal.ts";
export { type MeanOrLogMean, negativeBinomial } from "./negativeBinomial.ts";
export { normal } from "./normal.ts";
export { orderedLogistic, orderedProbit } from "./ordered.ts";
export { poisson, type RateOrLogRate } from "./poisson.ts";
export type { ProbabilityOrLogits } from "./probability.ts";
export { studentT } from "./studentT.ts";
export { describeSupport, inSupport, type NumericBounds, supportBounds, vectorInSupport } from "./support.ts";
export { type AutoregressiveOptions, ar, type GaussianRandomWalkOptions, gaussianRandomWalk } from "./timeSeries.ts";
export { uniform } from "./uniform.ts";
export { hurdle, zeroInflated } from "./zeroInflated.ts";
