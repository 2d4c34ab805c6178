import { chebyshev } from "./chebyshev.ts";

/** (1 + 2x) e^(x^2) erfc(x), 0 <= x <= 28, in t = (x - 3) / (x + 3), the map of Shepherd & Laframboise (1981). Our own fit. */
const SCALED_ERFC = [
  1.1849908642826832, 0.021579163913554793, -0.09546957235973456, 0.04920715508904966, -0.015269364154735059,
  0.0031139759390414164, -0.00036021988197686513, -7.988235762552538e-7, 7.269751319221299e-6, -6.622457765139807e-7,
  -1.2417828473439817e-7, 2.276453776847423e-8, 2.5948362644920494e-9, -6.758173043117009e-10, -7.688114874050257e-11,
  1.9612400214160098e-11, 3.00568893497221e-12, -5.297478533759797e-13, -1.3041537615849668e-13, 1.0643201248452247e-14,
  5.5277753665708675e-15, 5.375273838697276e-17, -2.0795176309093236e-16, -2.285479573617535e-17,
  5.9342774744669486e-18,
];
const T_MAX = 25 / 31;

/** 1 - erf x, with relative accuracy in the right tail. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0) return 2 - erfc(-x);
  if (x > 27.3) return 0;
  if (x < 0.5) return 1 - erf(x);
  return scaledErfc(x) * expMinusSquare(x);
}

/** e^(x²) erfc x for x ≥ 0; beyond the fit its asymptotic series (Abramowitz & Stegun 7.1.23). */
export function scaledErfc(x: number): number {
  if (x > 28) {
    const z = 1 / (2 * x * x);
    return (1 - z * (1 - z * (3 - z * (15 - z * (105 - z * 945))))) / (x * Math.sqrt(Math.PI));
  }
  const t = (x - 3) / (x + 3);
  return chebyshev(SCALED_ERFC, (2 * (t + 1)) / (T_MAX + 1) - 1) / (1 + 2 * x);
}

/** erf x: its Taylor series for |x| < 1 (Abramowitz & Stegun 7.1.5), else 1 - erfc. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) >= 1) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  const z = x * x;
  let sum = 0;
  for (let n = TAYLOR.length - 1; n >= 0; n--) sum = sum * z + TAYLOR[n]!;
  return x * sum;
}

/** 2/sqrt(pi) (-1)^n / (n! (2n + 1)). */
const TAYLOR = /* @__PURE__ */ (() => {
  const c: number[] = [];
  for (let n = 0, factorial = 1; n < 20; factorial *= ++n) {
    c.push(((n % 2 === 0 ? 1 : -1) * 2) / Math.sqrt(Math.PI) / (factorial * (2 * n + 1)));
  }
  return c;
})();

/** e^(-x^2) with x^2 in two parts: rounded to one, it would cost 700 ulp at x = 26. */
function expMinusSquare(x: number): number {
  const head = Math.round(x * 1048576) / 1048576;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

/**
 * The inverse of erf: a start of single precision (Giles 2010; the coefficients are those of shaders/special, our own
 * fit), then one step of Halley's method, on erfc in the tails.
 */
export function erfinv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN;
  const y = start(a);
  // (erf y - a) / erf'(y), where the difference loses nothing: 1 - a is exact in the tail.
  const difference = a < 0.5 ? erf(y) - a : 1 - a - erfc(y);
  const u = (difference * Math.sqrt(Math.PI)) / (2 * Math.exp(-y * y));
  const root = y - u / (1 + y * u);
  return x < 0 ? -root : x === 0 ? x : root;
}

function start(a: number): number {
  const w = -Math.log((1 - a) * (1 + a));
  if (w < 5) return a * horner(CENTRAL, w - 2.5);
  if (w < 16) return a * horner(TAIL, Math.sqrt(w) - 3);
  // Beyond single precision's tail: erfc y ~ e^(-y^2) / (y sqrt(pi)), iterated to a fixed point.
  let y = Math.sqrt(w);
  for (let k = 0; k < 5; k++) y += Math.log(erfc(y) / (1 - a)) / (2 * y);
  return y;
}

function horner(c: readonly number[], x: number): number {
  let sum = 0;
  for (let k = c.length - 1; k >= 0; k--) sum = sum * x + c[k]!;
  return sum;
}

const CENTRAL = [
  1.5014094, 0.24664071, -0.0041776937, -0.0012536938, 0.0002185967, -4.400566e-6, -3.5280589e-6, 3.44043e-7,
  2.8497045e-8,
];
const TAIL = [
  2.832977, 1.0016751, 0.009436243, -0.0076317065, 0.0057589994, -0.00364587, 0.0013005652, 7.538286e-5, -0.00016169409,
];
