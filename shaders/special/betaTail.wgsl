// requires: special/log.wgsl, special/log1p.wgsl, special/log1pmx.wgsl, special/expNeg.wgsl, special/expm1.wgsl, special/expm1mx.wgsl, special/logMinusDigamma.wgsl, special/gaussLegendre.wgsl, special/betaKernel.wgsl
// error: 40 ulp, or 1e-5 absolute
// The tail of a beta(a, b) variate below x = 1 - y, meant for tails of no more than about half of all: its logarithm and
// the derivatives of that in a and b. Domain: a, b > 0, a + b < 1e18, 0 < x, y < 1.
// Method: x^a y^b / B(a, b) times the integral over v = logit x - logit t of e^-h, h(v) = a v + (a + b) log(y + x e^-v),
// which is convex, by Gauss-Legendre in panels to where h is 19; the derivatives are the tail's means of log t and
// log(1 - t) less those over the whole interval. a < 1 goes by I_x(a, b) = I_x(a + 1, b) + x^a y^b / (a B(a, b)). See
// src/cpu/special/incompleteBeta.ts.
fn e_betaTail(a: f32, b: f32, x: f32, y: f32) -> vec3<f32> {
  let shifted = a < 1.0;
  let first = select(a, a + 1.0, shifted);
  let total = first + b;
  let slope = first * y - b * x;
  let left = x <= 0.5;
  var end = (19.0 - total * select(e_log(y), e_log1p(-x), left)) / first;
  if (slope >= 0.0) {
    let sum = slope + total * x * y;
    let rest = 19.0 - 2.0 * slope;
    let root = sqrt(rest * rest + 152.0 * sum);
    end = min(end, select(76.0 / (root - rest), (rest + root) / (2.0 * sum), rest > 0.0));
  }
  // Newton's method from the right of the root of a convex function stays there.
  for (var k = 0; k < 4; k++) {
    let rise = e_expm1(min(end, 80.0));
    let share = select(e_log1p(y * rise) - end, e_log1p(-x * rise / (1.0 + rise)), left);
    let excess = first * end + total * share - 19.0;
    let derivative = first - total * x / (x + y * (1.0 + rise));
    if ((excess <= 0.0) | (derivative <= 0.0)) { break; }
    end -= excess / derivative;
  }
  // Bounded, whatever the arguments: a kernel must end.
  let panels = clamp(ceil(end * 0.25), 1.0, 64.0);
  let width = end / panels;
  var mass = 0.0;
  var logT = 0.0;
  var logRest = 0.0;
  for (var start = 0.0; start < panels; start += 1.0) {
    for (var i = 0u; i < 14u; i++) {
      let node = e_gaussLegendre(i);
      let v = (start + node.x) * width;
      // log(y + x e^-v) from whichever of x and y is the smaller; w is never below -1/2.
      let signed = select(v, -v, left);
      let w = select(y, x, left) * e_expm1(signed);
      let log1pw = e_log1p(w);
      let share = select(log1pw - v, log1pw, left);
      let line = select(y, x, left);
      let bend = select(log1pw - line * signed, e_log1pmx(w) + line * e_expm1mx(signed), w < 1.0);
      let part = node.y * width * e_expNeg(min(-slope * v - total * bend, 60.0));
      mass += part;
      logT += part * (v + share);
      logRest -= part * share;
    }
  }
  let step = x * (1.0 + b / a);
  let whole = select(mass, 1.0 / a + step * mass, shifted);
  let byA = select(logT, (1.0 / a + (x * b * mass) / a) / a + step * logT, shifted);
  let byB = select(logRest, (x / a) * mass + step * logRest, shifted);
  let all = a + b;
  let ma = (x * b - y * a) / a;
  let mb = (y * a - x * b) / b;
  let rest = e_logMinusDigamma(all);
  let ratioA = select(e_log(x * all / a), e_log1p(ma), abs(ma) < 0.5);
  let ratioB = select(e_log(y * all / b), e_log1p(mb), abs(mb) < 0.5);
  return vec3<f32>(
    e_betaKernel(a, b, x, y) + e_log(whole),
    ratioA + (e_logMinusDigamma(a) - rest) - byA / whole,
    ratioB + (e_logMinusDigamma(b) - rest) + byB / whole,
  );
}
