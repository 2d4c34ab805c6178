// requires: special/nonfinite.wgsl, special/log.wgsl, special/log1p.wgsl, special/expm1.wgsl, special/expNeg.wgsl
// error: 4 ulp
// log(1 - e^x). Domain: x < 0. Ends: 0: -inf; positive and NaN: NaN; -inf and below -87.3: 0.
// Method: log(-(e^x - 1)) above -log 2, log1p(-e^x) below (Maechler 2012).
fn e_log1mExp(x: f32) -> f32 {
  let near = x > -0.6931472;
  let y = select(e_log1p(-e_expNeg(min(x, 0.0))), e_log(select(-e_expm1(x), -x, x > -1e-8)), near);
  return select(y, e_nan(), (x > 0.0) | ((bitcast<i32>(x) & 0x7fffffff) > 0x7f800000));
}
