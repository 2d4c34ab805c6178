// error: 3 ulp
// 1 / (1 + e^-x), given t = e^-|x|: 1 / (1 + t) on the right and t / (1 + t) on the left, no overflow. Ends: -inf: 0; inf: 1;
// NaN stays NaN, whatever t.
fn e_sigmoid(x: f32, t: f32) -> f32 {
  let y = select(t, 1.0, x >= 0.0) / (1.0 + t);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
