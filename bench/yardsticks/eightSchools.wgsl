// Eight schools, mean field, ELBO + gradient + Adam: one workgroup of 16, many steps a dispatch. A thread takes four
// draws as a vec4: two, and their mirror images. State lives in workgroup memory and registers; two barriers a step.
// Threefry and the special functions are the library's own leaves. Not guarded against NaN: a yardstick, not an engine.
struct Control { steps: u32, seed: u32, first: u32, stepSize: f32, constant: f32 }
@group(0) @binding(0) var<uniform> control: Control;
@group(0) @binding(1) var<storage, read> data: array<vec4<f32>, 8>; // y, 1 / sigma, –, –
@group(0) @binding(2) var<storage, read_write> state: array<vec4<f32>, 40>; // loc, first, second; log scale, first, second
@group(0) @binding(3) var<storage, read_write> trace: array<f32>;

const D = 10u;
const T = 16u;
const SCALE = 0.1; // of q at the start, and the unit of loc

var<workgroup> mean: array<f32, D>;
var<workgroup> sigma: array<f32, D>;
// Σ over a thread's draws of the score, and of score · σ ε + ε², by coordinate; then the ELBO's terms.
var<workgroup> partial: array<vec2<f32>, 176>;

fn noise(key: vec2<u32>, t: u32, coordinate: u32) -> vec4<f32> {
  let a = normalFromBits(threefry2x32(key, vec2<u32>(2u * t, coordinate)).x);
  let b = normalFromBits(threefry2x32(key, vec2<u32>(2u * t + 1u, coordinate)).x);
  return vec4<f32>(a, b, -a, -b);
}

fn put(t: u32, coordinate: u32, score: vec4<f32>, e: vec4<f32>) {
  partial[coordinate * T + t] = vec2<f32>(dot(score, vec4<f32>(1.0)), sigma[coordinate] * dot(score, e) + dot(e, e));
}

fn adam(memory: vec4<f32>, g: f32, correction: vec2<f32>) -> vec4<f32> {
  let first = 0.9 * memory.y + 0.1 * g;
  let second = 0.999 * memory.z + 0.001 * g * g;
  let step = (first / correction.x) / (sqrt(second / correction.y) + 1e-8);
  return vec4<f32>(memory.x + control.stepSize * step, first, second, 0.0);
}

@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) t: u32) {
  let own = min(t, D - 1u);
  var loc = state[own];
  var logScale = state[own + D];
  if (t < D) {
    mean[t] = SCALE * loc.x;
    sigma[t] = SCALE * e_exp(logScale.x);
  }
  workgroupBarrier();
  for (var n = 0u; n < control.steps; n++) {
    let step = control.first + n;
    let key = threefry2x32(vec2<u32>(control.seed, 0u), vec2<u32>(step, 0u));
    let eMu = noise(key, t, 0u);
    let eTau = noise(key, t, 1u);
    let mu = mean[0] + sigma[0] * eMu;
    let logTau = mean[1] + sigma[1] * eTau;
    let tau = vec4<f32>(e_exp(logTau.x), e_exp(logTau.y), e_exp(logTau.z), e_exp(logTau.w));
    var squares = eMu * eMu + eTau * eTau;
    var scoreMu = vec4<f32>(0.0);
    var scoreTau = vec4<f32>(0.0);
    var terms = vec4<f32>(0.0);
    for (var k = 0u; k < 8u; k++) {
      let e = noise(key, t, 2u + k);
      let eta = mean[2u + k] + sigma[2u + k] * e;
      let d = data[k];
      let residual = (d.x - (mu + tau * eta)) * d.y;
      let slope = residual * d.y;
      scoreMu += slope;
      scoreTau += slope * eta;
      terms += residual * residual + eta * eta;
      squares += e * e;
      put(t, 2u + k, slope * tau - eta, e);
    }
    let x = 0.04 * tau * tau;
    put(t, 0u, scoreMu - 0.04 * mu, eMu);
    put(t, 1u, scoreTau * tau + 1.0 - 2.0 * x / (1.0 + x), eTau);
    let tail = vec4<f32>(e_log1p(x.x), e_log1p(x.y), e_log1p(x.z), e_log1p(x.w));
    let draws = 0.5 * (squares - terms - 0.04 * mu * mu) + logTau - tail;
    partial[D * T + t] = vec2<f32>(dot(draws, vec4<f32>(1.0)), 0.0);
    var logSigmas = 0.0;
    if (t == D) { for (var i = 0u; i < D; i++) { logSigmas += e_log(sigma[i]); } }
    workgroupBarrier();
    if (t <= D) {
      var total = vec2<f32>(0.0);
      for (var i = 0u; i < T; i++) { total += partial[t * T + i]; }
      total *= 1.0 / 64.0;
      if (t < D) {
        let time = f32(step + 1u);
        let correction = 1.0 - vec2<f32>(e_exp(time * -0.10536051565782628), e_exp(time * -0.0010005003335835335));
        logScale = adam(logScale, 0.5 * total.y, correction);
        loc = adam(loc, SCALE * total.x, correction);
        mean[t] = SCALE * loc.x;
        sigma[t] = SCALE * e_exp(logScale.x);
      } else {
        trace[n] = total.x + logSigmas + control.constant;
      }
    }
    workgroupBarrier();
  }
  if (t < D) {
    state[t] = loc;
    state[t + D] = logScale;
  }
}
