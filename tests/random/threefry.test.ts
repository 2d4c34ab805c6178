import { describe, expect, test } from "vitest";
import { leafClosure } from "../../src/compile/leaves.ts";
import { foldKey, normalFromBits, threefry2x32, threefry2x32Into, uniformFromBits } from "../../src/cpu/threefry.ts";
import { statedBound, ulpError } from "../special/points.ts";
import { runKernel, testDevice } from "../support/gpu.ts";

const device = await testDevice();

/** Random123's tests/kat_vectors, threefry2x32 with 20 rounds: counter, key, answer. */
const KNOWN_ANSWERS: [counter: [number, number], key: [number, number], answer: [number, number]][] = [
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
];

/** Replaces each word w at index i, by a WGSL expression in them. */
async function onDevice(leaves: string[], expression: string, words: Uint32Array<ArrayBuffer>) {
  const wgsl = `${leafClosure(leaves)}
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var j = 0u; j < 16u; j++) {
    let i = id.x * 16u + j;
    if (i < arrayLength(&data)) {
      let w = data[i];
      data[i] = ${expression};
    }
  }
}`;
  return runKernel(device, wgsl, words, Math.ceil(words.length / 1024), expression);
}

/** The first words of Threefry at counters (i, 7), by the reference. */
function reference(n: number, key: readonly [number, number]): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) threefry2x32Into(out, i, key[0], key[1], i, 7);
  return out.slice(0, n);
}

const KEY = foldKey(1, 2, 3, 4);
const N = 1 << 17;

describe("threefry2x32, 20 rounds", () => {
  test("Random123's known answers, CPU", () => {
    for (const [counter, key, answer] of KNOWN_ANSWERS) expect(threefry2x32(...key, ...counter)).toEqual(answer);
  });

  test("Random123's known answers, GPU", async () => {
    const word = (v: [number, number]) => `vec2<u32>(${v[0]}u, ${v[1]}u)`;
    const answers = KNOWN_ANSWERS.map(([counter, key]) => `threefry2x32(${word(key)}, ${word(counter)})`);
    const table = `array<vec2<u32>, 3>(${answers.join(", ")})[i / 2u][i % 2u]`;
    const got = await onDevice(["threefry2x32"], table, new Uint32Array(6));
    expect([...got]).toEqual(KNOWN_ANSWERS.flatMap(([, , answer]) => answer));
  });

  test("the folded key is Threefry of (step, fit) under (seed, stream)", () => {
    expect(foldKey(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  test("CPU and GPU give the same bits at 131072 counters, both words", async () => {
    const call = `threefry2x32(vec2<u32>(${KEY[0]}u, ${KEY[1]}u), vec2<u32>(i, 7u))`;
    expect(await onDevice(["threefry2x32"], `${call}.x`, new Uint32Array(N))).toEqual(reference(N, KEY));
    const seconds = Uint32Array.from({ length: N }, (_, i) => threefry2x32(...KEY, i, 7)[1]);
    expect(await onDevice(["threefry2x32"], `${call}.y`, new Uint32Array(N))).toEqual(seconds);
    const four = `threefryWords4(vec4<u32>(${KEY[0]}u), vec4<u32>(${KEY[1]}u), vec4<u32>(1u, 2u, i, 3u), vec4<u32>(7u))`;
    expect(await onDevice(["threefryWords4"], `${four}.x.z`, new Uint32Array(N))).toEqual(reference(N, KEY));
    expect(await onDevice(["threefryWords4"], `${four}.y.z`, new Uint32Array(N))).toEqual(seconds);
  });
});

describe("uniforms", () => {
  test("CPU and GPU agree to the bit at 131072 counters", async () => {
    const bits = reference(N, KEY);
    const got = new Float32Array(
      (await onDevice(["uniformFromBits"], "bitcast<u32>(uniformFromBits(w))", bits)).buffer,
    );
    expect(got).toEqual(Float32Array.from(bits, uniformFromBits));
    expect(Float64Array.from(got)).toEqual(Float64Array.from(bits, uniformFromBits));
  });

  test("never 0 or 1, symmetric, spaced by 2^-23", () => {
    expect(uniformFromBits(0)).toBe(2 ** -24);
    expect(uniformFromBits(0xffffffff)).toBe(1 - 2 ** -24);
    expect(uniformFromBits(512) - uniformFromBits(511)).toBe(2 ** -23);
  });
});

describe("normals", () => {
  test("GPU against float64, both tails to the last uniform, within the header's bound", async () => {
    const bits = reference(N, KEY);
    for (let i = 0; i < 4096; i++) {
      bits[i] = i << 9;
      bits[4096 + i] = ~(i << 9);
    }
    const got = new Float32Array((await onDevice(["normalFromBits"], "bitcast<u32>(normalFromBits(w))", bits)).buffer);
    const text = leafClosure(["normalFromBits"]);
    const bound = statedBound(text.slice(text.lastIndexOf("// error:")));
    let worst = 0;
    for (const [i, z] of got.entries()) worst = Math.max(worst, ulpError(z, normalFromBits(bits[i]!)));
    if (process.env.ELBOW_SHOW_ERRORS) console.log(`normalFromBits: ${worst.toFixed(2)} of ${bound.ulp} ulp`);
    expect(worst).toBeLessThanOrEqual(bound.ulp);
    // Symmetric to the last bit.
    for (let i = 0; i < 4096; i++) expect(got[i]).toBe(-got[4096 + i]!);
  });

  test("quantiles from tables", () => {
    const at = (p: number) => normalFromBits(Math.floor(p * 2 ** 32));
    expect(at(0.975)).toBeCloseTo(1.959963984540054, 5);
    expect(at(0.84134474606854293)).toBeCloseTo(1, 5);
    expect(at(0.001)).toBeCloseTo(-3.090232306167814, 3);
  });

  test("moments of 2^20 normals and of their neighbours' products, within 4 standard errors", async () => {
    const n = 1 << 20;
    const [a, b] = foldKey(2026, 0, 0, 0);
    const draw = `normalFromBits(threefry2x32(vec2<u32>(${a}u, ${b}u), vec2<u32>(i / 16u, i % 16u)).x)`;
    const words = await onDevice(["threefry2x32", "normalFromBits"], `bitcast<u32>(${draw})`, new Uint32Array(n));
    const z = new Float32Array(words.buffer);
    const sums = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const v = z[i]!;
      const terms = [v, v * v, v ** 3, v ** 4, v * z[(i + 1) % n]!, v * z[(i + 16) % n]!];
      for (const [k, term] of terms.entries()) sums[k]! += term / n;
    }
    const expected = [0, 1, 0, 3, 0, 0];
    const variances = [1, 2, 15, 96, 1, 1];
    for (const [k, want] of expected.entries()) {
      expect(Math.abs(sums[k]! - want), `statistic ${k}: ${sums[k]}`).toBeLessThan(4 * Math.sqrt(variances[k]! / n));
    }
  });
});
