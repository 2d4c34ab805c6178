// requires: special/nonfinite.wgsl, special/log.wgsl, special/sinPi.wgsl
// error: 5 ulp, or 1e-6 absolute
// psi(x) = d/dx log gamma(x). Domain: all x but the poles 0, -1, -2, ... Ends: poles: NaN; inf: inf; -inf: NaN; NaN
// stays NaN. Relative accuracy holds at the positive zero 1.4616..., the absolute bound is for negative x.
// Method: [1, 3): psi(1 + d) = (d - d0) N(d) / D(d), N / D minimax (relative error 2e-8, our own fit);
// d0 is in two parts, the second after the product: (d - c1) - c2 is folded to d - (c1 + c2) by some compilers;
// (0, 1) by psi(x) = psi(1 + x) - 1/x; from 3 on the asymptotic series (Abramowitz & Stegun 6.3.18), refitted;
// x < 0 by reflection (6.3.7).
fn e_digamma(x: f32) -> f32 {
  let a = abs(x);
  let l = e_log(a);
  let d = select(a - 1.0, a, a < 1.0);
  let num = (((-0.00010483818 * d + 0.004504863) * d + 0.24766667) * d + 1.1856686) * d + 1.2503802;
  let den = ((0.07952671 * d + 0.7116899) * d + 1.6317933) * d + 1.0;
  let inverse = 1.0 / a;
  let z = inverse * inverse;
  let near = ((d - 0.46163213) * (num / den) - 1.2036053e-8) - select(0.0, inverse, a < 1.0);
  let far = (l - 0.5 * inverse) - ((0.003264926 * z - 0.008291668) * z + 0.083332606) * z;
  var y = select(near, far, a >= 3.0);
  if (x < 0.0) {
    let part = a - floor(a);
    let turn = select(part, part - 1.0, part > 0.5);
    let cotangent = e_sinPi(0.5 - abs(turn)) / e_sinPi(turn);
    y = select((y + inverse) + 3.14159265 * cotangent, e_nan(), part == 0.0);
  }
  y = select(y, e_inf(), bitcast<u32>(x) == 0x7f800000u);
  y = select(y, e_nan(), (a < 1.17549435e-38) | (bitcast<u32>(x) == 0xff800000u));
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
