// error: 4 ulp
// tanh x. Domain: all x. Ends: -inf, inf: -1, 1; NaN stays NaN; denormals: 0.
// Method: with a = |x| and y = e^(-2a) - 1 in (-1, 0], tanh a = -y / (2 + y); y as in e_expm1 (Cody & Waite 1980), so
// small arguments keep their relative accuracy without a branch.
fn e_tanh(v: f32) -> f32 {
  let x = select(-30.0, -2.0 * abs(v), abs(v) < 15.0);
  let t = x * 1.442695 + 12582912.0;
  let n = bitcast<i32>(t) - 0x4b400000;
  let k = f32(n);
  let r = (x - k * 0.693359375) + k * 2.12194440e-4;
  let q = ((((0.0013870657 * r + 0.008366262) * r + 0.041667435) * r + 0.16666546) * r + 0.49999997) * (r * r) + r;
  let s = bitcast<f32>((n + 127) * 8388608);
  let e = s * q + (s - 1.0);
  let y = bitcast<u32>(-e / (2.0 + e)) | (bitcast<u32>(v) & 0x80000000u);
  return select(bitcast<f32>(y), v, (bitcast<i32>(v) & 0x7fffffff) > 0x7f800000);
}
