/**
 * Training against probabilistic PCA, whose maximum of the likelihood is known: with λ_j the eigenvalues of the sample
 * covariance and σ² the mean of those left out, log p(X) = −N/2 (d log 2π + Σ_{j≤q} log λ_j + (d−q) log σ² + d) (M. Tipping &
 * C. Bishop, *Probabilistic principal component analysis*, JRSS B 1999, §3.2). Its posterior is a normal that is linear in x,
 * which the amortised guide holds exactly, so that the bound is tight at the maximum.
 */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { adam, amortised, dense, exp, FitError, fit, model, normal, real, train } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

/** Two variables with sample covariance [[1.25, 1], [1, 1.25]]: eigenvalues 2.25 and 0.25. */
const N = 64;
const data = {
  x: Array.from({ length: N }, (_, i) => {
    const [a, b] = [Math.SQRT2 * Math.sin((2 * Math.PI * i) / N), Math.SQRT2 * Math.cos((2 * Math.PI * i) / N)];
    const [u, v] = [1.5 * a, 0.5 * b];
    return [3 + (u + v) / Math.SQRT2, -1 + (u - v) / Math.SQRT2];
  }),
};
const MAXIMUM = (-N / 2) * (2 * Math.log(2 * Math.PI) + Math.log(2.25) + Math.log(0.25) + 2);

const ppca = model("probabilistic PCA", ({ plate, sample, observe, parameter, deterministic }, given: typeof data) => {
  const row = plate("row", given.x.length, { batch: Math.min(16, given.x.length) });
  const variable = plate("variable", 2);
  const factor = plate("factor", 1);
  const z = sample("z", normal(0, 1), [row, factor]);
  const loc = deterministic("loc", dense(parameter, "loading", z, factor, variable), [row, variable]);
  observe("x", normal(loc, exp(parameter("logScale"))), real(given.x, [row, variable]));
});
const guide = {
  z: amortised(({ parameter, observed, axes }) => {
    const x = observed("x");
    return { loc: dense(parameter, "loc", x, x.axes[1]!, axes[1]!), logScale: parameter("log scale") };
  }),
};

describe("probabilistic PCA", () => {
  it("reaches the maximum of the likelihood, and the bound is tight there", async () => {
    await using trained = await train(ppca, data, {
      guide,
      steps: 2000,
      draws: 4,
      seed: 3,
      optimizer: adam({ stepSize: 0.02 }),
      device: cpu,
    });
    const { elbo, importanceWeighted, entries } = await trained.bound(data, { draws: 400 });
    expect(entries).toBe(N);
    // Steps of batches end near the maximum, not on it: a hundredth of a nat a row.
    expect(Math.abs(elbo.value - MAXIMUM)).toBeLessThan(0.01 * N + 4 * elbo.standardError);
    expect(importanceWeighted.value).toBeLessThan(MAXIMUM + 4 * importanceWeighted.standardError);
    expect(importanceWeighted.value).toBeGreaterThan(elbo.value - 2 * elbo.standardError);
    expect(Math.exp(2 * trained.result.parameters.logScale![0]!)).toBeCloseTo(0.25, 1);
    const { loc } = await trained.values(["loc"], data, { draws: 50 });
    const residual = loc!.reduce((sum, v, i) => sum + (v - data.x[i >> 1]![i & 1]!) ** 2, 0) / N;
    expect(residual).toBeLessThan(1);
    // Decoding: latents in place of draws.
    const decoded = await trained.values(["loc"], data, { latents: { z: new Float64Array(N) } });
    expect(decoded.loc![0]).toBeCloseTo(trained.result.parameters["loading.bias"]![0]!, 6);
    // Data that were not trained on, fewer than a batch among them.
    const few = await trained.bound({ x: data.x.slice(0, 3) }, { draws: 400 });
    const own = importanceWeighted.value / N;
    expect(Math.abs(few.importanceWeighted.value / 3 - own)).toBeLessThan(2);
  });

  it("steps on the device are those of the float64 reference", async () => {
    const options = { guide, steps: 5, draws: 4, seed: 1, optimizer: adam({ stepSize: 0.02 }) };
    await using onCpu = await train(ppca, data, { ...options, device: cpu });
    await using onGpu = await train(ppca, data, { ...options, device: gpu });
    for (const [name, values] of Object.entries(onCpu.result.parameters)) {
      values.forEach((value, i) => {
        expect(Math.abs(onGpu.result.parameters[name]![i]! - value)).toBeLessThan(1e-4);
      });
    }
    const [a, b] = [await onCpu.bound(data, { draws: 20 }), await onGpu.bound(data, { draws: 20 })];
    expect(Math.abs(a.elbo.value - b.elbo.value)).toBeLessThan(1e-4 * Math.abs(a.elbo.value));
  });
});

describe("learned parameters at hand", () => {
  it("are evaluated without a step, and are what further steps begin with", async () => {
    const options = { guide, draws: 4, seed: 1, optimizer: adam({ stepSize: 0.02 }), device: cpu };
    await using trained = await train(ppca, data, { ...options, steps: 20 });
    const { parameters, axes } = trained.result;
    // Declared from factor to variable, and laid out in the order in which the model makes them.
    expect(axes["loading.weight"]!.map(({ name }) => name)).toEqual(["variable", "factor"]);
    await using again = await train(ppca, data, { ...options, steps: 0, parameters });
    expect(again.result.parameters).toEqual(parameters);
    expect((await again.bound()).elbo).toEqual((await trained.bound()).elbo);
    // Adam's first step is as long as its step size, whatever the gradient.
    await using further = await train(ppca, data, { ...options, steps: 1, parameters });
    for (const [name, values] of Object.entries(further.result.parameters)) {
      values.forEach((value, i) => {
        expect(Math.abs(value - parameters[name]![i]!)).toBeCloseTo(0.02, 4);
      });
    }
  });
});

describe("refusals", () => {
  it("learned parameters in a fit, latents without a guide, guides without a latent", async () => {
    await expect(fit(ppca, data, { device: "cpu" })).rejects.toThrow(
      /parameters without a prior .*train\(model, data\)/,
    );
    await expect(train(ppca, data, { device: "cpu" })).rejects.toThrow(/latent site "z" has no guide/);
    await expect(train(ppca, data, { guide: { ...guide, y: guide.z }, device: "cpu" })).rejects.toThrow(FitError);
    await expect(train(ppca, data, { guide, steps: -1, device: "cpu" })).rejects.toThrow(/steps must be .* at least 0/);
    const of = (parameters: Readonly<Record<string, number[]>>) =>
      train(ppca, data, { guide, parameters, steps: 0, device: "cpu" });
    await expect(of({ nonsense: [1] })).rejects.toThrow(/no "nonsense" to learn; there are "loading\.weight"/);
    await expect(of({ "loading.bias": [1] })).rejects.toThrow(
      /"loading\.bias" must have 2 values \(variable × 2\), got 1/,
    );
    const blind = { z: amortised(({ observed }) => ({ loc: observed("w"), logScale: observed("w") })) };
    await expect(train(ppca, data, { guide: blind, device: "cpu" })).rejects.toThrow(/no observed site "w".*"x"/);
  });
});
