// requires: special/nonfinite.wgsl
// error: 2 ulp
// e^x. Domain: all x. Ends: above 88.72283 and at inf: inf; below -87.33654 and at -inf: 0 (denormals are flushed);
// NaN stays NaN.
// Method: Cody & Waite (1980): x = n ln 2 + r with ln 2 in two parts, e^r = 1 + r + r^2 P(r) with P minimax (relative
// error 3e-9, our own fit), and 2^n added to the exponent bits. Adding 1.5 * 2^23 leaves n in the low bits; n is read
// from the bits, so that no compiler can fold (a + b) - b.
fn e_exp(x: f32) -> f32 {
  let t = x * 1.442695 + 12582912.0;
  let n = bitcast<i32>(t) - 0x4b400000;
  let k = f32(n);
  let r = (x - k * 0.693359375) + k * 2.12194440e-4;
  let q = (((0.0013820734 * r + 0.008368677) * r + 0.041668266) * r + 0.16666521) * r + 0.49999994;
  let p = q * (r * r) + r + 1.0;
  var y = bitcast<f32>(bitcast<i32>(p) + n * 8388608);
  y = select(y, 0.0, x < -87.33654);
  y = select(y, e_inf(), x > 88.72283);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
