// requires: special/nonfinite.wgsl
// error: 6 ulp
// a^b. Domain: a > 0, or a < 0 with an integer b. Ends as Math.pow: b = 0: 1; a or b NaN: NaN; a < 0 with b not an
// integer: NaN; a = 0: 0 or inf; infinite a and b by limits, |a| = 1 with infinite b: NaN. Denormal a counts as 0,
// denormal results are 0.
// Method: log2 of a in two parts, the first of 12 bits (masked, so that its products are exact and no compiler can fold
// the splitting), b likewise; then 2^n times a polynomial as in e_exp. A single-part logarithm would lose 130 ulp.
fn e_pow(a: f32, b: f32) -> f32 {
  let aBits = bitcast<u32>(a) & 0x7fffffffu;
  let bBits = bitcast<u32>(b) & 0x7fffffffu;
  let i = (aBits - 0x3f3504f3u) & 0xff800000u;
  let k = f32(bitcast<i32>(i)) * 1.1920928955078125e-7;
  // log(1 + f) = h + l, h with 12 bits
  let f = bitcast<f32>(aBits - i) - 1.0;
  let fh = bitcast<f32>(bitcast<u32>(f) & 0xfffff000u);
  let half = 0.5 * fh * fh;
  var p = 0.067495406 * f - 0.116701834;
  p = p * f + 0.11883471;
  p = p * f - 0.12406208;
  p = p * f + 0.14220363;
  p = p * f - 0.1666799;
  p = p * f + 0.20002072;
  p = p * f - 0.2500001;
  p = p * f + 0.33333313;
  let rest = p * (f * f * f) - 0.5 * (f - fh) * (f + fh);
  let h = bitcast<f32>(bitcast<u32>(f - half) & 0xfffff000u);
  let l = ((f - h) - half) + rest;
  // log2 a = k + g + m, g with 12 bits; log2(e) = 1.4423828125 + 3.1222839e-4
  let product = h * 1.4423828125;
  let g = bitcast<f32>(bitcast<u32>(product) & 0xfffff000u);
  let m = (product - g) + (h * 3.1222839e-4 + l * 1.442695);
  // b log2 a = n + r
  let c = clamp(b, -3e10, 3e10);
  let ch = bitcast<f32>(bitcast<u32>(c) & 0xfffff000u);
  let cl = c - ch;
  let low = cl * k + (cl * g + c * m);
  let t = clamp((ch * k + ch * g) + low, -140.0, 140.0);
  let n = bitcast<i32>(t + 12582912.0) - 0x4b400000;
  let r = (((ch * k - f32(n)) + ch * g) + low) * 0.6931472;
  let q = (((0.0013820734 * r + 0.008368677) * r + 0.041668266) * r + 0.16666521) * r + 0.49999994;
  let e = q * (r * r) + r + 1.0;
  var y = bitcast<f32>(bitcast<i32>(e) + n * 8388608);
  y = select(y, 0.0, t < -126.0);
  y = select(y, e_inf(), t >= 128.0);
  // ends
  let integer = (abs(b) >= 8388608.0) | (floor(b) == b);
  let odd = integer & (abs(b) < 16777216.0) & (fract(0.5 * abs(b)) == 0.5);
  if ((aBits < 0x00800000u) | (aBits == 0x7f800000u)) {
    y = select(0.0, e_inf(), (aBits == 0x7f800000u) == (b > 0.0));
  } else if (bBits == 0x7f800000u) {
    y = select(select(0.0, e_inf(), (aBits > 0x3f800000u) == (b > 0.0)), e_nan(), aBits == 0x3f800000u);
  } else if ((a < 0.0) & !integer) {
    y = e_nan();
  }
  y = select(y, -y, (bitcast<u32>(a) >= 0x80000000u) & odd);
  y = select(y, e_nan(), max(aBits, bBits) > 0x7f800000u);
  return select(y, 1.0, bBits < 0x00800000u);
}
