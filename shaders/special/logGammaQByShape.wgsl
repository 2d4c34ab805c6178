// requires: special/nonfinite.wgsl, special/expm1.wgsl, special/gammaTail.wgsl
// error: 20 ulp, or 5e-6 absolute
// d log Q(a, x) / da. Domain: 0 < a < 1e30, x >= 0; elsewhere NaN. Ends: x = 0: 0; inf: inf.
// Method: e_gammaTail; where it gives the other tail, Q' / Q = -P' / Q.
fn e_logGammaQByShape(a: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (a < 1e30) & (x >= 0.0))) { return e_nan(); }
  if (x < 1.17549435e-38) { return 0.0; }
  if (x > 3.4e38) { return e_inf(); }
  let tail = e_gammaTail(a, x);
  return select(-tail.y / e_expm1(-tail.x), tail.y, tail.z == 0.0);
}
