// requires: special/nonfinite.wgsl, special/log.wgsl, special/log1pmx.wgsl, special/lgammaCore.wgsl
// error: 12 ulp, or 2e-6 absolute
// log(x^a e^-x / gamma(a)): the logarithm of x times the density of a gamma(a, 1) variate. Domain: 0 < a < 1e30, x >= 0.
// Ends: x = 0 or inf: -inf; outside and NaN: NaN.
// Method: from a = 3 on Stirling's series is subtracted analytically: a (log(1 + m) - m), m = (x - a) / a, and terms
// of order log a, so that nothing large cancels (Loader 2000).
fn e_logGammaKernel(a: f32, x: f32) -> f32 {
  let l = e_log(a);
  let z = 1.0 / (a * a);
  let tail = ((0.0006972338 * z - 0.0027728085) * z + 0.08333327) / a;
  let m = (x - a) / a;
  let bend = select(e_log(x / a) - m, e_log1pmx(m), m > -0.5);
  var y = a * bend + ((0.5 * l - 0.9189385) - tail);
  if (a < 3.0) { y = (a * e_log(x) - x) - e_lgammaCore(a); }
  y = select(y, -e_inf(), (x < 1.17549435e-38) | (x > 3.4e38));
  return select(e_nan(), y, (a > 0.0) & (x >= 0.0));
}
