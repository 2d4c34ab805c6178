// requires: special/nonfinite.wgsl, special/logCore.wgsl
// error: 2 ulp
// log x. Domain: x > 0. Ends: 0 (either sign) and denormals: -inf; negative: NaN; inf: inf; NaN stays NaN.
// Method: x = 2^k m with sqrt(1/2) <= m < sqrt(2) from the bits, then e_logCore(m - 1, k).
fn e_log(x: f32) -> f32 {
  let b = bitcast<u32>(x);
  let k = bitcast<i32>(b - 0x3f3504f3u) >> 23u;
  let m = bitcast<f32>(b - (bitcast<u32>(k) << 23u));
  let y = e_logCore(m - 1.0, f32(k));
  let end = select(select(e_nan(), x, b == 0x7f800000u), -e_inf(), (b & 0x7fffffffu) < 0x00800000u);
  return select(y, end, b - 0x00800000u >= 0x7f000000u);
}
