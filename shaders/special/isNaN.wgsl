// error: exact
// True for NaN, by the bits: WGSL compilers may assume that no NaN exists and fold `x != x` to false.
fn e_isNaN(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
