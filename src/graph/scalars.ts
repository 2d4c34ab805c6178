/**
 * The float64 meaning of every map that needs nothing but arithmetic: the interpreter and constant folding share it.
 * Special functions (erf, lgamma, …) are the interpreter's own.
 *
 * Integers follow WGSL: they wrap; division truncates, x / 0 is x and x % 0 is 0; a float cast to an integer
 * truncates and saturates. `mod` has the sign of the dividend. `round` takes ties to even. min and max pass NaN on.
 */
import type { BinaryName, DType, MapName, UnaryName } from "./op.ts";

export type Scalar1 = (a: number) => number;
export type Scalar2 = (a: number, b: number) => number;

const bit = (condition: boolean): number => (condition ? 1 : 0);

function roundToEven(a: number): number {
  const floor = Math.floor(a);
  const rest = a - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const saturate = (a: number, low: number, high: number): number =>
  Number.isNaN(a) ? 0 : Math.min(high, Math.max(low, Math.trunc(a)));

export const logAddExp: Scalar2 = (a, b) => {
  const high = Math.max(a, b);
  if (!Number.isFinite(high)) return high;
  return high + Math.log1p(Math.exp(-Math.abs(a - b)));
};

const unaryTable: Partial<Record<UnaryName, Scalar1>> = {
  neg: (a) => -a,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  round: roundToEven,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  square: (a) => a * a,
  reciprocal: (a) => 1 / a,
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
  tanh: Math.tanh,
  not: (a) => 1 - a,
  isFinite: (a) => bit(Number.isFinite(a)),
  isNaN: (a) => bit(Number.isNaN(a)),
  castF32: (a) => a,
};

const binaryTable: Partial<Record<BinaryName, Scalar2>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  min: Math.min,
  max: Math.max,
  mod: (a, b) => a % b,
  logAddExp,
  lt: (a, b) => bit(a < b),
  le: (a, b) => bit(a <= b),
  gt: (a, b) => bit(a > b),
  ge: (a, b) => bit(a >= b),
  eq: (a, b) => bit(a === b),
  ne: (a, b) => bit(a !== b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
};

/** To the 32 bits of an integer type. */
const wrap = (dtype: DType): Scalar1 => (dtype === "u32" ? (a) => a >>> 0 : (a) => a | 0);

function integerUnary(name: UnaryName, dtype: DType): Scalar1 | undefined {
  const toBits = wrap(dtype);
  if (name === "neg" || name === "abs") return (a) => toBits(unaryTable[name]!(a));
  if (name === "square") return (a) => toBits(Math.imul(a, a));
  return unaryTable[name];
}

function integerBinary(name: BinaryName, dtype: DType): Scalar2 | undefined {
  const toBits = wrap(dtype);
  switch (name) {
    case "add":
      return (a, b) => toBits(a + b);
    case "sub":
      return (a, b) => toBits(a - b);
    case "mul":
      return (a, b) => toBits(Math.imul(a, b));
    case "div":
      return (a, b) => (b === 0 ? a : toBits(Math.trunc(a / b)));
    case "mod":
      return (a, b) => (b === 0 ? 0 : toBits(a % b));
    default:
      return binaryTable[name];
  }
}

const isInteger = (dtype: DType): boolean => dtype === "i32" || dtype === "u32";

/** The value of an elementary map of one or two numbers. */
export function elementary(name: MapName, dtype: DType, [a, b]: readonly number[]): number | undefined {
  if (a === undefined) return undefined;
  return b === undefined ? elementary1(name as UnaryName, dtype)?.(a) : elementary2(name as BinaryName, dtype)?.(a, b);
}

/** The scalar function of a unary map on an operand of type `dtype`, if it is elementary. */
export function elementary1(name: UnaryName, dtype: DType): Scalar1 | undefined {
  if (name === "castI32") return dtype === "f32" ? (a) => saturate(a, -2147483648, 2147483647) : (a) => a | 0;
  if (name === "castU32") return dtype === "f32" ? (a) => saturate(a, 0, 4294967295) : (a) => a >>> 0;
  return isInteger(dtype) ? integerUnary(name, dtype) : unaryTable[name];
}

/** The scalar function of a binary map on operands of type `dtype`, if it is elementary. */
export function elementary2(name: BinaryName, dtype: DType): Scalar2 | undefined {
  return isInteger(dtype) ? integerBinary(name, dtype) : binaryTable[name];
}
