// requires: special/nonfinite.wgsl, special/lgammaCore.wgsl, special/log.wgsl, special/log1p.wgsl
// error: 8 ulp, or 1e-6 absolute
// log B(a, b) = log gamma(a) + log gamma(b) - log gamma(a + b). Domain: a, b > 0. Ends: a or b = 0: inf; negative or
// NaN: NaN; a or b = inf: -inf.
// Method: DiDonato & Morris (1992): with p <= q the arguments, Stirling's series is subtracted analytically where q (or
// both) is at least 3, so that nothing large cancels.
fn e_logBeta(a: f32, b: f32) -> f32 {
  let p = min(a, b);
  let q = max(a, b);
  var y = 0.0;
  if (q < 3.0) {
    y = (e_lgammaCore(p) - e_lgammaCore(p + q)) + e_lgammaCore(q);
  } else {
    let zq = 1.0 / (q * q);
    let s = p + q;
    let zs = 1.0 / (s * s);
    let tail = ((0.0006972338 * zq - 0.0027728085) * zq + 0.08333327) / q
      - ((0.0006972338 * zs - 0.0027728085) * zs + 0.08333327) / s;
    if (p < 3.0) {
      y = (e_lgammaCore(p) - p * (e_log(q) - 1.0)) - ((s - 0.5) * e_log1p(p / q) - tail);
    } else {
      let zp = 1.0 / (p * p);
      let tp = ((0.0006972338 * zp - 0.0027728085) * zp + 0.08333327) / p;
      y = ((p - 0.5) * e_log(p / s) - 0.5 * e_log(q)) - (q * e_log1p(p / q) - (0.91893853 + (tail + tp)));
    }
  }
  let bits = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
  y = select(y, -e_inf(), bits == 0x7f800000u);
  y = select(y, e_inf(), p < 1.17549435e-38);
  return select(y, e_nan(), (bits > 0x7f800000u) | (a < 0.0) | (b < 0.0));
}
