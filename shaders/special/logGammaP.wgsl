// requires: special/nonfinite.wgsl, special/log1mExp.wgsl, special/gammaTail.wgsl
// error: 20 ulp, or 5e-6 absolute
// log P(a, x) of the regularised lower incomplete gamma function. Domain: 0 < a < 1e30, x >= 0; elsewhere NaN. Ends:
// x = 0: -inf; inf: 0.
// Method: e_gammaTail; where it gives the other tail, log(1 - e^.) of it.
fn e_logGammaP(a: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (a < 1e30) & (x >= 0.0))) { return e_nan(); }
  if (x < 1.17549435e-38) { return -e_inf(); }
  if (x > 3.4e38) { return 0.0; }
  let tail = e_gammaTail(a, x);
  return select(e_log1mExp(min(tail.x, 0.0)), tail.x, tail.z == 1.0);
}
