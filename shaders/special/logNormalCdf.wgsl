// requires: special/nonfinite.wgsl, special/normalTail.wgsl, special/normalDensity.wgsl, special/log.wgsl, special/log1p.wgsl
// error: 6 ulp
// log Phi(x), the standard normal's. Domain: all x. Ends: -inf and where x^2/2 overflows: -inf; inf: 0; NaN stays NaN;
// above 13.1, where the result would be denormal: 0.
// Method: left of 0 from Mills' ratio, log M(-x) - x^2/2 - log sqrt(2 pi); right of it log1p(-phi(x) M(x)). Both tails
// keep their relative accuracy.
fn e_logNormalCdf(x: f32) -> f32 {
  let a = abs(x);
  let tail = e_normalTail(a);
  let left = (e_log(tail) - 0.9189385) - 0.5 * x * x;
  let right = e_log1p(-e_normalDensity(a) * tail);
  let y = select(select(left, -e_inf(), a > 2.6e19), select(right, 0.0, x > 13.1), x >= 0.0);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
