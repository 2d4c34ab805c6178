// requires: special/nonfinite.wgsl, special/log.wgsl, special/sinPi.wgsl, special/lgammaCore.wgsl
// error: 6 ulp, or 3e-6 absolute
// log |gamma(x)|. Domain: all x but the poles 0, -1, -2, ... Ends: poles, -inf, inf and above 4.08e36: inf; NaN stays
// NaN. For x > 0 the relative bound holds throughout, also at the zeros x = 1 and x = 2; the absolute one is for
// negative x.
// Method: e_lgammaCore; x < 0 by reflection (Abramowitz & Stegun 6.1.17).
fn e_lgamma(x: f32) -> f32 {
  let a = abs(x);
  var y = e_lgammaCore(a);
  if (x < 0.0) {
    let part = a - floor(a);
    let s = e_sinPi(select(part, 1.0 - part, part > 0.5));
    y = select(((1.14472989 - e_log(s)) - e_log(a)) - y, e_inf(), part == 0.0);
  }
  y = select(y, e_inf(), (a > 4.08e36) | (a < 1.17549435e-38));
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
