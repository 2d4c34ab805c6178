// requires: special/nonfinite.wgsl, special/betaKernel.wgsl
// error: 40 ulp, or 2e-5 absolute
// log(x^a (1 - x)^b / B(a, b)): the logarithm of x(1 - x) times the density of a beta(a, b) variate. Domain: a, b > 0,
// a + b < 1e18, 0 <= x <= 1; elsewhere NaN. Ends: x = 0 or 1: -inf. The bound is for a + b < 2e4.
// Method: e_betaKernel.
fn e_logBetaKernel(a: f32, b: f32, x: f32) -> f32 {
  if (!((a > 0.0) & (b > 0.0) & (a + b < 1e18) & (x >= 0.0) & (x <= 1.0))) { return e_nan(); }
  if ((x < 1.17549435e-38) | (x == 1.0)) { return -e_inf(); }
  return e_betaKernel(a, b, x, 1.0 - x);
}
