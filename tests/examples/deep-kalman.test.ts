/** The deep Kalman filter on a slice of its series, and the exact likelihood of its yardstick. */
import { expect, it } from "vitest";
import data from "../../examples/deep-kalman/data.json" with { type: "json" };
import linear from "../../examples/deep-kalman/linear.ts";
import model, { DAYS, returnsOf, training, windowsOf } from "../../examples/deep-kalman/model.ts";
import learned from "../../examples/deep-kalman/parameters.json" with { type: "json" };
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { adam, train } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const slice = { ...data, count: 90, stride: 2 };
const unseen = { ...training.heldOut(data), count: 2 * DAYS };

it("has windows of the days kept back that no day trained on is part of", () => {
  expect(windowsOf(data)).toBe(1310);
  const held = training.heldOut(data);
  expect([held.first, windowsOf(held), held.first + held.count]).toEqual([1359, 10, 1859]);
  const returns = returnsOf(data);
  expect(returns).toHaveLength(1859);
  for (const k of [0, 1, 2, 3]) {
    const trained = returns.slice(0, 1359).map((row) => row[k]!);
    expect(Math.abs(trained.reduce((a, b) => a + b, 0) / 1359)).toBeLessThan(1e-12);
  }
});

it("learns from batches of windows, and bounds windows that it has not seen", async () => {
  const backend = gpuBackend(await testDevice());
  const options = { device: backend, guide: training.guide, seed: 1, optimizer: adam({ stepSize: 1e-2 }) };
  await using trained = await train(model, slice, { ...options, steps: 30 });
  const { trace, skipped } = trained.result;
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(skipped).toBe(0);
  // Batches of windows differ by some nats a window; the first thirty steps bring tens.
  expect(mean(trace.slice(-8))).toBeGreaterThan(mean(trace.slice(0, 4)));
  const { elbo, importanceWeighted } = await trained.bound(unseen, { draws: 10 });
  expect(importanceWeighted.value).toBeGreaterThan(elbo.value);
  const { foreseen } = await trained.values(["foreseen"], unseen, { draws: 4 });
  // Variances.
  expect(foreseen).toHaveLength(2 * DAYS * 4);
  expect(Math.min(...foreseen!)).toBeGreaterThan(0);
});

it("with what it learned it bounds the days kept back above any linear Gaussian model", async () => {
  const parameters = Object.fromEntries(Object.entries(learned.arrays).map(([name, { values }]) => [name, values]));
  const device = gpuBackend(await testDevice());
  await using trained = await train(model, data, { guide: training.guide, parameters, steps: 0, device });
  const { elbo, entries, khat } = await trained.bound(training.heldOut(data), { draws: 30, seed: 7 });
  expect(entries).toBe(10);
  // What the README reports of 500 draws. The linear model's likelihood is −2469.
  expect(Math.abs(elbo.value + 500 * 4.719)).toBeLessThan(0.3 + 4 * elbo.standardError);
  expect(khat!.median).toBeGreaterThan(0);
});

it("on the device the bound is that of the float64 reference", async () => {
  const options = { guide: training.guide, steps: 1, seed: 3 };
  await using onGpu = await train(model, slice, { ...options, device: gpuBackend(await testDevice()) });
  await using onCpu = await train(model, slice, { ...options, device: cpuBackend() });
  // A sum over 200 returns and 100 latents of a window.
  expect(Math.abs(onGpu.result.trace[0]! / onCpu.result.trace[0]! - 1)).toBeLessThan(1e-5);
});

it("the yardstick's likelihood is exact, and better than that of independent indices", async () => {
  const optimizer = adam({ stepSize: 2e-2 });
  await using trained = await train(linear, slice, { steps: 40, seed: 2, optimizer, device: cpuBackend() });
  const { elbo, importanceWeighted } = await trained.bound(slice, { draws: 1 });
  expect(importanceWeighted.value).toBeCloseTo(elbo.value, 9);
  const returns = returnsOf(data);
  // The likelihood of normals with the slice's own variances, window by window.
  const variances = [0, 1, 2, 3].map((k) => returns.slice(0, 90).reduce((sum, row) => sum + row[k]! ** 2, 0) / 90);
  let independent = 0;
  for (let w = 0; w < windowsOf(slice); w++) {
    for (const row of returns.slice(2 * w, 2 * w + DAYS)) {
      row.forEach((x, k) => {
        independent -= 0.5 * (Math.log(2 * Math.PI * variances[k]!) + x ** 2 / variances[k]!);
      });
    }
  }
  expect(elbo.value).toBeGreaterThan(independent);
});
