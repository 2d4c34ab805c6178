// error: 4 ulp
// (1 - Phi(x)) / phi(x) = e^(x^2/2) times the integral of e^(-t^2/2) from x on (Mills' ratio), x >= 0 or inf.
// The core of log Phi and of its derivative.
// Method: (1 + x) M(x) is a polynomial in (x - 3) / (x + 3) (the map of Shepherd & Laframboise 1981; minimax, relative
// error 1.3e-8, our own fit).
fn e_normalTail(x: f32) -> f32 {
  let a = min(x, 1e30);
  let u = (a - 3.0) / (a + 3.0);
  var p = 0.00014917288 * u + 9.01507e-5;
  p = p * u - 0.0011870594;
  p = p * u - 0.0009168842;
  p = p * u + 0.0074857636;
  p = p * u + 0.0029185181;
  p = p * u - 0.056961544;
  p = p * u + 0.113207795;
  p = p * u - 0.041190468;
  p = p * u - 0.24195665;
  p = p * u + 1.2183613;
  return p / (1.0 + a);
}
