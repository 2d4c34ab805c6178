// requires: special/log.wgsl, special/nonfinite.wgsl
// error: 3 ulp, or 3e-7 absolute
// The log-sum-exp of a state of e_lseMerge: maximum + log(sum). Ends: nothing but -inf (or nothing at all): -inf;
// any inf: inf; any NaN: NaN.
fn e_lseFinish(state: vec2<f32>) -> f32 {
  let mBits = bitcast<u32>(state.x) & 0x7fffffffu;
  let y = select(state.x + e_log(state.y), state.x, mBits >= 0x7f800000u);
  return select(y, e_nan(), (bitcast<i32>(state.y) & 0x7fffffff) > 0x7f800000);
}
