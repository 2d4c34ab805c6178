// requires: special/nonfinite.wgsl, special/erfinvCore.wgsl
// error: 5 ulp
// The inverse of erf. Domain: -1 < x < 1. Ends: -1, 1: -inf, inf; outside and NaN: NaN; denormals: 0.
// Method: e_erfinvCore (Giles 2010).
fn e_erfinv(x: f32) -> f32 {
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let end = select(e_nan(), select(e_inf(), -e_inf(), x < 0.0), a == 0x3f800000u);
  return select(e_erfinvCore(x), end, a >= 0x3f800000u);
}
