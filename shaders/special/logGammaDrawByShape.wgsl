// requires: special/nonfinite.wgsl, special/gammaTail.wgsl
// error: 20 ulp, or 5e-6 absolute
// d log z / da of a gamma(a, 1) variate z = x that keeps its place, -(dP/da) / (x p(x)). Domain: 0 < a < 1e30, x >= 0;
// elsewhere NaN. Ends: x = 0: inf; inf: 0.
// Method: e_gammaTail; the tail over x p(x) is its integral, without exponential or logarithm.
fn e_logGammaDrawByShape(a: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (a < 1e30) & (x >= 0.0))) { return e_nan(); }
  if (x < 1.17549435e-38) { return e_inf(); }
  if (x > 3.4e38) { return 0.0; }
  return e_gammaTail(a, x).w;
}
