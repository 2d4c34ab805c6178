// requires: special/expNeg.wgsl, special/logCore.wgsl, special/nonfinite.wgsl
// error: 3 ulp, or 3e-7 absolute
// log(e^a + e^b) = max + log(1 + e^-|a - b|). Domain: all a, b. Ends: both -inf: -inf; either inf: inf; either NaN: NaN.
// The absolute bound is for results near zero, where max and the logarithm cancel.
fn e_logAddExp(a: f32, b: f32) -> f32 {
  let top = select(b, a, a > b);
  let t = e_expNeg(-abs(a - b));
  let big = t > 0.41421356;
  let l = e_logCore(select(t, 0.5 * t - 0.5, big), select(0.0, 1.0, big));
  let ab = bitcast<u32>(a) & 0x7fffffffu;
  let bb = bitcast<u32>(b) & 0x7fffffffu;
  let y = select(top + l, top, (bitcast<i32>(top) & 0x7fffffff) >= 0x7f800000);
  return select(y, e_nan(), max(ab, bb) > 0x7f800000u);
}
