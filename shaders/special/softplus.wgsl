// requires: special/expNeg.wgsl, special/logCore.wgsl
// error: 3 ulp
// log(1 + e^x) = max(x, 0) + log(1 + t), t = e^-|x|. Domain: all x. Ends: -inf: 0; inf: inf; NaN stays NaN.
// Method: one exponential; 1 + t lies in [1, 2], so the logarithm's reduction is a comparison.
fn e_softplus(x: f32) -> f32 {
  let t = e_expNeg(-abs(x));
  let big = t > 0.41421356;
  let l = e_logCore(select(t, 0.5 * t - 0.5, big), select(0.0, 1.0, big));
  let y = select(l, x + l, x > 0.0);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
