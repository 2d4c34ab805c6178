// error: 2 ulp
// log(2^k (1 + f)) for an integer k and sqrt(1/2) - 1 <= f < sqrt(2) - 1: the core of log, log1p, softplus, erfinv.
// Method: log(1 + f) = f - f^2/2 + f^3 P(f), P minimax (relative error 6e-9, our own fit); k ln 2 in two parts
// (Cody & Waite 1980), the large part last.
fn e_logCore(f: f32, k: f32) -> f32 {
  let z = f * f;
  var p = -0.076363996 * f + 0.127622;
  p = p * f - 0.13159613;
  p = p * f + 0.14201581;
  p = p * f - 0.16623409;
  p = p * f + 0.20001242;
  p = p * f - 0.2500082;
  p = p * f + 0.3333333;
  let low = (p * f - 0.5) * z - k * 2.12194440e-4;
  return (low + f) + k * 0.693359375;
}
