import { chebyshev } from "./chebyshev.ts";

/** log gamma(1 + d) / (d (d - 1)) in d - 1, 0 <= d <= 2: the zeros at 1 and 2 are factored out. Our own fit. */
const NEAR = [
  0.44148902545501423, -0.11119580321752523, 0.01951044826068884, -0.003922461463025264, 0.0008478989895953857,
  -0.00019153855341365593, 4.454470184975607e-5, -1.05728743735943e-5, 2.5474336873408417e-6, -6.208535880776316e-7,
  1.5268677399071546e-7, -3.782637660291326e-8, 9.428100823624284e-9, -2.361999702184645e-9, 5.943541905817546e-10,
  -1.501312977072867e-10, 3.8050196458110534e-11, -9.672485299656325e-12, 2.465348198355661e-12, -6.298868140791711e-13,
  1.6128460030283787e-13, -4.137949206814042e-14, 1.0635701227757898e-14, -2.7382420786652826e-15,
  7.060670507214892e-16, -1.8232177141662118e-16, 4.714169006756272e-17, -1.2204107319639856e-17,
  3.1630451661790255e-18,
];

/** B_2k / (2k (2k - 1)) for k = 1, 2, ...: Stirling's series (Abramowitz & Stegun 6.1.41). */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
];

export const HALF_LOG_TWO_PI = 0.9189385332046727;
const LOG_PI = 1.1447298858494002;

/** From here on Stirling's series has float64's accuracy. */
export const LARGE = 10;

/** log gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= LARGE. */
export function stirlingTail(x: number): number {
  const z = 1 / (x * x);
  let sum = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) sum = sum * z + STIRLING[k]!;
  return sum / x;
}

/** log gamma(1 + d), 0 <= d <= 2. */
export function lgamma1p(d: number): number {
  return d * (d - 1) * chebyshev(NEAR, d - 1);
}

/** log |gamma(x)|; infinite at the poles 0, -1, -2, ... */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x <= 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
    // Reflection (Abramowitz & Stegun 6.1.17); a tiny x has log gamma ~ -log |x|.
    if (x > -1e-17) return -Math.log(-x);
    return LOG_PI - Math.log(Math.abs(x * sinPi(x))) - lgamma(-x);
  }
  if (x < 1) return lgamma1p(x) - Math.log(x);
  if (x <= 3) return lgamma1p(x - 1);
  if (x < LARGE) {
    let product = 1;
    let y = x;
    while (y > 3) product *= --y;
    return Math.log(product) + lgamma1p(y - 1);
  }
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5 + stirlingTail(x));
}

/** log n!, for any n > -1. */
export function logFactorial(n: number): number {
  return Math.abs(n) < 1 && n >= 0 ? lgamma1p(n) : lgamma(n + 1);
}

/** sin(pi x), reduced before pi enters. */
export function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  const s = Math.abs(r) > 0.5 ? Math.sign(r) * (1 - Math.abs(r)) : r;
  return Math.sin(Math.PI * s);
}
