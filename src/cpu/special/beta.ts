import { HALF_LOG_TWO_PI, LARGE, lgamma, lgamma1p, stirlingTail } from "./gamma.ts";

/**
 * log B(a, b) = log gamma(a) + log gamma(b) - log gamma(a + b), a, b >= 0, without the cancellation (DiDonato & Morris
 * 1992): where an argument is large Stirling's series is subtracted analytically; where both are small the recurrence
 * brings them to [1, 2).
 */
export function logBeta(a: number, b: number): number {
  const p = Math.min(a, b);
  const q = Math.max(a, b);
  if (Number.isNaN(p) || p < 0) return Number.NaN;
  if (p === 0) return Number.POSITIVE_INFINITY;
  if (q === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  if (q < LARGE) return small(p, q);
  const s = p + q;
  const tail = stirlingTail(q) - stirlingTail(s);
  if (p < LARGE) return lgamma(p) - p * (Math.log(q) - 1) - (s - 0.5) * Math.log1p(p / q) + tail;
  const odds = p / q;
  const logShare = Math.log(odds) - Math.log1p(odds); // log(p / s)
  return (p - 0.5) * logShare - 0.5 * Math.log(q) - q * Math.log1p(odds) + HALF_LOG_TWO_PI + (tail + stirlingTail(p));
}

/** Both below LARGE: B(a, b) = B(a - 1, b) (a - 1) / (a + b - 1) downwards, B(a + 1, b) (a + b) / a upwards. */
function small(a: number, b: number): number {
  let ratio = 1;
  let p = a;
  let q = b;
  for (; p >= 2; p--) ratio *= (p - 1) / (p + q - 1);
  for (; q >= 2; q--) ratio *= (q - 1) / (p + q - 1);
  if (p < 1) {
    ratio *= (p + q) / p;
    p += 1;
  }
  if (q < 1) {
    ratio *= (p + q) / q;
    q += 1;
  }
  // gamma(p + q) = (p + q - 1) gamma(p + q - 1)
  const rest = p - 1 + (q - 1);
  return Math.log(ratio / (1 + rest)) + (lgamma1p(p - 1) + lgamma1p(q - 1) - lgamma1p(rest));
}
