// requires: special/nonfinite.wgsl, special/logCore.wgsl
// error: 2 ulp
// log(1 + x). Domain: x > -1. Ends: -1: -inf; below -1: NaN; inf: inf; NaN stays NaN; denormals: 0.
// Method: k from the bits of 1 + x; then the reduced argument f = 2^-k x + (2^-k - 1) is formed from x itself, so the
// rounding of 1 + x never enters and no compensated sum is needed. (Beyond 2^64, where 2^-k may be denormal, from 1 +
// x.)
fn e_log1p(x: f32) -> f32 {
  let b = bitcast<u32>(1.0 + x);
  let e = (b - 0x3f3504f3u) & 0xff800000u;
  let k = f32(bitcast<i32>(e)) * 1.1920928955078125e-7;
  let s = bitcast<f32>(0x3f800000u - e);
  let y = e_logCore(select(x * s + (s - 1.0), bitcast<f32>(b - e) - 1.0, k > 64.0), k);
  let end = select(select(e_nan(), e_inf(), b == 0x7f800000u), -e_inf(), (b & 0x7fffffffu) == 0u);
  return select(y, end, bitcast<i32>(b + 0x7f800000u) >= -16777216);
}
