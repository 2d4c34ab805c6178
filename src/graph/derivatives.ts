/** What a cotangent of y = f(x) becomes for x, for every map that has a derivative. y is used again where it helps. */
import { GraphError } from "./errors.ts";
import {
  abs,
  add,
  besselRatio,
  cos,
  digamma,
  div,
  eq,
  exp,
  expm1,
  floor,
  inverseMills,
  log,
  log1p,
  logBetaKernel,
  logGammaKernel,
  lt,
  mul,
  pow,
  select,
  sigmoid,
  sign,
  sin,
  square,
  sub,
  trigamma,
} from "./ops.ts";
import { constantOf, negative, times } from "./sums.ts";
import { type BinaryName, binary, constant, type TernaryName, ternary, type UnaryName, type Value } from "./value.ts";

type Rule1 = (cotangent: Value, x: Value, y: Value) => Value;
type Rule2 = (cotangent: Value, a: Value, b: Value, y: Value) => Value;
type Rule3 = (cotangent: Value, inputs: readonly [Value, Value, Value], y: Value) => Value;

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
const scaled = (number: number, x: Value): Value => times(constant(number), x);

/** The maps that are derivatives in a shape parameter have none themselves. */
const secondOrder = (name: string) => (): Value => {
  throw new GraphError(`${name}: its derivative is not implemented; an incomplete function has first derivatives only`);
};

/** d log P / dx = e^(kernel − log P)/x, where the kernel is the logarithm of x times the density. */
const byEnd = (c: Value, kernel: Value, y: Value, x: Value): Value => times(c, div(exp(sub(kernel, y)), x));

export const unaryDerivatives: Partial<Record<UnaryName, Rule1>> = {
  neg: (c) => negative(c),
  abs: (c, x) => times(c, sign(x)),
  exp: (c, _, y) => times(c, y),
  log: (c, x) => div(c, x),
  log1p: (c, x) => div(c, add(x, 1)),
  expm1: (c, x) => times(c, exp(x)),
  sqrt: (c, _, y) => div(scaled(0.5, c), y),
  square: (c, x) => times(scaled(2, c), x),
  reciprocal: (c, _, y) => negative(times(c, square(y))),
  sin: (c, x) => times(c, cos(x)),
  cos: (c, x) => negative(times(c, sin(x))),
  atan: (c, x) => div(c, add(square(x), 1)),
  tanh: (c, _, y) => times(c, sub(1, square(y))),
  sigmoid: (c, _, y) => times(c, mul(y, sub(1, y))),
  logSigmoid: (c, x) => times(c, sigmoid(negative(x))),
  softplus: (c, x) => times(c, sigmoid(x)),
  erf: (c, x) => times(c, scaled(TWO_OVER_ROOT_PI, exp(negative(square(x))))),
  erfc: (c, x) => times(c, scaled(-TWO_OVER_ROOT_PI, exp(negative(square(x))))),
  erfinv: (c, _, y) => times(c, scaled(1 / TWO_OVER_ROOT_PI, exp(square(y)))),
  lgamma: (c, x) => times(c, digamma(x)),
  digamma: (c, x) => times(c, trigamma(x)),
  trigamma: () => {
    throw new GraphError("trigamma: its derivative is not implemented; keep the derivative of lgamma of first order");
  },
  logFactorial: (c, x) => times(c, digamma(add(x, 1))),
  logNormalCdf: (c, x) => times(c, inverseMills(x)),
  inverseMills: (c, x, y) => negative(times(c, mul(y, add(x, y)))),
  log1mExp: (c, x) => negative(div(c, expm1(negative(x)))),
  logBesselI0: (c, x) => times(c, besselRatio(x)),
  besselRatio: (c, x, y) => times(c, select(eq(x, 0), 0.5, sub(sub(1, square(y)), div(y, x)))),
  castF32: (c) => c,
};

/** A tie shares the cotangent equally. */
const whereFirst: Rule2 = (c, first, second) =>
  select(lt(first, second), c, select(eq(first, second), scaled(0.5, c), 0));

export const binaryDerivatives: Partial<Record<BinaryName, readonly [Rule2, Rule2]>> = {
  add: [(c) => c, (c) => c],
  sub: [(c) => c, (c) => negative(c)],
  mul: [(c, _, b) => times(c, b), (c, a) => times(c, a)],
  div: [(c, _, b) => div(c, b), (c, _, b, y) => negative(div(times(c, y), b))],
  pow: [powerOfBase, (c, a, _, y) => select(eq(a, 0), 0, times(c, times(y, log(a))))],
  min: [(c, a, b) => whereFirst(c, a, b, a), (c, a, b) => whereFirst(c, b, a, a)],
  max: [(c, a, b) => whereFirst(c, b, a, a), (c, a, b) => whereFirst(c, a, b, a)],
  mod: [
    (c) => c,
    (c, a, b) => {
      const quotient = div(a, b);
      return negative(times(c, mul(sign(quotient), floor(abs(quotient)))));
    },
  ],
  logBeta: [
    (c, a, b) => times(c, sub(digamma(a), digamma(add(a, b)))),
    (c, a, b) => times(c, sub(digamma(b), digamma(add(a, b)))),
  ],
  logGammaP: [
    (c, a, x) => times(c, binary("logGammaPByShape", a, x)),
    (c, a, x, y) => byEnd(c, logGammaKernel(a, x), y, x),
  ],
  logGammaQ: [
    (c, a, x) => times(c, binary("logGammaQByShape", a, x)),
    (c, a, x, y) => negative(byEnd(c, logGammaKernel(a, x), y, x)),
  ],
  logGammaPByShape: [secondOrder("logGammaPByShape"), secondOrder("logGammaPByShape")],
  logGammaQByShape: [secondOrder("logGammaQByShape"), secondOrder("logGammaQByShape")],
  logGammaOfShape: [(c, a, l) => times(c, binary("logGammaDrawByShape", a, exp(l))), (c) => c],
  logGammaDrawByShape: [secondOrder("logGammaDrawByShape"), secondOrder("logGammaDrawByShape")],
  logGammaKernel: [(c, a, x) => times(c, sub(log(x), digamma(a))), (c, a, x) => times(c, div(sub(a, x), x))],
  // Equal operands are told apart from a difference of infinities.
  logAddExp: [
    (c, a, b) => times(c, select(eq(a, b), 0.5, sigmoid(sub(a, b)))),
    (c, a, b) => times(c, select(eq(a, b), 0.5, sigmoid(sub(b, a)))),
  ],
};

export const ternaryDerivatives: Record<TernaryName, readonly [Rule3, Rule3, Rule3]> = {
  logIncompleteBeta: [
    (c, [a, b, x]) => times(c, ternary("logIncompleteBetaByFirst", a, b, x)),
    (c, [a, b, x]) => times(c, ternary("logIncompleteBetaBySecond", a, b, x)),
    (c, [a, b, x], y) => byEnd(c, logBetaKernel(a, b, x), y, mul(x, sub(1, x))),
  ],
  logIncompleteBetaByFirst: [
    secondOrder("logIncompleteBetaByFirst"),
    secondOrder("logIncompleteBetaByFirst"),
    secondOrder("logIncompleteBetaByFirst"),
  ],
  logIncompleteBetaBySecond: [
    secondOrder("logIncompleteBetaBySecond"),
    secondOrder("logIncompleteBetaBySecond"),
    secondOrder("logIncompleteBetaBySecond"),
  ],
  logBetaKernel: [
    (c, [a, b, x]) => times(c, sub(log(x), sub(digamma(a), digamma(add(a, b))))),
    (c, [a, b, x]) => times(c, sub(log1p(negative(x)), sub(digamma(b), digamma(add(a, b))))),
    (c, [a, b, x]) => times(c, sub(div(a, x), div(b, sub(1, x)))),
  ],
};

/** b·a^(b−1), which is 0 for b = 0 whatever a is. */
function powerOfBase(c: Value, a: Value, b: Value): Value {
  const exponent = constantOf(b);
  if (exponent === undefined) return select(eq(b, 0), 0, times(times(c, b), pow(a, sub(b, 1))));
  if (exponent === 0) return constant(0);
  if (exponent === 1) return c;
  return times(scaled(exponent, c), exponent === 2 ? a : pow(a, exponent - 1));
}
