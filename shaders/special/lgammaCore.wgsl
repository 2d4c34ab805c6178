// requires: special/log.wgsl
// error: 6 ulp
// log gamma(x) for 0 < x < 4.08e36, unguarded: the core of e_lgamma, e_logFactorial, e_logBeta.
// Method: [1, 3): log gamma(1 + d) = d (d - 1) N(d) / D(d), the zeros factored out, N / D minimax (relative error 1e-8,
// our own fit); (0, 1) by log gamma(x) = log gamma(1 + x) - log x; from 3 on Stirling's series (Abramowitz & Stegun
// 6.1.41), its tail refitted. One logarithm and one division serve all three.
fn e_lgammaCore(x: f32) -> f32 {
  let l = e_log(x);
  let d = select(x - 1.0, x, x < 1.0);
  let num = (((-0.000116683106 * d + 0.0047794986) * d + 0.17665254) * d + 0.6674259) * d + 0.5772157;
  let den = ((0.0830211 * d + 0.70858324) * d + 1.5811718) * d + 1.0;
  let inverse = 1.0 / select(den, x, x >= 3.0);
  let z = inverse * inverse;
  let near = (d * (d - 1.0)) * (num * inverse) - select(0.0, l, x < 1.0);
  let tail = ((0.0006972338 * z - 0.0027728085) * z + 0.08333327) * inverse;
  let far = (x - 0.5) * (l - 1.0) + (tail + 0.41893853);
  return select(near, far, x >= 3.0);
}
