// requires: special/nonfinite.wgsl, special/log.wgsl, special/log1p.wgsl, special/log1pmx.wgsl, special/logBeta.wgsl
// error: 40 ulp, or 2e-5 absolute
// log(x^a y^b / B(a, b)) for y = 1 - x: the core of e_logBetaKernel and e_betaTail. Domain: a, b > 0, 0 < x, y < 1.
// The bound is for a + b < 2e4; beyond, the rounding of x b - y a adds some 1e-7 sqrt(a + b).
// Method: where a and b are at least 3, Stirling's series is subtracted analytically: a (log(1 + m) - m) and its twin
// with m = (x b - y a) / a and terms of order log(a + b), so that nothing large cancels (Loader 2000).
fn e_betaKernel(a: f32, b: f32, x: f32, y: f32) -> f32 {
  if (min(a, b) < 3.0) {
    let lx = select(e_log(x), e_log1p(-y), x > 0.5);
    let ly = select(e_log(y), e_log1p(-x), x <= 0.5);
    return (a * lx + b * ly) - e_logBeta(a, b);
  }
  let n = a + b;
  let shift = x * b - y * a;
  let za = 1.0 / (a * a);
  let zb = 1.0 / (b * b);
  let zn = 1.0 / (n * n);
  let tail = ((0.0006972338 * zn - 0.0027728085) * zn + 0.08333327) / n
    - (((0.0006972338 * za - 0.0027728085) * za + 0.08333327) / a
    + ((0.0006972338 * zb - 0.0027728085) * zb + 0.08333327) / b);
  let scale = 0.5 * (e_log(a / n) + e_log(b)) - 0.9189385;
  let ma = shift / a;
  let mb = -shift / b;
  let bendA = select(e_log(x * n / a) - ma, e_log1pmx(ma), ma > -0.5);
  let bendB = select(e_log(y * n / b) - mb, e_log1pmx(mb), mb > -0.5);
  return (a * bendA + b * bendB) + (scale + tail);
}
