// requires: special/nonfinite.wgsl
// error: exact
// The state of a log-sum-exp over nothing: (maximum, sum of e^(x - maximum)) = (-inf, 0).
fn e_lseEmpty() -> vec2<f32> {
  return vec2<f32>(-e_inf(), 0.0);
}
