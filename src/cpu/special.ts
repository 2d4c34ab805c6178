/** Special functions in float64, for the reference interpreter. Accurate to about 1e-14 relative; see tests/special. */
export { besselRatio, logBesselI0 } from "./special/bessel.ts";
export { logBeta } from "./special/beta.ts";
export { digamma, trigamma } from "./special/digamma.ts";
export { erf, erfc, erfinv } from "./special/erf.ts";
export { lgamma, logFactorial } from "./special/gamma.ts";
export {
  logBetaKernel,
  logIncompleteBeta,
  logIncompleteBetaByFirst,
  logIncompleteBetaBySecond,
} from "./special/incompleteBeta.ts";
export {
  logGammaDrawByShape,
  logGammaKernel,
  logGammaP,
  logGammaPByShape,
  logGammaQ,
  logGammaQByShape,
} from "./special/incompleteGamma.ts";
export { log1mExp, logAddExp, logSigmoid, sigmoid, softplus } from "./special/logistic.ts";
export { inverseMills, logNormalCdf } from "./special/normal.ts";
