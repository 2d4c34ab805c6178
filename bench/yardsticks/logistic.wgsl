// Logistic regression, 32 predictors, mean field: value and gradient of 8 draws from a share of the rows. A thread takes
// four rows at a time: their predictors for 8 draws, the link while those are in registers, and 8 draws x 8 vec4 of
// gradient, kept over all its rows. So each load of X serves 8 draws, no residual leaves the thread, and there is no
// barrier before the end. Coefficients are read at constant places, which software adapters load once for all lanes.
// Grid: row groups x groups of 8 draws.
struct Shape { quads: u32, groups: u32, draws: u32 }
@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> X: array<vec4<f32>>; // [row][8]
@group(0) @binding(2) var<storage, read> y: array<vec4<f32>>; // four rows
@group(0) @binding(3) var<storage, read> z: array<vec4<f32>>; // [draw][8]
@group(0) @binding(4) var<storage, read_write> partialGradient: array<vec4<f32>>; // [group][draw][8]
@group(0) @binding(5) var<storage, read_write> partialValue: array<f32>; // [group][draw]

const T = 16u;
var<workgroup> coefficients: array<vec4<f32>, 64>; // [draw][8]
var<workgroup> shared_: array<vec4<f32>, 256>;

fn e4(a: vec4<f32>) -> vec4<f32> { return vec4<f32>(e_exp(a.x), e_exp(a.y), e_exp(a.z), e_exp(a.w)); }
fn l4(e: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(e_log1pUnit(e.x), e_log1pUnit(e.y), e_log1pUnit(e.z), e_log1pUnit(e.w));
}

// x: residual y - sigmoid(l); the value y l - softplus(l) is added to *total.
fn link(l: vec4<f32>, labels: vec4<f32>, total: ptr<function, vec4<f32>>) -> vec4<f32> {
  let e = e4(-abs(l));
  let r = 1.0 / (1.0 + e);
  *total += labels * l - max(l, vec4<f32>(0.0)) - l4(e);
  return labels - select(e * r, r, l > vec4<f32>(0.0));
}

@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let firstDraw = 8u * group.y;
  for (var i = t; i < 64u; i += T) { coefficients[i] = z[firstDraw * 8u + i]; }
DECLARE
  workgroupBarrier();
COEFFICIENTS
  // Rows are padded with zeros, whose labels are one half: they add a constant to the value, and no gradient.
  for (var quad = group.x * T + t; quad < shape.quads; quad += shape.groups * T) {
    let at = quad * 32u;
    let labels = y[quad];
LOAD
CLEAR
PREDICT
LINK
GRADIENT
  }
  let out = (group.x * shape.draws + firstDraw) * 8u;
REDUCE
}
