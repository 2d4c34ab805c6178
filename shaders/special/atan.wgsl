// error: 3 ulp
// The arc tangent. Domain: all x. Ends: -inf, inf: -pi/2, pi/2; NaN stays NaN; denormals: 0.
// Method: reduction by pi/4 and pi/2 to |t| <= tan(pi/8) with one division (Cephes), then t + t^3 P(t^2), P minimax
// (relative error 2e-8, our own fit).
fn e_atan(x: f32) -> f32 {
  let a = select(1e30, abs(x), abs(x) < 1e30);
  let steep = a > 2.41421356;
  let middle = (a > 0.41421356) & !steep;
  let t = select(select(a, a - 1.0, middle), -1.0, steep) / select(select(1.0, a + 1.0, middle), a, steep);
  let base = select(select(0.0, 0.78539816, middle), 1.57079633, steep);
  let z = t * t;
  var p = 0.08050193 * z - 0.13876627;
  p = p * z + 0.19977617;
  p = p * z - 0.33332947;
  let y = bitcast<u32>(base + (p * z * t + t)) | (bitcast<u32>(x) & 0x80000000u);
  return select(bitcast<f32>(y), x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
