import { chebyshev } from "./chebyshev.ts";
import { LARGE, sinPi } from "./gamma.ts";

/** The zero of psi, less one, in two parts. */
const ROOT = 0.46163214496836236;
const ROOT_REST = -1.5522348162858677e-17;

/** psi(1 + d) / (d - d0) in d - 1, 0 <= d <= 2. Our own fit. */
const NEAR = [
  0.8508141002274594, -0.30691795316595705, 0.06960086856205178, -0.01712297234345182, 0.004374961886424303,
  -0.0011401796377915106, 0.00030046127392236794, -7.969172661686522e-5, 2.1218853925722328e-5, -5.6631596935365925e-6,
  1.5136717505341737e-6, -4.0495026233355134e-7, 1.083979923064392e-7, -2.9026750711369042e-8, 7.774554697983642e-9,
  -2.082649195692377e-9, 5.579524084715322e-10, -1.4948718863979587e-10, 4.005228073341035e-11, -1.0731515178725395e-11,
  2.8754217843517632e-12, -7.704533926086572e-13, 2.0644004026236004e-13, -5.53150434659318e-14, 1.482155285389004e-14,
  -3.971411389284323e-15, 1.0641344625722717e-15, -2.8513362471718133e-16, 7.640126526131413e-17,
  -2.047164716811876e-17, 5.485359583436558e-18,
];

/** B_2k / 2k: psi(x) ~ log x - 1/(2x) - Σ B_2k / (2k x^2k) (Abramowitz & Stegun 6.3.18). */
const DIGAMMA_SERIES = [
  1 / 12,
  -1 / 120,
  1 / 252,
  -1 / 240,
  1 / 132,
  -691 / 32760,
  1 / 12,
  -3617 / 8160,
  43867 / 14364,
];

/** B_2k: psi'(x) ~ 1/x + 1/(2x^2) + Σ B_2k / x^(2k+1) (Abramowitz & Stegun 6.4.12). */
const TRIGAMMA_SERIES = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798];

/** psi(x) = d/dx log gamma(x); NaN at the poles 0, -1, -2, ... */
export function digamma(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x;
  if (x <= 0) {
    if (Number.isInteger(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
    // Reflection (Abramowitz & Stegun 6.3.7): psi(x) = psi(1 - x) - pi cot(pi x).
    const part = x - Math.round(x);
    return digamma(-x) - 1 / x - Math.PI / Math.tan(Math.PI * part);
  }
  if (x < 1) return near(x) - 1 / x;
  if (x <= 3) return near(x - 1);
  if (x < LARGE) {
    let sum = 0;
    let y = x;
    while (y > 3) sum += 1 / --y;
    return sum + near(y - 1);
  }
  return Math.log(x) - largeRemainder(x);
}

/** log x − psi(x), x > 0, which is of order 1/x. */
export const logMinusDigamma = (x: number): number => (x < LARGE ? Math.log(x) - digamma(x) : largeRemainder(x));

function largeRemainder(x: number): number {
  const z = 1 / (x * x);
  return 0.5 / x + z * series(DIGAMMA_SERIES, z);
}

/** psi'(x); infinite at the poles 0, -1, -2, ... */
export function trigamma(x: number): number {
  if (Number.isNaN(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
  if (x <= 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
    // Reflection (Abramowitz & Stegun 6.4.7).
    const s = Math.PI / sinPi(x);
    return s * s - (trigamma(-x) - 1 / (x * x));
  }
  let sum = 0;
  let y = x;
  // Upwards to where the asymptotic series is good: all terms are positive. Smallest first.
  const shift = y < 15 ? Math.ceil(15 - y) : 0;
  for (let k = shift - 1; k >= 0; k--) sum += 1 / ((y + k) * (y + k));
  y += shift;
  const z = 1 / (y * y);
  return (1 + 0.5 / y + z * series(TRIGAMMA_SERIES, z)) / y + sum;
}

function near(d: number): number {
  return (d - ROOT - ROOT_REST) * chebyshev(NEAR, d - 1);
}

function series(c: readonly number[], z: number): number {
  let sum = 0;
  for (let k = c.length - 1; k >= 0; k--) sum = sum * z + c[k]!;
  return sum;
}
