// requires: special/expNeg.wgsl
// error: 3 ulp
// One more term in an online log-sum-exp (Milakov & Gimelshein 2018): state = (running maximum, sum of e^(x -
// maximum)), one exponential a term. The error is of the scaled sum for one merge.
// Ends: x = -inf changes nothing; x = inf makes the result inf; a NaN enters the sum and stays.
fn e_lseMerge(state: vec2<f32>, x: f32) -> vec2<f32> {
  let xBits = bitcast<i32>(x) & 0x7fffffff;
  // Not finite where x or the maximum is not.
  let d = bitcast<i32>(x - state.x) & 0x7fffffff;
  let t = select(e_expNeg(-bitcast<f32>(d)), 0.0, d >= 0x7f800000);
  let rises = (x > state.x) & (xBits <= 0x7f800000);
  let sum = select(state.y + t, state.y * t + 1.0, rises);
  return vec2<f32>(select(state.x, x, rises), select(sum, x, xBits > 0x7f800000));
}
