// error: exact
// Infinity and NaN as values. WGSL rejects constant expressions that are not finite, so the bits go through a `var`.
// Two functions, one idea: every other leaf takes its non-finite values from here.
fn e_inf() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}

fn e_nan() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}
