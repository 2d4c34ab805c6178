// error: 4 ulp
// I_1(x) / I_0(x), the derivative of log I_0 and the mean resultant length of a von Mises law. Domain: all x (odd).
// Ends: -inf, inf: -1, 1; NaN stays NaN.
// Method: |x| < 6: Gauss' continued fraction, r_k = x / (2k + x r_(k+1)) (Amos 1974), backwards from k = 16; beyond
// 1 - P(1/|x|) / |x|, P minimax (absolute error 3e-8, our own fit).
fn e_besselRatio(x: f32) -> f32 {
  let a = min(abs(x), 1e30);
  var y = 0.0;
  if (a < 6.0) {
    for (var k = 16.0; k > 0.0; k -= 1.0) { y = a / (2.0 * k + a * y); }
  } else {
    let u = 1.0 / a;
    var p = 4.2841864 * u + 0.5505312;
    p = p * u + 0.039608367;
    p = p * u + 0.1425652;
    p = p * u + 0.12430071;
    p = p * u + 0.50000834;
    y = 1.0 - p * u;
  }
  let signed = bitcast<f32>(bitcast<u32>(y) | (bitcast<u32>(x) & 0x80000000u));
  return select(signed, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
