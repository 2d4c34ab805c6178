// requires: special/expNeg.wgsl
// error: 3 ulp
// erf x. Domain: all x. Ends: -inf, inf: -1, 1; NaN stays NaN; denormals: 0.
// Method: |x| < 1: x + x P(x^2); beyond: 1 - e^-Q(|x|) with Q ~ -log erfc on [0.9, 4]. P and Q minimax, our own fits
// (relative errors 4e-8 and, weighted by erfc, 2e-9).
fn e_erf(x: f32) -> f32 {
  let a = select(4.0, abs(x), abs(x) < 4.0);
  let z = x * x;
  var p = -0.00055618526 * z + 0.004899644;
  p = p * z - 0.026695084;
  p = p * z + 0.11279576;
  p = p * z - 0.37612247;
  p = p * z + 0.1283791;
  var q = -0.00019719606 * a + 0.0030557073;
  q = q * a - 0.022277365;
  q = q * a + 0.104037754;
  q = q * a + 0.63705945;
  q = q * a + 1.1277497;
  q = q * a + 0.00017747607;
  let far = bitcast<f32>(bitcast<u32>(1.0 - e_expNeg(-q)) | (bitcast<u32>(x) & 0x80000000u));
  let y = select(far, x * p + x, abs(x) < 1.0);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
