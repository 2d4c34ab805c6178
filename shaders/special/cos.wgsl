// requires: special/nonfinite.wgsl
// error: 3 ulp, or 1e-7 absolute
// cos x. Domain: |x| <= 1e4 for the stated error; it decays beyond (the result stays in [-1, 1]).
// Ends: inf and NaN: NaN. The absolute bound is for results near zero.
// Method: x = n pi/2 + r with pi/2 in three parts (Cody & Waite 1980), n read from the bits of x 2/pi + 1.5 * 2^23;
// minimax polynomials for sine and cosine on [-pi/4, pi/4] (errors 4e-9 and 1e-10, our own fits).
fn e_cos(x: f32) -> f32 {
  let n = bitcast<i32>(x * 0.63661977 + 12582912.0) - 0x4b400000;
  let k = f32(n);
  let d = ((x - k * 1.5703125) - k * 4.8375129699707031e-4) - k * 7.5497899548918822e-8;
  let r = select(0.0, d, abs(d) < 0.8);
  let z = r * r;
  let s = ((-0.00019517909 * z + 0.008332187) * z - 0.16666655) * z * r + r;
  let c = ((2.4430668e-5 * z - 0.0013887301) * z + 0.041666646) * (z * z) - 0.5 * z + 1.0;
  let q = bitcast<u32>((n + 1));
  let y = bitcast<u32>(select(s, c, (q & 1u) == 1u)) ^ ((q & 2u) * 0x40000000u);
  return select(bitcast<f32>(y), e_nan(), (bitcast<i32>(x) & 0x7fffffff) >= 0x7f800000);
}
