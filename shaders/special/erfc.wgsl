// error: 5 ulp
// 1 - erf x, with relative accuracy in the right tail. Domain: all x. Ends: -inf: 2; inf and above 9.19 (where the
// result would be denormal): 0; NaN stays NaN.
// Method: for a = |x|, (1 + 2a) e^(a^2) erfc(a) is a polynomial in (a - 2) / (a + 2) (the map of Shepherd & Laframboise
// 1981; minimax, relative error 2e-8, our own fit). a^2 is split by masking the low bits of a, and both parts enter the
// Cody-Waite reduction of the exponential, or a^2 would cost 50 ulp. Left: 2 - erfc(a).
fn e_erfc(v: f32) -> f32 {
  let a = select(9.3, abs(v), abs(v) < 9.3);
  let u = (a - 2.0) / (a + 2.0);
  var p = -0.00040600027 * u - 0.0012402787;
  p = p * u + 0.0013144576;
  p = p * u + 0.008642022;
  p = p * u - 0.008057792;
  p = p * u - 0.054207895;
  p = p * u + 0.16405456;
  p = p * u - 0.16603093;
  p = p * u - 0.092763916;
  p = p * u + 1.2769784;
  let h = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let x = -h * h;
  let t = x * 1.442695 + 12582912.0;
  let n = bitcast<i32>(t) - 0x4b400000;
  let k = f32(n);
  let r = ((x - k * 0.693359375) + k * 2.12194440e-4) - (a - h) * (a + h);
  let q = (((0.0013820734 * r + 0.008368677) * r + 0.041668266) * r + 0.16666521) * r + 0.49999994;
  let e = q * (r * r) + r + 1.0;
  var y = p / (1.0 + 2.0 * a) * bitcast<f32>(bitcast<i32>(e) + n * 8388608);
  y = select(y, 0.0, abs(v) > 9.25);
  y = select(y, 2.0 - y, v < 0.0);
  return select(y, v, (bitcast<i32>(v) & 0x7fffffff) > 0x7f800000);
}
