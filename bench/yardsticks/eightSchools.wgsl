// Eight schools, mean field, ELBO + gradient + Adam: one workgroup of 8, many steps a dispatch. A thread takes eight
// draws: four as a vec4, and their mirror images. State lives in workgroup memory; two barriers a step.
// Threefry and the special functions are the library's own leaves. Not guarded against NaN: a yardstick, not an engine.
struct Control { steps: u32, seed: u32, first: u32, stepSize: f32, constant: f32 }
@group(0) @binding(0) var<uniform> control: Control;
@group(0) @binding(1) var<storage, read> data: array<vec4<f32>, 8>; // y, 1 / sigma, –, –
@group(0) @binding(2) var<storage, read_write> state: array<vec4<f32>, 20>; // loc, first, second; log scale, first, second
@group(0) @binding(3) var<storage, read_write> trace: array<f32>;

const D = 10u;
const T = 8u;
const SCALE = 0.1; // of q at the start, and the unit of loc; its steps are in present sds

var<workgroup> mean: array<f32, D>;
var<workgroup> sigma: array<f32, D>;
// By coordinate, Σ over a thread's draws of the score, and of score · σ ε + ε²; then the ELBO's terms.
var<workgroup> partial: array<vec2<f32>, 88>;

fn exp4(x: vec4<f32>) -> vec4<f32> { return vec4<f32>(e_exp(x.x), e_exp(x.y), e_exp(x.z), e_exp(x.w)); }
fn log1p4(x: vec4<f32>) -> vec4<f32> { return vec4<f32>(e_log1p(x.x), e_log1p(x.y), e_log1p(x.z), e_log1p(x.w)); }
fn normal4(b: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(normalFromBits(b.x), normalFromBits(b.y), normalFromBits(b.z), normalFromBits(b.w));
}

struct Pair { a: vec4<f32>, b: vec4<f32> }

fn noise(key: vec2<u32>, t: u32, pair: u32) -> Pair {
  let draws = vec4<u32>(4u * t) + vec4<u32>(0u, 1u, 2u, 3u);
  let words = threefryWords4(vec4<u32>(key.x), vec4<u32>(key.y), draws, vec4<u32>(pair));
  return Pair(normal4(words.x), normal4(words.y));
}

// Scores of the draws and of their mirror images.
fn put(t: u32, coordinate: u32, score: vec4<f32>, mirrored: vec4<f32>, e: vec4<f32>) {
  partial[coordinate * T + t] =
    vec2<f32>(dot(score + mirrored, vec4<f32>(1.0)), sigma[coordinate] * dot(score - mirrored, e) + 2.0 * dot(e, e));
}

struct Sums { scoreMu: vec4<f32>, scoreTau: vec4<f32>, terms: vec4<f32> }

// One school: adds to the draws' sums, returns the score of its eta.
fn likelihood(d: vec4<f32>, mu: vec4<f32>, tau: vec4<f32>, eta: vec4<f32>, sums: ptr<function, Sums>) -> vec4<f32> {
  let residual = (d.x - (mu + tau * eta)) * d.y;
  let slope = residual * d.y;
  (*sums).scoreMu += slope;
  (*sums).scoreTau += slope * eta;
  (*sums).terms += residual * residual + eta * eta;
  return slope * tau - eta;
}

struct Prior { scoreMu: vec4<f32>, scoreTau: vec4<f32>, value: vec4<f32> }

fn prior(mu: vec4<f32>, logTau: vec4<f32>, tau: vec4<f32>, sums: Sums) -> Prior {
  let x = 0.04 * tau * tau;
  return Prior(
    sums.scoreMu - 0.04 * mu,
    sums.scoreTau * tau + 1.0 - 2.0 * x / (1.0 + x),
    logTau - log1p4(x) - 0.5 * (sums.terms + 0.04 * mu * mu),
  );
}

fn adam(memory: vec4<f32>, g: f32, unit: f32, correction: vec2<f32>) -> vec4<f32> {
  let first = 0.9 * memory.y + 0.1 * g;
  let second = 0.999 * memory.z + 0.001 * g * g;
  let step = (first / correction.x) / (sqrt(second / correction.y) + 1e-8);
  return vec4<f32>(memory.x + control.stepSize * unit * step, first, second, 0.0);
}

@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) t: u32) {
  for (var c = t; c < D; c += T) {
    mean[c] = SCALE * state[c].x;
    sigma[c] = SCALE * e_exp(state[c + D].x);
  }
  workgroupBarrier();
  for (var n = 0u; n < control.steps; n++) {
    let step = control.first + n;
    let key = threefry2x32(vec2<u32>(control.seed, 0u), vec2<u32>(step, 0u));
    let e = noise(key, t, 0u);
    let mu = mean[0] + sigma[0] * e.a;
    let mirrorMu = mean[0] - sigma[0] * e.a;
    let logTau = mean[1] + sigma[1] * e.b;
    let mirrorLogTau = mean[1] - sigma[1] * e.b;
    let tau = exp4(logTau);
    let mirrorTau = exp4(mirrorLogTau);
    var squares = e.a * e.a + e.b * e.b;
    var sums = Sums(vec4<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0));
    var mirrored = sums;
    for (var k = 0u; k < 8u; k += 2u) {
      let w = noise(key, t, 1u + k / 2u);
      let m = mean[2u + k];
      let s = sigma[2u + k] * w.a;
      let d = data[k];
      put(t, 2u + k, likelihood(d, mu, tau, m + s, &sums), likelihood(d, mirrorMu, mirrorTau, m - s, &mirrored), w.a);
      let m1 = mean[3u + k];
      let s1 = sigma[3u + k] * w.b;
      let d1 = data[k + 1u];
      put(
        t, 3u + k, likelihood(d1, mu, tau, m1 + s1, &sums), likelihood(d1, mirrorMu, mirrorTau, m1 - s1, &mirrored), w.b,
      );
      squares += w.a * w.a + w.b * w.b;
    }
    let p = prior(mu, logTau, tau, sums);
    let q = prior(mirrorMu, mirrorLogTau, mirrorTau, mirrored);
    put(t, 0u, p.scoreMu, q.scoreMu, e.a);
    put(t, 1u, p.scoreTau, q.scoreTau, e.b);
    var logScales = 0.0;
    for (var c = t; c < D; c += T) { logScales += state[c + D].x; }
    partial[D * T + t] = vec2<f32>(dot(p.value + q.value + squares, vec4<f32>(1.0)) + 64.0 * logScales, 0.0);
    workgroupBarrier();
    let time = f32(step + 1u);
    let correction = 1.0 - vec2<f32>(e_exp(time * -0.10536051565782628), e_exp(time * -0.0010005003335835335));
    for (var c = t; c <= D; c += T) {
      var total = vec2<f32>(0.0);
      for (var i = 0u; i < T; i++) { total += partial[c * T + i]; }
      total *= 1.0 / 64.0;
      if (c < D) {
        let logScale = adam(state[c + D], 0.5 * total.y, 1.0, correction);
        let loc = adam(state[c], sigma[c] * total.x, sigma[c] / SCALE, correction);
        state[c + D] = logScale;
        state[c] = loc;
        mean[c] = SCALE * loc.x;
        sigma[c] = SCALE * e_exp(logScale.x);
      } else {
        trace[n] = total.x + control.constant;
      }
    }
    workgroupBarrier();
  }
}
