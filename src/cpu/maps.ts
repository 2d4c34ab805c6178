/** The float64 meaning of every map: elementary arithmetic of the graph and the special functions. */
import { elementary1, elementary2, type Scalar1, type Scalar2 } from "../graph/scalars.ts";
import type { BinaryName, DType, UnaryName } from "../graph/value.ts";
import * as special from "./special.ts";

export const special1: Partial<Record<UnaryName, Scalar1>> = {
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

export const special2: Partial<Record<BinaryName, Scalar2>> = { logBeta: special.logBeta };

export function unaryFunction(name: UnaryName, dtype: DType): Scalar1 {
  const found = special1[name] ?? elementary1(name, dtype);
  if (found === undefined) throw new Error(`no float64 function for the map "${name}"`);
  return found;
}

export function binaryFunction(name: BinaryName, dtype: DType): Scalar2 {
  const found = special2[name] ?? elementary2(name, dtype);
  if (found === undefined) throw new Error(`no float64 function for the map "${name}"`);
  return found;
}
