/**
 * Targets that no simpler guide holds, each a normalised density without data: the log evidence is 0 and the bound is
 * −KL(q ‖ p).
 */
import { expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import {
  autoregressiveFlow,
  couplingFlow,
  fit,
  fullRank,
  type Guide,
  guide,
  lowRank,
  type Model,
  meanField,
  mixture,
  mixtureGuide,
  model,
  multivariateNormal,
  normal,
  real,
} from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const check = { batches: 1, drawsPerBatch: 20_000, evidenceDraws: 20_000 };
const gpu = gpuBackend(await testDevice());
const run = (target: Model, family: Guide, steps = 10_000, kind: "cpu" | "gpu" = "cpu") =>
  fit(target, {}, { guide: family, seed: 1, steps, device: kind === "cpu" ? "cpu" : gpu, check });

/** Covariance I + b bᵀ, determinant 1 + |b|², precision I − b bᵀ/(1 + |b|²). */
const b = [2, -1.5, 1, 0.5, -2, 1];
const determinant = 1 + b.reduce((total, x) => total + x * x, 0);
const factorModel = model("one factor", ({ plate, sample }) => {
  const row = plate("i", b.length);
  const rows = b.map((x, i) => b.map((y, j) => x * y + (i === j ? 1 : 0)));
  sample("x", multivariateNormal(0, { covariance: real(rows, [row, row.prime()]), row }), [row]);
});

for (const kind of ["cpu", "gpu"] as const) {
  it(`one direction is enough for a covariance of one factor (${kind})`, async () => {
    await using posterior = await run(factorModel, lowRank({ rank: 1 }), undefined, kind);
    expect(posterior.verdict).toBe("reliable");
    expect(Math.abs(posterior.elbo.value)).toBeLessThan(0.005);
    expect(Math.abs(posterior.elbo.forms.entropy!.value)).toBeLessThan(4 * posterior.elbo.forms.entropy!.standardError);
    // The t proposal knows the determinant: log p = 0.
    const evidence = await posterior.evidence();
    expect(evidence.proposal).toBe("student-t");
    expect(Math.abs(evidence.value)).toBeLessThan(4 * evidence.standardError! + 1e-4);
    b.forEach((x, i) => {
      const { sd } = posterior.summary().get(`x[${i + 1}]`);
      expect(Math.abs(sd / Math.sqrt(1 + x * x) - 1)).toBeLessThan(0.02);
    });
  });
}

it("without that direction the bound is the best factorised one", async () => {
  await using posterior = await run(factorModel, meanField());
  const gap = 0.5 * (Math.log(determinant) + b.reduce((total, x) => total + Math.log(1 - (x * x) / determinant), 0));
  expect(Math.abs(posterior.elbo.value + gap)).toBeLessThan(0.005 + 4 * posterior.elbo.standardError);
});

const bimodal = model("two modes", ({ plate, sample }) => {
  const mode = plate("mode", 2);
  sample("x", mixture({ probs: real([0.3, 0.7], [mode]) }, mode, [normal(-2, 0.5), normal(2, 0.7)]));
});

for (const kind of ["cpu", "gpu"] as const) {
  it(`a mixture holds two modes with their weights (${kind})`, async () => {
    await using posterior = await run(bimodal, mixtureGuide({ components: 2 }), undefined, kind);
    expect(Math.abs(posterior.elbo.value)).toBeLessThan(0.005);
    const { mean, sd } = posterior.summary().get("x");
    // Of 20,000 draws: a standard error of 0.014 for the mean, less for the sd.
    expect(Math.abs(mean - 0.8)).toBeLessThan(0.06);
    expect(Math.abs(sd - Math.sqrt(0.3 * 0.25 + 0.7 * 0.49 + 0.3 * 0.7 * 16))).toBeLessThan(0.06);
    expect((await posterior.evidence()).proposal).toBe("guide");
  });
}

it("one Gaussian holds one mode of the two", async () => {
  await using posterior = await run(bimodal, meanField());
  // The modes hardly overlap: log 0.7, that of the larger.
  expect(Math.abs(posterior.elbo.value - Math.log(0.7))).toBeLessThan(0.01);
});

it("a mixture may be one block of a guide", async () => {
  const two = model("two modes and one", ({ plate, sample }) => {
    const mode = plate("mode", 2);
    const x = sample("x", mixture({ probs: real([0.3, 0.7], [mode]) }, mode, [normal(-2, 0.5), normal(2, 0.7)]));
    const y = sample("y", normal(1, 3));
    sample("z", normal(y.mul(2), 1));
    return x;
  });
  await using posterior = await run(two, guide({ x: mixtureGuide({ components: 2 }), default: fullRank() }));
  expect(Math.abs(posterior.elbo.value)).toBeLessThan(0.01);
  await expect(run(two, guide({ x: mixtureGuide(), default: mixtureGuide() }))).rejects.toThrow(/only one block/);
});

const banana = model("banana", ({ sample }) => {
  const x = sample("x", normal(0, 1));
  sample("y", normal(x.square().mul(0.7), 0.4));
});
const funnel = model("funnel", ({ plate, sample }) => {
  const v = sample("v", normal(0, 1.5));
  sample("x", normal(0, v.mul(0.5).exp()), [plate("i", 2)]);
});

for (const target of [banana, funnel]) {
  it(`flows bend to the ${target.name}, a Gaussian does not`, async () => {
    await using gaussian = await run(target, fullRank());
    expect(gaussian.elbo.value).toBeLessThan(-0.45);
    for (const family of [couplingFlow({ layers: 4 }), autoregressiveFlow({ layers: 2 })]) {
      await using posterior = await run(target, family, 5000);
      expect(posterior.elbo.value).toBeGreaterThan(-0.08);
      expect(posterior.elbo.value).toBeLessThan(4 * posterior.elbo.standardError);
      expect(posterior.elbo.forms.entropy).toBeNull();
      const evidence = await posterior.evidence();
      expect(evidence.proposal).toBe("student-t");
      expect(Math.abs(evidence.value)).toBeLessThan(0.05);
    }
  });
}

it("flows fit on the device as well", async () => {
  await using posterior = await run(banana, autoregressiveFlow({ layers: 2 }), 1500, "gpu");
  expect(posterior.elbo.value).toBeGreaterThan(-0.2);
  expect((await posterior.sample(10)).count).toBe(10);
});
