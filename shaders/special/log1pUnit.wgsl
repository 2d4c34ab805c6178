// error: 2 ulp
// log(1 + t) for 0 <= t <= 1, unguarded: the core of softplus, logSigmoid and logAddExp, where t is an e_expNeg.
// Method: t + t^2 P(t), P minimax (relative error 3e-8, our own fit). No reduction is needed on so short an interval.
fn e_log1pUnit(t: f32) -> f32 {
  var p = 0.0053654225 * t - 0.0300683;
  p = p * t + 0.07920883;
  p = p * t - 0.13754188;
  p = p * t + 0.19153848;
  p = p * t - 0.24857217;
  p = p * t + 0.3332133;
  p = p * t - 0.49999648;
  return p * (t * t) + t;
}
