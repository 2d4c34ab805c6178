// The rest of a step of the logistic yardstick: the draws before its main kernel, sums and Adam after it.
struct Step { seed: u32, rows: u32, groups: u32, draws: u32, stepSize: f32, padding: f32, constant: f32 }
@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read_write> state: array<vec4<f32>>; // [D] loc, first, second; [D] log scale, …; time
@group(0) @binding(2) var<storage, read_write> z: array<f32>; // [draw][D]
@group(0) @binding(3) var<storage, read_write> noise: array<f32>; // [draw][D]
@group(0) @binding(4) var<storage, read> partialGradient: array<f32>; // [group][draw][D]
@group(0) @binding(5) var<storage, read> partialValue: array<f32>; // [group][draw]
@group(0) @binding(6) var<storage, read_write> score: array<f32>; // [draw][D]
@group(0) @binding(7) var<storage, read_write> trace: array<f32>;

const D = 32u;
const SCALE = 0.1;

@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
  let half = step.draws / 2u;
  let s = id.x / D;
  let d = id.x % D;
  if (s >= half) { return; }
  let time = u32(state[2u * D].x);
  let key = threefry2x32(vec2<u32>(step.seed, 0u), vec2<u32>(time, 0u));
  let words = threefry2x32(key, vec2<u32>(s, d / 2u));
  let e = normalFromBits(select(words.x, words.y, d % 2u == 1u));
  let loc = SCALE * state[d].x;
  let spread = SCALE * e_exp(state[D + d].x) * e;
  let mirror = (s + half) * D + d;
  noise[id.x] = e;
  noise[mirror] = -e;
  z[id.x] = loc + spread;
  z[mirror] = loc - spread;
}

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
  let size = step.draws * D;
  if (id.x >= size) { return; }
  var total = -z[id.x];
  for (var g = 0u; g < step.groups; g++) { total += partialGradient[g * size + id.x]; }
  score[id.x] = total;
}

var<workgroup> terms: array<f32, 64>;

fn adam(memory: vec4<f32>, g: f32, unit: f32, correction: vec2<f32>) -> vec4<f32> {
  let first = 0.9 * memory.y + 0.1 * g;
  let second = 0.999 * memory.z + 0.001 * g * g;
  let change = (first / correction.x) / (sqrt(second / correction.y) + 1e-8);
  return vec4<f32>(memory.x + step.stepSize * unit * change, first, second, 0.0);
}

@compute @workgroup_size(64)
fn update(@builtin(local_invocation_index) t: u32) {
  var term = 0.0;
  if (t < step.draws) {
    for (var g = 0u; g < step.groups; g++) { term += partialValue[g * step.draws + t]; }
    for (var d = 0u; d < D; d++) {
      let e = noise[t * D + d];
      let x = z[t * D + d];
      term += 0.5 * (e * e - x * x);
    }
    term /= f32(step.draws);
  }
  if (t < D) { term += e_log(SCALE) + state[D + t].x; }
  terms[t] = term;
  let time = state[2u * D].x + 1.0;
  workgroupBarrier();
  if (t == 0u) {
    var elbo = step.constant;
    for (var i = 0u; i < 64u; i++) { elbo += terms[i]; }
    trace[0] = elbo;
    state[2u * D] = vec4<f32>(time, 0.0, 0.0, 0.0);
  }
  if (t < D) {
    var mean = 0.0;
    var product = 0.0;
    var squares = 0.0;
    for (var s = 0u; s < step.draws; s++) {
      let e = noise[s * D + t];
      let g = score[s * D + t];
      mean += g;
      product += g * e;
      squares += e * e;
    }
    let scale = 1.0 / f32(step.draws);
    let sigma = SCALE * e_exp(state[D + t].x);
    let correction = 1.0 - vec2<f32>(e_exp(time * -0.10536051565782628), e_exp(time * -0.0010005003335835335));
    state[t] = adam(state[t], sigma * mean * scale, sigma / SCALE, correction);
    state[D + t] = adam(state[D + t], 0.5 * scale * (sigma * product + squares), 1.0, correction);
  }
}
