/** From here on the asymptotic series (Abramowitz & Stegun 9.7.1) has float64's accuracy. */
const FAR = 25;

/** log I₀(x) of the modified Bessel function: its power series (Abramowitz & Stegun 9.6.12), or the asymptotic one. */
export function logBesselI0(x: number): number {
  const a = Math.abs(x);
  if (a === Number.POSITIVE_INFINITY) return a;
  if (a >= FAR) return a - 0.5 * Math.log(2 * Math.PI * a) + Math.log(asymptotic(a, 0));
  const q = 0.25 * a * a;
  let sum = 0;
  for (let k = 60; k > 0; k--) sum = (q / (k * k)) * (1 + sum);
  return Math.log1p(sum);
}

/** I₁(x)/I₀(x), by Gauss' continued fraction (Amos 1974), or a ratio of asymptotic series. */
export function besselRatio(x: number): number {
  const a = Math.abs(x);
  if (a === Number.POSITIVE_INFINITY) return Math.sign(x);
  let ratio = 0;
  if (a >= FAR) ratio = asymptotic(a, 1) / asymptotic(a, 0);
  else for (let k = 60; k > 0; k--) ratio = a / (2 * k + a * ratio);
  return x < 0 ? -ratio : ratio;
}

/** √(2πx) e^(−x) I_ν(x) for x ≥ FAR. */
function asymptotic(x: number, order: 0 | 1): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k <= 25; k++) {
    term *= ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * x);
    sum += term;
  }
  return sum;
}
