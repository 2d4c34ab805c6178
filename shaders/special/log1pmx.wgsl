// requires: special/log1p.wgsl
// error: 8 ulp
// log(1 + x) - x. Domain: x > -1. Ends: -1: -inf; below: NaN; inf: -inf; NaN stays NaN.
// Method: with s = x / (2 + x), log(1 + x) = 2 artanh s and x = 2s / (1 - s), so that log(1 + x) - x = s (2 z P(z) - x),
// z = s^2, P minimax for |s| <= 1/3 (relative error 1e-8, our own fit); beyond from e_log1p.
fn e_log1pmx(x: f32) -> f32 {
  let s = x / (2.0 + x);
  let z = s * s;
  var p = 0.11616782 * z + 0.10852267;
  p = p * z + 0.1429625;
  p = p * z + 0.19999851;
  p = p * z + 0.33333334;
  let far = select(e_log1p(x) - x, -x, x > 3e38);
  return select(far, s * (2.0 * z * p - x), (x > -0.5) & (x < 1.0));
}
