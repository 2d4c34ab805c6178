// requires: special/log.wgsl
// error: exact
// Whether of the two tails of a beta(a, b) variate at x = 1 - y the one below x is the one to integrate: it is no more
// than about half of all. A rule of thumb, which cannot be wrong: either tail gives the other.
fn e_betaIsBelow(a: f32, b: f32, x: f32, y: f32) -> bool {
  let n = a + b;
  return select((b < 1.0) & (b * e_log(y * n) >= -0.7), (a >= 1.0) | (a * e_log(x * n) < -0.7), x * b <= y * a);
}
