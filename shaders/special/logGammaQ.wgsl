// requires: special/nonfinite.wgsl, special/log1mExp.wgsl, special/gammaTail.wgsl
// error: 20 ulp, or 5e-6 absolute
// log Q(a, x) of the regularised upper incomplete gamma function. Domain: 0 < a < 1e30, x >= 0; elsewhere NaN. Ends:
// x = 0: 0; inf: -inf.
// Method: e_gammaTail; where it gives the other tail, log(1 - e^.) of it.
fn e_logGammaQ(a: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (a < 1e30) & (x >= 0.0))) { return e_nan(); }
  if (x < 1.17549435e-38) { return 0.0; }
  if (x > 3.4e38) { return -e_inf(); }
  let tail = e_gammaTail(a, x);
  return select(e_log1mExp(min(tail.x, 0.0)), tail.x, tail.z == 0.0);
}
