import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Backend } from "../../src/graph/program.ts";
import {
  chunkSums,
  MOST_ABOVE_LEVEL,
  type ScalarSum,
  SUM_INPUTS,
  scalarSum,
  weightSum,
} from "../../src/posterior/chunkSums.ts";
import { MomentSums, pivotAndScale, RunningMean } from "../../src/posterior/moments.ts";
import { QuantileStore, quantileOfSorted } from "../../src/posterior/quantiles.ts";
import { selectRanks } from "../../src/posterior/select.ts";
import { testDevice } from "../support/gpu.ts";

/** A small generator with known bits (Numerical Recipes' LCG): the test's own noise. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

const n = 3000;
const next = noise(1);
const x = Float64Array.from(
  { length: n },
  () => 40 + Math.sqrt(-2 * Math.log(next())) * Math.cos(6.283185307 * next()),
);
const logWeights = Float64Array.from({ length: n }, () => 6 * next() - 900);

/** Two passes over all draws at once. */
function direct(values: Float64Array, logW: Float64Array) {
  const largest = Math.max(...logW);
  const w = [...logW].map((l) => Math.exp(l - largest));
  const total = w.reduce((a, b) => a + b);
  const mean = [...values].reduce((a, b) => a + b) / n;
  const sd = Math.sqrt([...values].reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1));
  const weightedMean = w.reduce((a, wi, i) => a + wi * values[i]!, 0) / total;
  const variance = w.reduce((a, wi, i) => a + wi * (values[i]! - weightedMean) ** 2, 0) / total;
  const meanError = Math.sqrt(w.reduce((a, wi, i) => a + (wi * (values[i]! - weightedMean)) ** 2, 0)) / total;
  const spread = w.reduce((a, wi, i) => a + (wi * ((values[i]! - weightedMean) ** 2 - variance)) ** 2, 0);
  const ess = total ** 2 / w.reduce((a, wi) => a + wi * wi, 0);
  const sdError = Math.sqrt(spread) / total / 2 / Math.sqrt(variance);
  return { mean, sd, weightedMean, weightedSd: Math.sqrt(variance), meanError, sdError, ess };
}

/** Moments of the rows of `columns`, one a scalar, summed by a program in chunks of so many draws. */
async function streamed(backend: Backend, chunk: number, logW: Float64Array, columns: readonly Float64Array[]) {
  const draw = drawAxis(chunk);
  const scalar = new Axis("scalar", columns.length);
  const values = new Map([["x", input("x", [scalar, draw], "parameter")]]);
  const outputs = chunkSums(values, input("logWeight", [draw], "parameter"), draw);
  const program = await backend.compile({ name: "sums", outputs });
  try {
    const about = columns.map((row) => pivotAndScale(row.subarray(0, chunk)));
    const [pivots, scales] = [about.map(({ pivot }) => pivot), about.map(({ scale }) => scale)];
    program.write(SUM_INPUTS.pivot("x"), pivots);
    program.write(SUM_INPUTS.scale("x"), scales);
    const sums = new MomentSums(pivots, scales);
    let level = -Infinity;
    for (let start = 0; start < logW.length; start += chunk) {
      const draws = Math.min(chunk, logW.length - start);
      const part = logW.subarray(start, start + draws).filter(Number.isFinite);
      // The level rises as it must, and not before.
      level = part.reduce((a, b) => (b > a + MOST_ABOVE_LEVEL || a === -Infinity ? b : a), level);
      // What lies beyond the draws that count must not.
      const padded = (row: Float64Array): number[] =>
        Array.from({ length: chunk }, (_, i) => (i < draws ? row[start + i]! : 1e6));
      program.write("x", columns.flatMap(padded));
      program.write("logWeight", padded(logW));
      program.write(SUM_INPUTS.count, [draws]);
      program.write(SUM_INPUTS.level, [Math.max(level, -1e30)]);
      await program.run();
      const read = await program.read(Object.keys(outputs));
      const sum = (k: number, name: ScalarSum): number => read[scalarSum("x", name)]![k]!;
      sums.add(draws, level, (name) => read[weightSum(name)]![0]!, sum);
    }
    return sums;
  } finally {
    program.dispose();
  }
}

const keys = ["mean", "sd", "weightedMean", "weightedSd", "meanError", "sdError"] as const;

describe("streamed moments", async () => {
  for (const chunk of [7, 500, n]) {
    it(`in chunks of ${chunk} are those of two passes`, async () => {
      const sums = await streamed(cpuBackend(), chunk, logWeights, [x, x.map((v) => -2 * v)]);
      const expected = direct(x, logWeights);
      const first = sums.moments(0);
      for (const key of keys) expect(first[key] / expected[key]).toBeCloseTo(1, 8);
      expect(sums.ess / expected.ess).toBeCloseTo(1, 10);
      expect(sums.moments(1).weightedMean).toBeCloseTo(-2 * expected.weightedMean, 8);
      expect(sums.moments(1).weightedSd).toBeCloseTo(2 * expected.weightedSd, 8);
    });
  }

  it("do not mind weights that rise by hundreds of nats", async () => {
    const rising = logWeights.map((value, i) => value + Math.floor(i / 500) * 100);
    const sums = await streamed(cpuBackend(), 500, rising, [x]);
    const expected = direct(x, rising);
    for (const key of keys) expect(sums.moments(0)[key] / expected[key]).toBeCloseTo(1, 8);
    expect(sums.ess / expected.ess).toBeCloseTo(1, 10);
  });

  it("on the GPU are as good, for values far from zero and from one", async () => {
    const gpu = gpuBackend(await testDevice());
    const [far, tiny] = [x.map((v) => Math.fround(1e4 + v)), x.map((v) => Math.fround(1e-12 * (v - 40)))];
    const logW = logWeights.map(Math.fround);
    const sums = await streamed(gpu, 512, logW, [far, tiny]);
    for (const [scalar, values] of [far, tiny].entries()) {
      const expected = direct(values, logW);
      const found = sums.moments(scalar);
      // Sums of 512 terms in float32, weights from log weights near −900: some hundreds of half units in the last place.
      for (const key of keys.slice(1)) expect(found[key] / expected[key]).toBeCloseTo(1, 3);
      expect(Math.abs(found.mean - expected.mean)).toBeLessThan(
        1e-4 * expected.sd + 2 ** -24 * Math.abs(expected.mean),
      );
      expect(sums.ess / expected.ess).toBeCloseTo(1, 3);
    }
  });

  it("−∞ weighs nothing, NaN weighs nothing, values that are not finite are left out and counted", async () => {
    const values = Float64Array.from([1, 2, 3, Number.NaN, 5]);
    const weights = Float64Array.from([-Infinity, -1, -1, -1, Number.NaN]);
    const { mean, weightedMean, nonFinite } = (await streamed(cpuBackend(), 5, weights, [values])).moments(0);
    expect(mean).toBeCloseTo(11 / 4, 12);
    expect(nonFinite).toBe(1);
    // Of the weighted draws 2, 3 and NaN, the last is left out of the sums, and of the total too.
    expect(weightedMean).toBeCloseTo(2.5, 12);
    const some = Float64Array.from([-Infinity, -Infinity, -3, -3]);
    const two = Float64Array.from([1, 2, 1, 2]);
    expect((await streamed(cpuBackend(), 2, some.subarray(0, 2), [two])).ess).toBe(0);
    expect((await streamed(cpuBackend(), 2, some, [two])).ess).toBeCloseTo(2, 12);
  });
});

it("a running mean and its standard error", () => {
  const running = new RunningMean();
  for (const value of x) running.add(value);
  running.add(Number.NaN);
  running.add(-Infinity);
  const { mean, sd } = direct(x, logWeights);
  expect(running.count).toBe(n);
  expect(running.value).toBeCloseTo(mean, 10);
  expect(running.standardError).toBeCloseTo(sd / Math.sqrt(n), 12);
});

it("order statistics are those of a sort, of ties and of sorted numbers too", () => {
  const many = x.map((value, i) => (i % 3 === 0 ? Math.round(value) : value));
  for (const values of [many, x.slice().sort(), x.slice().sort().reverse(), x.slice().fill(1), x.slice(0, 5)]) {
    const ranks = [0, 1, 2, Math.floor(values.length / 2), values.length - 1];
    const selected = values.slice();
    selectRanks(selected, ranks);
    const sorted = values.slice().sort();
    for (const rank of ranks) expect(selected[rank]).toBe(sorted[rank]);
    expect(selected.sort()).toEqual(sorted);
  }
});

describe("quantiles", () => {
  it("interpolate as NumPy does", () => {
    // numpy.quantile([1, 2, 4, 8, 16], [0, .05, .5, .9, 1])
    const sorted = Float64Array.from([1, 2, 4, 8, 16]);
    expect([0, 0.05, 0.5, 0.9, 1].map((p) => quantileOfSorted(sorted, p))).toEqual([1, 1.2, 4, 12.8, 16]);
  });

  it("do not depend on how many scalars there is room for", () => {
    const column = (scalar: number) => x.map((value, i) => value * (scalar + 1) + (i % 3));
    const compute = (room: number): number[] => {
      const store = new QuantileStore(5, 1000, [0.1, 0.9], room);
      do {
        for (let start = 0; start < n; start += 400) {
          store.add(start, 400, (scalar) => column(scalar).subarray(start, start + 400));
        }
      } while (store.nextGroup());
      return [0, 1, 2, 3, 4].flatMap((scalar) => [...store.of(scalar)]);
    };
    const all = compute(1e6);
    expect(compute(2000)).toEqual(all);
    expect(compute(1)).toEqual(all);
    expect(all[0]).toBe(quantileOfSorted(column(0).slice(0, 1000).sort(), 0.1));
  });
});
