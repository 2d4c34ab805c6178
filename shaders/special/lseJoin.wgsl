// requires: special/expNeg.wgsl
// error: 3 ulp
// Two states of e_lseMerge into one: what a tree reduction of a log-sum-exp needs. One exponential.
// Ends: an empty state changes nothing; inf and NaN behave as in e_lseMerge.
fn e_lseJoin(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  // Not finite where a maximum is not.
  let d = bitcast<i32>(b.x - a.x) & 0x7fffffff;
  let t = select(e_expNeg(-bitcast<f32>(d)), 0.0, d >= 0x7f800000);
  let rises = b.x > a.x;
  return vec2<f32>(select(a.x, b.x, rises), select(b.y * t + a.y, a.y * t + b.y, rises));
}
