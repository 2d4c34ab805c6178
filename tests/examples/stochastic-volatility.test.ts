/** Stochastic volatility of a thousand real returns: nothing is tractable, a chain holds what a factorised guide cannot. */
import { expect, it } from "vitest";
import data from "../../examples/stochastic-volatility/data.json" with { type: "json" };
import model from "../../examples/stochastic-volatility/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { stepProgram } from "../../src/fit/step.ts";
import { compileElbo, fit, markov, meanField } from "../../src/index.ts";
import { automaticOptimizer } from "../../src/optimizers/index.ts";
import { testDevice } from "../support/gpu.ts";

const gpu = gpuBackend(await testDevice());
const ofReturns = (count: number) => ({ dax: data.dax.slice(0, count + 1) });

/** The program of a step over so many returns. */
function step(count: number) {
  const traced = model.trace(ofReturns(count));
  const { size } = traced.coordinate;
  const start = { mean: new Float64Array(size), factor: null, scale: new Float64Array(size).fill(1) };
  const bound = markov().bind(traced.coordinate, start, traced.latents);
  const settings = { draws: 16, form: "joint", gradient: bound.gradientEstimator } as const;
  return stepProgram(traced, bound, automaticOptimizer(bound.parameters), settings).spec;
}

it("a step's work and memory grow linearly in the number of returns", async () => {
  const counts = [450, 900, 1800];
  const estimates = counts.map((count) => gpu.estimate(step(count)));
  for (const what of ["operations", "bytes"] as const) {
    const each = estimates.map((estimate, k) => estimate[what] / counts[k]!);
    // Schedules differ a little with the length; quadratic growth would be a factor of four.
    expect(Math.max(...each) / Math.min(...each)).toBeLessThan(1.15);
  }
});

it("the device's bound and gradient are the reference's over a thousand returns", async () => {
  const options = { guide: markov(), draws: 4 };
  using reference = await compileElbo(model, ofReturns(1000), { ...options, device: "cpu" });
  using onDevice = await compileElbo(model, ofReturns(1000), { ...options, device: gpu });
  const lambda = reference.initial();
  const chain = Object.keys(lambda).find((name) => name.endsWith("slope"))!;
  lambda[chain] = lambda[chain]!.map((_, t) => 0.9 * Math.cos(t));
  const [a, b] = [await reference.evaluate(lambda, { seed: 2 }), await onDevice.evaluate(lambda, { seed: 2 })];
  expect(Math.abs(b.value / a.value - 1)).toBeLessThan(1e-5);
  for (const [name, values] of Object.entries(a.gradient)) {
    const size = Math.hypot(...values);
    const away = Math.hypot(...values.map((value, i) => value - b.gradient[name]![i]!));
    expect(away).toBeLessThan(1e-4 * size);
  }
});

it("a chain beats a factorised guide; importance-weighted bounds of more draws are tighter", async () => {
  const check = { batches: 1, drawsPerBatch: 1000, evidenceDraws: 0 };
  const returns = ofReturns(1000);
  const run = (guide: ReturnType<typeof markov>, steps: number) =>
    fit(model, returns, { guide, steps, draws: 8, seed: 1, start: "initial", initialScale: 0.3, device: "cpu", check });
  await using factorised = await run(meanField(), 400);
  // Neither has settled, and the chain is far better.
  await using chain = await run(markov(), 500);
  expect(chain.elbo.value - factorised.elbo.value).toBeGreaterThan(10 * factorised.elbo.standardError);
  expect(chain.elbo.value - factorised.elbo.value).toBeGreaterThan(20);
  const { proposal, importanceWeighted } = await chain.evidence({ draws: 5000 });
  expect(proposal).toBe("guide");
  const bounds = importanceWeighted.map(({ value }) => value);
  expect(importanceWeighted.map(({ draws }) => draws)).toEqual([1, 10, 100]);
  const error = Math.hypot(importanceWeighted[0]!.standardError, chain.elbo.standardError);
  expect(Math.abs(bounds[0]! - chain.elbo.value)).toBeLessThan(4 * error);
  for (const k of [1, 2]) {
    const own = Math.hypot(importanceWeighted[k]!.standardError, importanceWeighted[k - 1]!.standardError);
    expect(bounds[k]! - bounds[k - 1]!).toBeGreaterThan(2 * own);
  }
});
