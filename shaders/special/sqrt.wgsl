// requires: special/nonfinite.wgsl
// error: 1 ulp
// The square root. Domain: x >= 0. Ends: negative: NaN; inf: inf; NaN stays NaN; denormals: 0.
// Method: the builtin, correctly rounded where divisions are; only its argument is guarded.
fn e_sqrt(x: f32) -> f32 {
  let b = bitcast<u32>(x);
  let y = sqrt(select(x, 0.0, b >= 0x7f800000u));
  let end = select(e_nan(), x, b == 0x7f800000u);
  return select(y, end, (b >= 0x7f800000u) & ((b & 0x7fffffffu) >= 0x00800000u));
}
