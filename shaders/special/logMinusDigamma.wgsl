// requires: special/log.wgsl, special/digamma.wgsl
// error: 16 ulp
// log x - psi(x), of order 1/x. Domain: x > 0 and finite.
// Method: from 3 on the asymptotic series (Abramowitz & Stegun 6.3.18), refitted as in e_digamma; below the difference.
fn e_logMinusDigamma(x: f32) -> f32 {
  let inverse = 1.0 / x;
  let z = inverse * inverse;
  if (x >= 3.0) { return 0.5 * inverse + ((0.003264926 * z - 0.008291668) * z + 0.083332606) * z; }
  return e_log(x) - e_digamma(x);
}
