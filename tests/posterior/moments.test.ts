import { describe, expect, it } from "vitest";
import { MomentSums, RunningMean } from "../../src/posterior/moments.ts";
import { QuantileStore, quantileOfSorted } from "../../src/posterior/quantiles.ts";

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

describe("streamed moments", () => {
  for (const chunk of [1, 7, 500, n]) {
    it(`in chunks of ${chunk} are those of two passes`, () => {
      const sums = new MomentSums(2);
      for (let start = 0; start < n; start += chunk) {
        const part = x.subarray(start, start + chunk);
        sums.add(logWeights.subarray(start, start + chunk), (scalar) =>
          scalar === 0 ? part : part.map((v) => -2 * v),
        );
      }
      const expected = direct(x, logWeights);
      const first = sums.moments(0);
      for (const key of ["mean", "sd", "weightedMean", "weightedSd", "meanError", "sdError"] as const) {
        expect(first[key] / expected[key]).toBeCloseTo(1, 8);
      }
      expect(sums.ess / expected.ess).toBeCloseTo(1, 10);
      expect(sums.moments(1).weightedMean).toBeCloseTo(-2 * expected.weightedMean, 8);
      expect(sums.moments(1).weightedSd).toBeCloseTo(2 * expected.weightedSd, 8);
    });
  }

  it("−∞ weighs nothing, NaN weighs nothing, values that are not finite are left out and counted", () => {
    const sums = new MomentSums(1);
    const values = Float64Array.from([1, 2, 3, Number.NaN, 5]);
    sums.add(Float64Array.from([-Infinity, -1, -1, -1, Number.NaN]), () => values);
    const { mean, weightedMean, nonFinite } = sums.moments(0);
    expect(mean).toBeCloseTo(11 / 4, 12);
    expect(nonFinite).toBe(1);
    // Of the weighted draws 2, 3 and NaN, the last is left out of the sums, and of the total too.
    expect(weightedMean).toBeCloseTo(2.5, 12);
    const nothing = new MomentSums(1);
    nothing.add(Float64Array.from([-Infinity, -Infinity]), () => Float64Array.from([1, 2]));
    expect(nothing.ess).toBe(0);
    nothing.add(Float64Array.from([-3, -3]), () => Float64Array.from([1, 2]));
    expect(nothing.ess).toBeCloseTo(2, 12);
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
