/** Functions made of maps: what has no node of its own, written so that nothing cancels or overflows on the way. */
import {
  abs,
  add,
  atan,
  castF32,
  constant,
  cos,
  div,
  erfc,
  erfinv,
  exp,
  expm1,
  floor,
  gt,
  lgamma,
  log,
  log1mExp,
  log1p,
  logAddExp,
  logBeta,
  logGammaP,
  logGammaQ,
  logIncompleteBeta,
  lt,
  max,
  mul,
  ne,
  neg,
  type Operand,
  or,
  pow,
  reciprocal,
  select,
  sign,
  sin,
  sqrt,
  square,
  sub,
} from "./ops.ts";
import type { Value } from "./value.ts";

export const tan = (x: Operand): Value => div(sin(x), cos(x));
/** In [−π/2, π/2], for |x| ≤ 1. */
export const asin = (x: Operand): Value => atan(div(x, add(sqrt(mul(sub(1, x), add(1, x))), 1))).mul(2);
/** In [0, π], for |x| ≤ 1. */
export const acos = (x: Operand): Value => atan(sqrt(div(sub(1, x), add(1, x)))).mul(2);
/** The angle of the point (x, y), in (−π, π]. */
export function atan2(y: Operand, x: Operand): Value {
  const radius = hypot(x, y);
  const right = gt(x, 0);
  const isSafe = or(right, ne(y, 0));
  const numerator = select(right, castF32(y), sub(radius, x));
  const denominator = select(right, add(radius, x), castF32(y));
  const angle = atan(div(numerator, select(isSafe, denominator, 1))).mul(2);
  return select(isSafe, angle, select(lt(x, 0), constant(Math.PI), constant(0)));
}
export const sinh = (x: Operand): Value => sub(expm1(x), expm1(neg(x))).mul(0.5);
export const cosh = (x: Operand): Value => add(exp(x), exp(neg(x))).mul(0.5);
export function asinh(x: Operand): Value {
  const a = abs(castF32(x));
  const z = square(a);
  return mul(sign(castF32(x)), log1p(add(a, div(z, add(sqrt(add(z, 1)), 1)))));
}
/** For x ≥ 1. */
export function acosh(x: Operand): Value {
  const t = sub(castF32(x), 1);
  return log1p(add(t, sqrt(mul(t, add(t, 2)))));
}
/** For |x| < 1. */
export const atanh = (x: Operand): Value => sub(log1p(x), log1p(neg(x))).mul(0.5);

export const log2 = (x: Operand): Value => log(x).mul(Math.LOG2E);
export const log10 = (x: Operand): Value => log(x).mul(Math.LOG10E);
export const exp2 = (x: Operand): Value => exp(mul(castF32(x), Math.LN2));
/** log(1 − x). */
export const log1m = (x: Operand): Value => log1p(neg(castF32(x)));
/** log(eᵃ − eᵇ), a ≥ b. */
export const logDiffExp = (a: Operand, b: Operand): Value => castF32(a).add(log1mExp(sub(castF32(b), castF32(a))));
/** log(θ eᵃ + (1 − θ) eᵇ): the log density of a mixture of two with weights θ and 1 − θ. */
export const logMix = (theta: Operand, a: Operand, b: Operand): Value =>
  logAddExp(add(log(theta), a), add(log1m(theta), b));
/** log(p/(1 − p)). */
export const logit = (p: Operand): Value => sub(log(p), log1m(p));
/** 1 − exp(−eˣ), the inverse of the complementary log-log link. */
export const inverseCloglog = (x: Operand): Value => neg(expm1(neg(exp(x))));
/** Φ(x) of the standard normal distribution; for its logarithm see logNormalCdf. */
export const normalCdf = (x: Operand): Value => erfc(mul(castF32(x), -Math.SQRT1_2)).mul(0.5);
/** Φ⁻¹(p), 0 < p < 1; a small p has the absolute accuracy of 2p − 1. */
export const normalQuantile = (p: Operand): Value => erfinv(mul(castF32(p), 2).sub(1)).mul(Math.SQRT2);

/** Γ(x), x > 0. */
export const tgamma = (x: Operand): Value => exp(lgamma(x));
/** log of n choose k; n and k may be real. */
export const logChoose = (n: Operand, k: Operand): Value =>
  add(logBeta(add(sub(castF32(n), k), 1), add(castF32(k), 1)), log(add(castF32(n), 1))).neg();
/** P(a, x), the regularised lower incomplete gamma function. */
export const gammaP = (a: Operand, x: Operand): Value => exp(logGammaP(a, x));
/** Q(a, x) = 1 − P(a, x), the regularised upper incomplete gamma function. */
export const gammaQ = (a: Operand, x: Operand): Value => exp(logGammaQ(a, x));
/** I_x(a, b), the regularised incomplete beta function. */
export const incompleteBeta = (a: Operand, b: Operand, x: Operand): Value => exp(logIncompleteBeta(a, b, x));

export const inverseSqrt = (x: Operand): Value => reciprocal(sqrt(x));
export const cbrt = (x: Operand): Value => mul(sign(castF32(x)), pow(abs(castF32(x)), 1 / 3));
export const hypot = (x: Operand, y: Operand): Value => sqrt(add(square(castF32(x)), square(castF32(y))));
/** max(x − y, 0). */
export const fdim = (x: Operand, y: Operand): Value => max(sub(castF32(x), castF32(y)), 0);
export const ceil = (x: Operand): Value => neg(floor(neg(castF32(x))));
/** Towards zero. */
export const trunc = (x: Operand): Value => mul(sign(castF32(x)), floor(abs(castF32(x))));
