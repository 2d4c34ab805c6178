/**
 * Ordinary guides beside amortised ones. Of a Gaussian posterior with precision P the best q = Π_b q_b has the right means, the
 * precisions P_bb, and a bound that is ½(Σ_b log|P_bb| − log|P|) below the evidence (Bishop 2006, §10.1.2).
 *
 * y_i ~ N(a + b x_i + z_i, 1), z_i ~ N(0, 1), a, b ~ N(0, 3²): over (a, b) P is I/9 + XᵀX, and |P| = 2ᴺ |I/9 + XᵀX/2|.
 */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import {
  type AmortisedGuides,
  adam,
  amortised,
  fullRank,
  meanField,
  mixtureGuide,
  model,
  normal,
  real,
  train,
} from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

const N = 24;
const data = {
  x: Array.from({ length: N }, (_, i) => 0.5 + Math.sin(3 * i)),
  y: Array.from({ length: N }, (_, i) => 1 + 0.7 * Math.sin(3 * i) + 1.3 * Math.cos(5 * i)),
};
const line = model("line", ({ plate, sample, observe }, given: typeof data) => {
  const row = plate("row", given.x.length, { batch: Math.min(8, given.x.length) });
  const a = sample("a", normal(0, 3));
  const b = sample("b", normal(0, 3));
  const z = sample("z", normal(0, 1), [row]);
  observe("y", normal(real(given.x, [row]).mul(b).add(a).add(z), 1), real(given.y, [row]));
  // What q(z) may read.
  observe("x", normal(0, 1), real(given.x, [row]));
});
const z = amortised(({ parameter, observed }) => ({
  loc: observed("y")
    .mul(parameter("gain"))
    .add(observed("x").mul(parameter("slope")))
    .add(parameter("shift")),
  logScale: parameter("logScale"),
}));

const sum = (values: readonly number[]): number => values.reduce((p, q) => p + q, 0);
const [n, sx, sxx] = [N, sum(data.x), sum(data.x.map((v) => v * v))];
const [sy, sxy, syy] = [sum(data.y), sum(data.y.map((v, i) => v * data.x[i]!)), sum(data.y.map((v) => v * v))];
/** I/9 + share · XᵀX. */
const precision = (share: number) => ({ aa: 1 / 9 + share * n, ab: share * sx, bb: 1 / 9 + share * sxx });
const determinant = ({ aa, ab, bb }: ReturnType<typeof precision>): number => aa * bb - ab * ab;
/** Of the marginal posterior of (a, b), where y_i has variance 2. */
const [P, det] = [precision(0.5), determinant(precision(0.5))];
const mean = {
  a: (0.5 * (P.bb * sy - P.ab * sxy)) / det,
  b: (0.5 * (P.aa * sxy - P.ab * sy)) / det,
};
/** log N(y | 0, 2I + 9XXᵀ) by the determinant lemma and Woodbury's identity, and the densities of x. */
const logEvidence =
  -0.5 * (n * Math.log(2 * Math.PI) + n * Math.log(2) + Math.log(81 * det)) -
  0.5 * (0.5 * syy - 0.5 * (mean.a * sy + mean.b * sxy)) -
  0.5 * (n * Math.log(2 * Math.PI) + sxx);
const Q = precision(1);

describe("a line with amortised deviations", () => {
  it("full-rank: reaches the best bound of its family, with the covariance that q should have", async () => {
    const guide: AmortisedGuides = { z, default: fullRank() };
    const options = { guide, steps: 2500, draws: 8, seed: 2, optimizer: adam({ stepSize: 0.03 }), device: cpu };
    await using trained = await train(line, data, options);
    const { elbo, shared, importanceWeighted } = await trained.bound(data, { draws: 400 });
    const best = logEvidence - 0.5 * (Math.log(determinant(Q)) - Math.log(det));
    const error = Math.hypot(elbo.standardError, shared.standardError);
    // What batches leave of the noise of steps at a tenth of the step size is a few hundredths of a nat.
    expect(elbo.value + shared.value).toBeLessThan(best + 4 * error);
    expect(elbo.value + shared.value).toBeGreaterThan(best - 0.1 - 4 * error);
    expect(importanceWeighted.value).toBeGreaterThan(elbo.value);
    const draws = await trained.draws(["a", "b"], { draws: 4000 });
    const meanOf = (values: Float64Array): number => values.reduce((p, q) => p + q, 0) / values.length;
    const [a, b] = [meanOf(draws.a!), meanOf(draws.b!)];
    const covariance = meanOf(draws.a!.map((v, i) => (v - a) * (draws.b![i]! - b)));
    const variance = meanOf(draws.a!.map((v) => (v - a) ** 2));
    // Standard errors: 0.005 of a mean, 2% of a variance; the optimizer's own noise is about as much again.
    expect(Math.abs(a - mean.a)).toBeLessThan(0.06);
    expect(Math.abs(b - mean.b)).toBeLessThan(0.06);
    expect(Math.abs(variance / (Q.bb / determinant(Q)) - 1)).toBeLessThan(0.2);
    expect(Math.abs(covariance / (-Q.ab / determinant(Q)) - 1)).toBeLessThan(0.3);
  });

  it("a guide for each: steps on the device are those of the float64 reference, and so are bounds", async () => {
    const guide: AmortisedGuides = { z, a: meanField(), b: meanField() };
    const options = { guide, steps: 5, draws: 4, seed: 1, optimizer: adam({ stepSize: 0.03 }) };
    await using onCpu = await train(line, data, { ...options, device: cpu });
    await using onGpu = await train(line, data, { ...options, device: gpu });
    expect(Object.keys(onCpu.result.parameters)).toContain("guide.a.loc");
    for (const [name, values] of Object.entries(onCpu.result.parameters)) {
      values.forEach((value, i) => {
        expect(Math.abs(onGpu.result.parameters[name]![i]! - value)).toBeLessThan(1e-4);
      });
    }
    const [p, q] = [await onCpu.bound(data, { draws: 20 }), await onGpu.bound(data, { draws: 20 })];
    expect(Math.abs(p.elbo.value - q.elbo.value)).toBeLessThan(1e-4 * Math.abs(p.elbo.value));
    expect(Math.abs(p.shared.value - q.shared.value)).toBeLessThan(1e-3);
    const [own, other] = [await onCpu.draws(["a"], { draws: 3 }), await onGpu.draws(["a"], { draws: 3 })];
    own.a!.forEach((value, i) => {
      expect(Math.abs(other.a![i]! - value)).toBeLessThan(1e-3);
    });
  });

  it("refuses what it cannot train, and says what to do", async () => {
    const attempt = (guide: AmortisedGuides) => train(line, data, { guide, steps: 1, device: "cpu" });
    await expect(attempt({ z })).rejects.toThrow(/latent site "a" has no guide; give it one .*meanField\(\)/);
    await expect(attempt({ default: meanField() })).rejects.toThrow(/"z" has an entry for each of the plate "row"/);
    await expect(attempt({ z, default: mixtureGuide() })).rejects.toThrow(/mixture guide have weights/);
    await expect(attempt({ z, c: meanField(), default: meanField() })).rejects.toThrow(/no continuous latent site "c"/);
    await using trained = await attempt({ z, default: meanField() });
    await expect(trained.draws(["z"])).rejects.toThrow(/"z" runs over "row": ask values\(\)/);
    await expect(trained.values(["a"])).rejects.toThrow(/draws\(\) has what all entries share/);
  });
});
