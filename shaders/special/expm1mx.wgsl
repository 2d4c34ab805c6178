// requires: special/expm1.wgsl
// error: 6 ulp
// e^x - 1 - x. Domain: all x, not NaN. Ends: inf and above 88.7: inf; -inf: inf.
// Method: |x| < 1: x^2 P(x), P minimax (relative error 4e-9, our own fit); beyond from e_expm1.
fn e_expm1mx(x: f32) -> f32 {
  var p = 2.7722856e-6 * x + 2.5354831e-5;
  p = p * x + 0.00019844023;
  p = p * x + 0.0013885451;
  p = p * x + 0.0083333105;
  p = p * x + 0.041666735;
  p = p * x + 0.16666667;
  p = p * x + 0.5;
  return select(e_expm1(x) - x, p * x * x, abs(x) < 1.0);
}
