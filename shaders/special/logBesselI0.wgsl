// requires: special/log.wgsl, special/log1p.wgsl
// error: 4 ulp
// log I_0(x), the modified Bessel function of the first kind. Domain: all x (even). Ends: -inf, inf: inf; NaN stays
// NaN.
// Method: |x| < 6: the power series (Abramowitz & Stegun 9.6.12) by Horner's rule, log1p of all but its 1; beyond
// |x| - log sqrt(2 pi |x|) + Q(1/|x|) / |x|, Q minimax (absolute error 2e-8, our own fit).
fn e_logBesselI0(x: f32) -> f32 {
  let a = abs(x);
  let q = 0.25 * a * a;
  var y = 0.0;
  if (a < 6.0) {
    var s = 0.0;
    for (var k = 15.0; k > 0.0; k -= 1.0) { s = q / (k * k) * (1.0 + s); }
    y = e_log1p(s);
  } else {
    let u = 1.0 / a;
    var p = 2.2305622 * u + 0.2584418;
    p = p * u + 0.02662946;
    p = p * u + 0.07371561;
    p = p * u + 0.06215471;
    p = p * u + 0.12500413;
    y = a - (0.5 * e_log(a) + (0.9189385 - p * u));
  }
  y = select(y, a, a > 1e30);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
