// requires: special/nonfinite.wgsl, special/log.wgsl, special/sin.wgsl
// error: 6 ulp, or 4e-7 absolute
// log |gamma(x)|. Domain: all x but the poles 0, -1, -2, ... Ends: poles, inf and above 4.08e36: inf; -inf: inf; NaN
// stays NaN. Near the zeros x = 1 and x = 2 the relative bound holds; the absolute one is for the zeros at negative x.
// Method: [1, 3): log gamma(1 + d) = d (d - 1) N(d) / D(d), the zeros factored out, N / D minimax (relative error 1e-8, our
// own fit); (0, 1) by log gamma(x) = log gamma(1 + x) - log x; from 3 on Stirling's series (Abramowitz & Stegun 6.1.41),
// its tail refitted; x < 0 by reflection (6.1.17).
fn e_lgamma(x: f32) -> f32 {
  let a = abs(x);
  let l = e_log(a);
  let d = select(a - 1.0, a, a < 1.0);
  let num = (((-0.000116683106 * d + 0.0047794986) * d + 0.17665254) * d + 0.6674259) * d + 0.5772157;
  let den = ((0.0830211 * d + 0.70858324) * d + 1.5811718) * d + 1.0;
  let inverse = 1.0 / select(den, a, a >= 3.0);
  let z = inverse * inverse;
  let near = (d * (d - 1.0)) * (num * inverse) - select(0.0, l, a < 1.0);
  let tail = ((0.0006972338 * z - 0.0027728085) * z + 0.08333327) * inverse;
  let far = (a - 0.5) * (l - 1.0) + (tail + 0.41893853);
  var y = select(near, far, a >= 3.0);
  if (x < 0.0) {
    let part = a - floor(a);
    let s = e_sin(3.14159265 * min(part, 1.0 - part));
    y = select(1.14472989 - e_log(a * s) - y, e_inf(), part == 0.0);
  }
  y = select(y, e_inf(), a > 4.08e36 || a < 1.17549435e-38);
  return select(y, x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
