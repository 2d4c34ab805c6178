/** The functions and names a formula may use. */
import { binary, castF32, type Operand, unary } from "../../graph/ops.ts";
import type { BinaryName, UnaryName, Value } from "../../graph/value.ts";

const UNARY: Readonly<Record<string, UnaryName>> = {
  abs: "abs",
  atan: "atan",
  besselRatio: "besselRatio",
  cos: "cos",
  digamma: "digamma",
  erf: "erf",
  erfc: "erfc",
  erfinv: "erfinv",
  exp: "exp",
  expm1: "expm1",
  floor: "floor",
  inverseMills: "inverseMills",
  lgamma: "lgamma",
  log: "log",
  log1mExp: "log1mExp",
  log1p: "log1p",
  logBesselI0: "logBesselI0",
  logFactorial: "logFactorial",
  logNormalCdf: "logNormalCdf",
  logSigmoid: "logSigmoid",
  reciprocal: "reciprocal",
  round: "round",
  sigmoid: "sigmoid",
  sign: "sign",
  sin: "sin",
  softplus: "softplus",
  sqrt: "sqrt",
  square: "square",
  tanh: "tanh",
  trigamma: "trigamma",
};

const BINARY: Readonly<Record<string, BinaryName>> = {
  logAddExp: "logAddExp",
  logBeta: "logBeta",
  max: "max",
  min: "min",
  pow: "pow",
};

/** Integers are numbers here: 1 / 2 is a half whatever the type of the data. */
const real = (x: Operand): Operand => (typeof x === "number" ? x : castF32(x));

export interface MathFunction {
  readonly arity: number;
  apply(...operands: Operand[]): Value;
}

export function mathFunction(name: string): MathFunction | undefined {
  const one = Object.hasOwn(UNARY, name) ? UNARY[name] : undefined;
  if (one !== undefined) return { arity: 1, apply: (x) => unary(one, real(x!)) };
  if (name === "pow") return { arity: 2, apply: (x, y) => power(x!, y!) };
  const two = Object.hasOwn(BINARY, name) ? BINARY[name] : undefined;
  if (two !== undefined) return { arity: 2, apply: (x, y) => binary(two, real(x!), real(y!)) };
  return undefined;
}

export const mathFunctionNames = (): string[] => [...Object.keys(UNARY), ...Object.keys(BINARY)].sort();

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
