/** The float64 meaning of every map: elementary arithmetic of the graph and the special functions. */
import { elementary1, elementary2, type Scalar1, type Scalar2 } from "../graph/scalars.ts";
import type { BinaryName, DType, MapName, TernaryName, UnaryName } from "../graph/value.ts";
import * as special from "./special.ts";

export type Scalar3 = (a: number, b: number, c: number) => number;

const unaryTable: Partial<Record<UnaryName, Scalar1>> = {
  sigmoid: special.sigmoid,
  logSigmoid: special.logSigmoid,
  softplus: special.softplus,
  erf: special.erf,
  erfc: special.erfc,
  erfinv: special.erfinv,
  lgamma: special.lgamma,
  digamma: special.digamma,
  trigamma: special.trigamma,
  logFactorial: special.logFactorial,
  logNormalCdf: special.logNormalCdf,
  inverseMills: special.inverseMills,
  log1mExp: special.log1mExp,
  logBesselI0: special.logBesselI0,
  besselRatio: special.besselRatio,
};

const binaryTable: Partial<Record<BinaryName, Scalar2>> = {
  logBeta: special.logBeta,
  logGammaP: special.logGammaP,
  logGammaQ: special.logGammaQ,
  logGammaPByShape: special.logGammaPByShape,
  logGammaQByShape: special.logGammaQByShape,
  logGammaOfShape: (_shape, logDraw) => logDraw,
  logGammaDrawByShape: special.logGammaDrawByShape,
  logGammaKernel: special.logGammaKernel,
};

const ternaryTable: Record<TernaryName, Scalar3> = {
  logIncompleteBeta: special.logIncompleteBeta,
  logIncompleteBetaByFirst: special.logIncompleteBetaByFirst,
  logIncompleteBetaBySecond: special.logIncompleteBetaBySecond,
  logBetaKernel: special.logBetaKernel,
};

/** The special functions by the names of their maps. */
export const specialFunctions: Partial<Record<MapName, (...x: number[]) => number>> = /* @__PURE__ */ Object.assign(
  {},
  unaryTable,
  binaryTable,
  ternaryTable,
);

export function unaryFunction(name: UnaryName, dtype: DType): Scalar1 {
  const found = unaryTable[name] ?? elementary1(name, dtype);
  if (found === undefined) throw new Error(`no float64 function for the map "${name}"`);
  return found;
}

export function binaryFunction(name: BinaryName, dtype: DType): Scalar2 {
  const found = binaryTable[name] ?? elementary2(name, dtype);
  if (found === undefined) throw new Error(`no float64 function for the map "${name}"`);
  return found;
}

export const ternaryFunction = (name: TernaryName): Scalar3 => ternaryTable[name];
