export { type AutoregressiveOptions, ar } from "./autoregressive.ts";
export { bernoulli } from "./bernoulli.ts";
export { beta } from "./beta.ts";
export { betaBinomial } from "./betaBinomial.ts";
export { betaNegativeBinomial } from "./betaNegativeBinomial.ts";
export { betaProportion } from "./betaProportion.ts";
export { binomial } from "./binomial.ts";
export type { Bounds } from "./bounds.ts";
export { categorical } from "./categorical.ts";
export { cauchy } from "./cauchy.ts";
export { censored } from "./censored.ts";
export { chiSquared } from "./chiSquared.ts";
export { constrained } from "./constrained.ts";
export { dirichlet } from "./dirichlet.ts";
export { dirichletMultinomial } from "./dirichletMultinomial.ts";
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
export { exponentiallyModifiedNormal } from "./exponentiallyModifiedNormal.ts";
export type { Family, FamilyOptions } from "./family.ts";
export { type FlatBounds, flat } from "./flat.ts";
export { frechet } from "./frechet.ts";
export { gamma } from "./gamma.ts";
export {
  exponentiatedQuadratic,
  type GaussianProcessOptions,
  gaussianProcess,
  type KernelOptions,
  linearKernel,
  matern32,
  matern52,
  periodic,
} from "./gaussianProcess.ts";
export { type GaussianRandomWalkOptions, gaussianRandomWalk } from "./gaussianRandomWalk.ts";
export { type GaussianStateSpaceOptions, gaussianStateSpace } from "./gaussianStateSpace.ts";
export { geometric } from "./geometric.ts";
export { gumbel } from "./gumbel.ts";
export { halfCauchy } from "./halfCauchy.ts";
export { halfNormal } from "./halfNormal.ts";
export { halfStudentT } from "./halfStudentT.ts";
export { type HiddenMarkovOptions, hmmMarginal } from "./hmmMarginal.ts";
export { hurdle } from "./hurdle.ts";
export { hypergeometric } from "./hypergeometric.ts";
export { inverseChiSquared, scaledInverseChiSquared } from "./inverseChiSquared.ts";
export { inverseGamma } from "./inverseGamma.ts";
export { klDivergence } from "./kl.ts";
export { doubleExponential, laplace } from "./laplace.ts";
export { lkj, lkjCholesky } from "./lkjCholesky.ts";
export { logistic } from "./logistic.ts";
export { logLogistic } from "./logLogistic.ts";
export { logNormal } from "./logNormal.ts";
export { type MarkovChainOptions, markovChain } from "./markovChain.ts";
export { mixture } from "./mixture.ts";
export { multinomial } from "./multinomial.ts";
export {
  type CholeskyScale,
  type CovarianceScale,
  type MatrixScale,
  multivariateNormal,
} from "./multivariateNormal.ts";
export { multivariateStudentT } from "./multivariateStudentT.ts";
export { type NegativeBinomialParameters, negativeBinomial } from "./negativeBinomial.ts";
export { normal, stdNormal } from "./normal.ts";
export type { PrecisionScale } from "./normalByPrecision.ts";
export { orderedLogistic } from "./orderedLogistic.ts";
export { orderedProbit } from "./orderedProbit.ts";
export { pareto, paretoType2 } from "./pareto.ts";
export { poisson, type RateOrLogRate } from "./poisson.ts";
export type { ProbabilityOrLogits } from "./probability.ts";
export { rayleigh } from "./rayleigh.ts";
export { skewDoubleExponential } from "./skewDoubleExponential.ts";
export { skewNormal } from "./skewNormal.ts";
export { studentT } from "./studentT.ts";
export { describeSupport, inSupport, type NumericBounds, supportBounds, vectorInSupport } from "./support.ts";
export { truncated } from "./truncated.ts";
export { uniform } from "./uniform.ts";
export { vonMises } from "./vonMises.ts";
export { weibull } from "./weibull.ts";
export { wiener } from "./wiener.ts";
export { inverseWishart, inverseWishartCholesky, wishart, wishartCholesky } from "./wishart.ts";
export { zeroInflated } from "./zeroInflated.ts";
