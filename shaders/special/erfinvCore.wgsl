// requires: special/logCore.wgsl
// error: 5 ulp
// erfinv x for |x| < 1, unguarded. Odd in x to the last bit.
// Method: Giles (2010): erfinv(x) / x as a function of w = -log((1 - x)(1 + x)): a polynomial in w - 2.5 for w < 5, in
// sqrt(w) - 3 beyond (minimax, relative errors 9e-8, our own fits). Both factors are exact where it matters, so the
// tails keep their precision.
fn e_erfinvCore(x: f32) -> f32 {
  let b = bitcast<u32>((1.0 - x) * (1.0 + x));
  let e = (b - 0x3f3504f3u) & 0xff800000u;
  let w = -e_logCore(bitcast<f32>(b - e) - 1.0, f32(bitcast<i32>(e)) * 1.1920928955078125e-7);
  let c = w - 2.5;
  var p = 2.8497045e-8 * c + 3.44043e-7;
  p = p * c - 3.5280589e-6;
  p = p * c - 4.400566e-6;
  p = p * c + 0.0002185967;
  p = p * c - 0.0012536938;
  p = p * c - 0.0041776937;
  p = p * c + 0.24664071;
  p = p * c + 1.5014094;
  if (w > 5.0) {
    let s = sqrt(w) - 3.0;
    p = -0.00016169409 * s + 7.538286e-5;
    p = p * s + 0.0013005652;
    p = p * s - 0.00364587;
    p = p * s + 0.0057589994;
    p = p * s - 0.0076317065;
    p = p * s + 0.009436243;
    p = p * s + 1.0016751;
    p = p * s + 2.832977;
  }
  return p * x;
}
