// error: exact
// True for NaN, by the bits: WGSL compilers may assume that no NaN exists and fold `x != x` to false.
fn e_isNaN(x: f32) -> bool {
  return (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000;
}
