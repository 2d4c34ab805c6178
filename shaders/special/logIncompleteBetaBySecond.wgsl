// requires: special/nonfinite.wgsl, special/expm1.wgsl, special/betaIsBelow.wgsl, special/betaTail.wgsl
// error: 40 ulp, or 1e-5 absolute
// d log I_x(a, b) / db.
// Domain: a, b > 0, a + b < 1e18, 0 <= x <= 1; elsewhere NaN. Ends: x = 0: 0; x = 1: 0.
// Method: e_betaTail of x, or of 1 - x with a and b exchanged and I' / I = -(1 - I)' / I.
fn e_logIncompleteBetaBySecond(a: f32, b: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (b > 0.0) & (a + b < 1e18) & (x >= 0.0) & (x <= 1.0))) { return e_nan(); }
  if (x < 1.17549435e-38) { return 0.0; }
  if (x == 1.0) { return 0.0; }
  let y = 1.0 - x;
  let below = e_betaIsBelow(a, b, x, y);
  let tail = e_betaTail(select(b, a, below), select(a, b, below), select(y, x, below), select(x, y, below));
  return select(-tail.y / e_expm1(-tail.x), tail.z, below);
}
