import { scaledErfc } from "./erf.ts";

/** Mills' ratio (1 − Φ(x))/φ(x), x ≥ 0. */
const tail = (x: number): number => Math.sqrt(Math.PI / 2) * scaledErfc(x / Math.SQRT2);

/** φ(x), x ≥ 0, with x² in two parts: rounded to one, it would cost 300 ulp at x = 37. */
function density(x: number): number {
  const head = Math.round(Math.min(x, 40) * 1048576) / 1048576;
  const rest = x - head;
  return (Math.exp(-0.5 * head * head) * Math.exp(-rest * (head + 0.5 * rest))) / Math.sqrt(2 * Math.PI);
}

/** log Φ(x) of the standard normal, accurate in both tails. */
export function logNormalCdf(x: number): number {
  if (x === Number.NEGATIVE_INFINITY) return x;
  if (x < 0) return Math.log(tail(-x)) - 0.5 * (x * x + Math.log(2 * Math.PI));
  return x > 40 ? 0 : Math.log1p(-density(x) * tail(x));
}

/** φ(x)/Φ(x), the inverse of Mills' ratio at −x and the derivative of log Φ. */
export function inverseMills(x: number): number {
  if (x === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x < 0) return 1 / tail(-x);
  if (x > 40) return 0;
  const d = density(x);
  return d / (1 - d * tail(x));
}
