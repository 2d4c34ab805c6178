// error: exact
// True unless x is NaN or infinite, by the bits.
fn e_isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}
