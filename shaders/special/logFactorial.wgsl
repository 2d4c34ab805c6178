// requires: special/lgamma.wgsl
// error: 6 ulp, or 4e-7 absolute
// log n! = log gamma(n + 1). Domain: n > -1. Ends: as e_lgamma at n + 1.
fn e_logFactorial(n: f32) -> f32 {
  return e_lgamma(n + 1.0);
}
