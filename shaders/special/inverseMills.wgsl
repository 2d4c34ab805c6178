// requires: special/normalTail.wgsl, special/normalDensity.wgsl
// error: 6 ulp
// phi(x) / Phi(x), the derivative of log Phi. Domain: all x. Ends: -inf: inf; inf and above 13.1: 0; NaN stays NaN.
// Method: Mills' ratio M: left of 0 it is 1 / M(-x), right of it phi(x) / (1 - phi(x) M(x)).
fn e_inverseMills(x: f32) -> f32 {
  let a = abs(x);
  let tail = e_normalTail(a);
  let density = e_normalDensity(a);
  let y = select(select(1.0 / tail, a, a > 1e20), select(density / (1.0 - density * tail), 0.0, x > 13.1), x >= 0.0);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
