// error: exact
// True unless x is NaN or infinite, by the bits.
fn e_isFinite(x: f32) -> bool {
  return (bitcast<i32>(x) & 0x7fffffff) < 0x7f800000;
}
