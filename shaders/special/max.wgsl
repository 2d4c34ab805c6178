// error: exact
// The maximum of two, NaN if either is: the builtin may drop NaN.
fn e_max(a: f32, b: f32) -> f32 {
  let nan = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu) > 0x7f800000u;
  return select(max(a, b), a + b, nan);
}
