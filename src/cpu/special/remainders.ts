/** Exponential and logarithm less the first terms of their series, without the cancellation. */

/** e^x − 1 − x. */
export function expm1mx(x: number): number {
  if (Math.abs(x) > 0.7) return Math.expm1(x) - x;
  let sum = 0;
  for (let k = 18; k > 1; k--) sum = (x / (k + 1)) * (1 + sum);
  return 0.5 * x * x * (1 + sum);
}

/** log r − (r − 1), which is log(1 + x) − x at x = r − 1, given both r and x so that each end keeps its digits. */
export const logLessLinear = (r: number, x: number): number => (r > 0.5 ? log1pmx(x) : Math.log(r) - x);

/** log(1 + x) − x: with s = x/(2 + x), log(1 + x) is 2 artanh s and x is 2s/(1 − s). */
export function log1pmx(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  if (!(x > -0.5 && x < 1)) return Math.log1p(x) - x;
  const s = x / (2 + x);
  const z = s * s;
  let sum = 0;
  for (let k = 16; k >= 0; k--) sum = sum * z + 1 / (2 * k + 3);
  return s * (2 * z * sum - x);
}
