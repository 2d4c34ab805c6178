// requires: special/nonfinite.wgsl, special/sinPi.wgsl
// error: 7 ulp
// psi'(x) = d^2/dx^2 log gamma(x). Domain: all x but the poles 0, -1, -2, ... Ends: poles: inf; inf: 0; -inf: NaN; NaN
// stays NaN; below 5.43e-20: inf.
// Method: [1, 3): N(d) / D(d), d = x - 1, minimax (relative error 5e-9, our own fit); (0, 1) by psi'(x) = psi'(1 + x) +
// 1/x^2; from 3 on the asymptotic series (Abramowitz & Stegun 6.4.12), refitted; x < 0 by reflection (6.4.7).
fn e_trigamma(x: f32) -> f32 {
  let a = abs(x);
  let d = select(a - 1.0, a, a < 1.0);
  let num = ((0.49827832 * d + 2.0801194) * d + 3.089364) * d + 1.644934;
  let den = (((0.49828744 * d + 2.3291478) * d + 4.1716027) * d + 3.339634) * d + 1.0;
  let inverse = 1.0 / a;
  let z = inverse * inverse;
  let near = num / den + select(0.0, z, a < 1.0);
  let tail = (((-0.020370701 * z + 0.022787424) * z - 0.033298995) * z + 0.1666663) * z;
  let far = (tail + (0.5 * inverse + 1.0)) * inverse;
  var y = select(near, far, a >= 3.0);
  if (x < 0.0) {
    let part = a - floor(a);
    let s = 3.14159265 / e_sinPi(select(part, 1.0 - part, part > 0.5));
    y = select(s * s - (y - z), e_inf(), part == 0.0);
  }
  y = select(y, e_inf(), a < 5.42102e-20);
  y = select(y, e_nan(), bitcast<u32>(x) == 0xff800000u);
  return select(y, x, (bitcast<i32>(x) & 0x7fffffff) > 0x7f800000);
}
