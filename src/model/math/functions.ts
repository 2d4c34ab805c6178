/** The functions and names a formula may use. */
import * as composed from "../../graph/functions.ts";
import * as g from "../../graph/ops.ts";
import { binary, castF32, type Operand, unary } from "../../graph/ops.ts";
import type { Value } from "../../graph/value.ts";

type Of1 = (x: Operand) => Value;
type Of2 = (x: Operand, y: Operand) => Value;
type Of3 = (x: Operand, y: Operand, z: Operand) => Value;

const ONE: Readonly<Record<string, Of1>> = {
  abs: g.abs,
  acos: composed.acos,
  acosh: composed.acosh,
  asin: composed.asin,
  asinh: composed.asinh,
  atan: g.atan,
  atanh: composed.atanh,
  besselRatio: g.besselRatio,
  cbrt: composed.cbrt,
  ceil: composed.ceil,
  cos: g.cos,
  cosh: composed.cosh,
  digamma: g.digamma,
  erf: g.erf,
  erfc: g.erfc,
  erfinv: g.erfinv,
  exp: g.exp,
  exp2: composed.exp2,
  expm1: g.expm1,
  floor: g.floor,
  inverseCloglog: composed.inverseCloglog,
  inverseMills: g.inverseMills,
  inverseSqrt: composed.inverseSqrt,
  lgamma: g.lgamma,
  log: g.log,
  log10: composed.log10,
  log1m: composed.log1m,
  log1mExp: g.log1mExp,
  log1p: g.log1p,
  log2: composed.log2,
  logBesselI0: g.logBesselI0,
  logFactorial: g.logFactorial,
  logit: composed.logit,
  logNormalCdf: g.logNormalCdf,
  logSigmoid: g.logSigmoid,
  normalCdf: composed.normalCdf,
  normalQuantile: composed.normalQuantile,
  reciprocal: g.reciprocal,
  round: g.round,
  sigmoid: g.sigmoid,
  sign: g.sign,
  sin: g.sin,
  sinh: composed.sinh,
  softplus: g.softplus,
  sqrt: g.sqrt,
  square: g.square,
  tan: composed.tan,
  tanh: g.tanh,
  tgamma: composed.tgamma,
  trigamma: g.trigamma,
  trunc: composed.trunc,
};

const TWO: Readonly<Record<string, Of2>> = {
  atan2: composed.atan2,
  fdim: composed.fdim,
  gammaP: composed.gammaP,
  gammaQ: composed.gammaQ,
  hypot: composed.hypot,
  logAddExp: g.logAddExp,
  logBeta: g.logBeta,
  logChoose: composed.logChoose,
  logDiffExp: composed.logDiffExp,
  logGammaP: g.logGammaP,
  logGammaQ: g.logGammaQ,
  max: g.max,
  min: g.min,
  pow: power,
};

const THREE: Readonly<Record<string, Of3>> = {
  incompleteBeta: composed.incompleteBeta,
  logIncompleteBeta: g.logIncompleteBeta,
  logMix: composed.logMix,
};

/** Integers are numbers here: 1 / 2 is a half whatever the type of the data. */
const real = (x: Operand): Operand => (typeof x === "number" ? x : castF32(x));

export interface MathFunction {
  readonly arity: number;
  apply(...operands: Operand[]): Value;
}

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

export function mathFunction(name: string): MathFunction | undefined {
  const one = own(ONE, name);
  if (one !== undefined) return { arity: 1, apply: (x) => one(real(x!)) };
  const two = own(TWO, name);
  if (two !== undefined) return { arity: 2, apply: (x, y) => two(real(x!), real(y!)) };
  const three = own(THREE, name);
  return three && { arity: 3, apply: (x, y, z) => three(real(x!), real(y!), real(z!)) };
}

export const mathFunctionNames = (): string[] => [ONE, TWO, THREE].flatMap((table) => Object.keys(table)).sort();

export const mathConstants: Readonly<Record<string, number>> = { pi: Math.PI };

export const quotient = (x: Operand, y: Operand): Value => binary("div", real(x), real(y));

/**
 * x^y. Small whole exponents are products, so that a negative x has the power it should have: a device's own pow is
 * exp(y log x).
 */
export function power(base: Operand, exponent: Operand): Value {
  const x = castF32(base);
  if (exponent === 0.5) return unary("sqrt", x);
  if (typeof exponent !== "number" || !Number.isInteger(exponent) || exponent === 0 || Math.abs(exponent) > 16) {
    return binary("pow", x, real(exponent));
  }
  const product = wholePower(x, Math.abs(exponent));
  return exponent < 0 ? unary("reciprocal", product) : product;
}

function wholePower(x: Value, exponent: number): Value {
  if (exponent === 1) return x;
  const half = unary("square", wholePower(x, Math.floor(exponent / 2)));
  return exponent % 2 === 0 ? half : binary("mul", half, x);
}
