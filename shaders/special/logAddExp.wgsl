// requires: special/expNeg.wgsl, special/log1pUnit.wgsl, special/nonfinite.wgsl
// error: 3 ulp, or 3e-7 absolute
// log(e^a + e^b) = max + log(1 + e^-|a - b|). Domain: all a, b. Ends: both -inf: -inf; either inf: inf; either NaN:
// NaN.
// The absolute bound is for results near zero, where max and the logarithm cancel.
fn e_logAddExp(a: f32, b: f32) -> f32 {
  let top = select(b, a, a > b);
  let l = e_log1pUnit(e_expNeg(-abs(a - b)));
  let y = select(top + l, top, (bitcast<i32>(top) & 0x7fffffff) >= 0x7f800000);
  let isNaN = ((bitcast<i32>(a) & 0x7fffffff) > 0x7f800000) | ((bitcast<i32>(b) & 0x7fffffff) > 0x7f800000);
  return select(y, e_nan(), isNaN);
}
