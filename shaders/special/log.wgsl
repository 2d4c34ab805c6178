// requires: special/nonfinite.wgsl, special/logCore.wgsl
// error: 2 ulp
// log x. Domain: x > 0. Ends: 0 (either sign) and denormals: -inf; negative: NaN; inf: inf; NaN stays NaN.
// Method: x = 2^k m with sqrt(1/2) <= m < sqrt(2) from the bits, then e_logCore(m - 1, k). e = 2^23 k: no shifts, which
// software adapters do lane by lane.
fn e_log(x: f32) -> f32 {
  let b = bitcast<u32>(x);
  let e = (b - 0x3f3504f3u) & 0xff800000u;
  let k = f32(bitcast<i32>(e)) * 1.1920928955078125e-7;
  let y = e_logCore(bitcast<f32>(b - e) - 1.0, k);
  // One comparison for zero, denormal, negative, infinite and NaN.
  let end = select(select(e_nan(), x, b == 0x7f800000u), -e_inf(), (b & 0x7fffffffu) < 0x00800000u);
  return select(y, end, bitcast<i32>(b + 0x7f800000u) >= -16777216);
}
