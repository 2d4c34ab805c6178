// requires: special/log1pUnit.wgsl
// error: 3 ulp
// log(1 / (1 + e^-x)) = min(x, 0) - log(1 + t), given t = e^-|x|. Ends: -inf: -inf; inf: 0; NaN stays NaN, whatever t.
// Method: t is at most 1, so the logarithm needs no reduction (e_log1pUnit).
fn e_logSigmoid(x: f32, t: f32) -> f32 {
  let l = e_log1pUnit(t);
  let y = select(-l, x - l, x < 0.0);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
