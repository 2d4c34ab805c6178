// error: 1 ulp
// Node and weight i of the 14-point Gauss-Legendre rule on (0, 1) (Abramowitz & Stegun 25.4.29), 0 <= i < 14.
fn e_gaussLegendre(i: u32) -> vec2<f32> {
  var half = array<vec2<f32>, 7>(
    vec2<f32>(0.10805495, 0.10763193),
    vec2<f32>(0.31911236, 0.10259923),
    vec2<f32>(0.51524866, 0.0927692),
    vec2<f32>(0.68729293, 0.078601584),
    vec2<f32>(0.8272013, 0.060759284),
    vec2<f32>(0.9284349, 0.040079042),
    vec2<f32>(0.9862838, 0.01755973),
  );
  let entry = half[i >> 1u];
  return vec2<f32>(0.5 + select(0.5, -0.5, (i & 1u) == 1u) * entry.x, entry.y);
}
