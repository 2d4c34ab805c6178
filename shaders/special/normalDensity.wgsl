// requires: special/expNeg.wgsl
// error: 5 ulp
// phi(x) = e^(-x^2/2) / sqrt(2 pi), x >= 0; 0 from 13.2 on, where it is denormal.
// Method: x is split by masking its low bits, or the rounding of x^2 would cost 50 ulp.
fn e_normalDensity(x: f32) -> f32 {
  let a = min(x, 14.0);
  let h = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let rest = a - h;
  return 0.39894228 * (e_expNeg(-0.5 * h * h) * e_expNeg(-rest * (h + 0.5 * rest)));
}
