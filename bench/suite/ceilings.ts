/** What the adapter can do at most, measured with kernels that do one thing only. */
import { leafClosure } from "../../src/compile/leaves.ts";
import { median } from "./contender.ts";
import { Bare } from "./gpu.ts";

export interface Ceilings {
  /** fp32 operations a second; a multiply-add counts as two. */
  readonly flops: number;
  /** Read and written, by a copy in vec4. */
  readonly bytesPerSecond: number;
  /** One more dispatch of one workgroup in the same pass. */
  readonly dispatchSeconds: number;
  /** The library's own leaves, a second. */
  readonly expPerSecond: number;
  readonly logPerSecond: number;
  /** Threefry and the inverse CDF: one standard normal a call. */
  readonly normalsPerSecond: number;
}

const THREADS = 64;

/** Chains enough that a multiply-add need not wait for the last: eight vec4 accumulators. */
const MULTIPLY_ADD = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> rounds: vec4<u32>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = vec4<f32>(1.0 - f32(id.x) * 1e-9);
  var a = vec4<f32>(0.1); var b = vec4<f32>(0.2); var c = vec4<f32>(0.3); var d = vec4<f32>(0.4);
  var e = vec4<f32>(0.5); var f = vec4<f32>(0.6); var g = vec4<f32>(0.7); var h = vec4<f32>(0.8);
  let y = vec4<f32>(f32(rounds.x) * 1e-12);
  for (var i = 0u; i < rounds.x; i++) {
    ${"a = a * x + y; b = b * x + y; c = c * x + y; d = d * x + y; e = e * x + y; f = f * x + y; g = g * x + y; h = h * x + y;\n    ".repeat(4)}
  }
  out[id.x] = a + b + c + d + e + f + g + h;
}`;
const FLOPS_PER_ROUND = 2 * 4 * 8 * 4;

const COPY = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> rounds: vec4<u32>;
@group(0) @binding(2) var<storage, read> source: array<vec4<f32>>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = id.x; i < arrayLength(&source); i += groups.x * ${THREADS}u) { out[i] = source[i]; }
}`;

const NOTHING = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> rounds: vec4<u32>;
@compute @workgroup_size(1)
fn main() { out[0].x += f32(rounds.x); }`;

/** Four calls a round, so that none need wait for another. `call` is an expression in `x`. */
const loopOf = (leaf: string, call: string) => `${leaf}
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> rounds: vec4<u32>;
fn call(x: f32, id: u32, i: u32) -> f32 { return ${call}; }
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var total = vec4<f32>(0.0);
  var x = f32(id.x) * 1e-6;
  for (var i = 0u; i < 4u * rounds.x; i += 4u) {
    total += vec4<f32>(call(x, id.x, i), call(x + 0.1, id.x, i + 1u), call(x + 0.2, id.x, i + 2u), call(x + 0.3, id.x, i + 3u));
    x += 1e-7;
  }
  out[id.x] = total;
}`;

export async function measureCeilings(quick: boolean, onProgress: (text: string) => void): Promise<Ceilings> {
  const bare = await Bare.open();
  const { device } = bare;
  const target = quick ? 0.03 : 0.1;
  const repetitions = quick ? 5 : 9;
  // A GPU needs many more threads than cores to be busy; a software adapter only to be fair to its scheduler.
  const groups = device.isSoftware ? 64 : 4096;
  const out = bare.storage(groups * THREADS * 16);
  const rounds = bare.uniform(new Uint32Array(4));
  const finish = (): Promise<unknown> => bare.read(out, 16);

  /** Seconds of a submission, at a number of rounds that makes it take long enough, with the number. */
  const timed = async (run: (rounds: number) => void): Promise<{ seconds: number; rounds: number }> => {
    const once = async (n: number): Promise<number> => {
      bare.raw.queue.writeBuffer(rounds, 0, new Uint32Array([n, 0, 0, 0]));
      const began = performance.now();
      run(n);
      await finish();
      return (performance.now() - began) / 1000;
    };
    let n = 16;
    for (let seconds = await once(n); seconds < target && n < 1 << 24; seconds = await once(n))
      n *= seconds < target / 8 ? 4 : 2;
    const all: number[] = [];
    for (let i = 0; i < repetitions; i++) all.push(await once(n));
    return { seconds: median(all), rounds: n };
  };
  const rate = async (name: string, wgsl: string): Promise<number> => {
    onProgress(`ceiling: ${name}`);
    const kernel = await bare.kernel(name, wgsl, [out, rounds]);
    const found = await timed(() => bare.submit([{ kernel, workgroups: [groups] }]));
    return (found.rounds * groups * THREADS) / found.seconds;
  };
  const calls = async (name: string, leaves: readonly string[], call: string): Promise<number> =>
    4 * (await rate(name, loopOf(leafClosure(leaves), call)));

  try {
    const flops = FLOPS_PER_ROUND * (await rate("multiply-add", MULTIPLY_ADD));
    onProgress("ceiling: copy");
    const bytes = device.isSoftware ? 1 << 26 : Math.min(1 << 28, device.limits.maxStorageBufferBindingSize);
    const [from, to] = [bare.storage(bytes), bare.storage(bytes)];
    const copy = await bare.kernel("copy", COPY, [to, null, from]);
    const copyGroups = device.isSoftware ? 256 : 8192;
    const copied = await timed((n) => bare.submit([{ kernel: copy, workgroups: [copyGroups] }], Math.ceil(n / 16)));
    from.destroy();
    to.destroy();
    onProgress("ceiling: dispatch");
    const nothing = await bare.kernel("nothing", NOTHING, [out, rounds]);
    const dispatched = await timed((n) => bare.submit([{ kernel: nothing, workgroups: [1] }], n));
    return {
      flops,
      bytesPerSecond: (2 * bytes * Math.ceil(copied.rounds / 16)) / copied.seconds,
      dispatchSeconds: dispatched.seconds / dispatched.rounds,
      // The quicker of the leaves that kernels use: in general, and where the sign or the range is known.
      expPerSecond: Math.max(
        await calls("exp", ["e_exp"], "e_exp(x)"),
        await calls("exp of what is negative", ["e_expNeg"], "e_expNeg(-x)"),
      ),
      logPerSecond: Math.max(
        await calls("log", ["e_log"], "e_log(x + 1.0)"),
        await calls("log(1 + x)", ["e_log1pUnit"], "e_log1pUnit(x)"),
      ),
      // One word of Threefry makes one normal, as in the library.
      normalsPerSecond: await calls(
        "normals",
        ["threefry2x32", "normalFromBits"],
        "normalFromBits(threefry2x32(vec2<u32>(rounds.x, 1u), vec2<u32>(id, i)).x) + 0.0 * x",
      ),
    };
  } finally {
    bare.dispose();
  }
}
