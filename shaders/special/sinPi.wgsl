// error: 3 ulp
// sin(pi f) for |f| <= 1/2, unguarded: the core of the reflections of lgamma, digamma and trigamma.
// Method: f P(f^2), P minimax (relative error 3e-8, our own fit).
fn e_sinPi(f: f32) -> f32 {
  let z = f * f;
  return ((((0.07963869 * z - 0.5993457) * z + 2.5502572) * z - 5.1677203) * z + 3.1415927) * f;
}
