// requires: special/log.wgsl, special/log1p.wgsl, special/expNeg.wgsl, special/expm1mx.wgsl, special/logMinusDigamma.wgsl, special/gaussLegendre.wgsl, special/logGammaKernel.wgsl
// error: 20 ulp, or 4e-6 absolute
// The smaller tail, more or less, of a gamma(a, 1) variate at x: its logarithm, the derivative of that in a, 1 for
// the tail below x or 0 for that above, and d log x / da of a variate that keeps its place. Domain: 0 < a < 1e30, 0 < x < inf.
// Method: x^a e^-x / gamma(a) times the integral over v = +- log(t / x) of e^-h, h(v) = +-(x - a) v + x (e^+-v - 1 -+ v),
// which is convex, by Gauss-Legendre in panels to where h is 19; the derivative is the tail's mean of log t less
// psi(a). Below x, a < 1 goes by P(a, x) = P(a + 1, x) + x^a e^-x / gamma(a + 1). See src/cpu/special/incompleteGamma.ts.
fn e_gammaTail(a: f32, x: f32) -> vec4<f32> {
  let below = (x < a) & ((a >= 1.0) | (a * e_log(x) < -0.7));
  let shifted = below & (a < 1.0);
  let shape = select(a, a + 1.0, shifted);
  let sign = select(1.0, -1.0, below);
  let slope = sign * (x - shape);
  var end = 0.0;
  if (below) {
    let rest = 19.0 - 2.0 * slope;
    let root = sqrt(rest * rest + 152.0 * shape);
    end = select(76.0 / (root - rest), (rest + root) / (2.0 * shape), rest > 0.0);
  } else {
    let root = sqrt(slope * slope + 38.0 * x);
    end = select((root - slope) / x, 38.0 / (slope + root), slope > 0.0);
    for (var k = 0; k < 4; k++) { end = min(end, e_log1p((19.0 + shape * end) / x)); }
  }
  // Bounded, whatever the arguments: a kernel must end.
  let panels = clamp(ceil(end * 0.25), 1.0, 64.0);
  let width = end / panels;
  var mass = 0.0;
  var moment = 0.0;
  for (var start = 0.0; start < panels; start += 1.0) {
    for (var i = 0u; i < 14u; i++) {
      let node = e_gaussLegendre(i);
      let v = (start + node.x) * width;
      let part = node.y * width * e_expNeg(min(-slope * v - x * e_expm1mx(sign * v), 60.0));
      mass += part;
      moment += part * v;
    }
  }
  let whole = select(mass, (1.0 + x * mass) / a, shifted);
  let first = select(moment, (whole + x * moment) / a, shifted);
  let m = (x - a) / a;
  let ratio = select(e_log(x) - e_log(a), e_log1p(m), (a >= 1.0) & (abs(m) < 0.5));
  let mean = ratio + e_logMinusDigamma(a);
  return vec4<f32>(
    e_logGammaKernel(a, x) + e_log(whole),
    mean + sign * first / whole,
    select(0.0, 1.0, below),
    sign * whole * mean + first,
  );
}
