// requires: special/nonfinite.wgsl
// error: 2 ulp
// e^x - 1. Domain: all x. Ends: above 88.72283 and at inf: inf; below -17.4 and at -inf: -1; NaN stays NaN;
// denormals: 0.
// Method: x = n ln 2 + r (Cody & Waite 1980), q = e^r - 1 = r + r^2 P(r) with P minimax (relative error 1e-8, our own
// fit), result 2^n q + (2^n - 1), whose terms never cancel. Half of it is formed first so that n = 128 does not
// overflow.
fn e_expm1(x: f32) -> f32 {
  let t = x * 1.442695 + 12582912.0;
  let n = bitcast<i32>(t) - 0x4b400000;
  let k = f32(n);
  let r = (x - k * 0.693359375) + k * 2.12194440e-4;
  let q = ((((0.0013870657 * r + 0.008366262) * r + 0.041667435) * r + 0.16666546) * r + 0.49999997) * (r * r) + r;
  let h = bitcast<f32>((n + 126) * 8388608);
  var y = 2.0 * (h * q + (h - 0.5));
  y = select(y, -1.0, x < -17.4);
  y = select(y, e_inf(), x > 88.72283);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
