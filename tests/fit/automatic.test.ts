/** Guides that have no natural gradient, no moments and no factor: the optimiser, the judge and the posterior do without. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { automatic } from "../../src/guides/automatic.ts";
import { fit, type Guide, guide, halfNormal, meanField, model, normal, PosteriorError, real } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

/** The factorised Gaussian as if nothing were known of it but how to draw and its density. */
const opaque = (): Guide => ({
  name: "opaque",
  startFamily: "mean-field",
  bind(coordinate, start, sites) {
    const known = meanField().bind(coordinate, { ...start, factor: null }, sites);
    const parameters = Object.fromEntries(
      Object.entries(known.parameters).map(([name, spec]) => [name, { ...spec, adaptive: true }]),
    );
    return {
      ...known,
      ...automatic(parameters, known.logDensityAt),
      name: "opaque",
      parameters,
      sample: (lambda, constants, noise) => ({
        ...known.sample(lambda, constants, noise),
        entropy: null,
        radius: null,
      }),
      marginals: () => null,
      moments: () => null,
    };
  },
});

/** y ~ N(b, 1) with b ~ N(0, 10²): exact posterior and evidence by hand. */
const y = [1.2, -0.4, 3.1, 0.8, 2.2];
const means = model("means", ({ plate, sample, observe }, data: { y: number[] }) => {
  const row = plate("row", data.y.length);
  observe("y", normal(sample("b", normal(0, 10)), 1), real(data.y, [row]));
});
const precision = y.length + 0.01;
const mean = y.reduce((a, b) => a + b, 0) / precision;
const evidence =
  -0.5 * (y.length * Math.log(2 * Math.PI) + Math.log(100 * precision)) -
  0.5 * (y.reduce((a, b) => a + b * b, 0) - precision * mean * mean);

const check = { batches: 2, drawsPerBatch: 10_000, evidenceDraws: 10_000 };

for (const kind of ["cpu", "gpu"] as const) {
  describe(`an opaque guide (${kind})`, () => {
    const open = async () => (kind === "cpu" ? ("cpu" as const) : gpuBackend(await testDevice()));

    it("fits, is judged and serves a posterior", async () => {
      await using posterior = await fit(means, { y }, { guide: opaque(), seed: 1, device: await open(), check });
      expect(posterior.result.stopped).toBe("converged");
      expect(posterior.verdict).toBe("reliable");
      // Adam at its last step size leaves λ within a few hundredths of an sd of the optimum.
      expect(Math.abs(posterior.elbo.value - evidence)).toBeLessThan(0.005);
      expect(posterior.elbo.forms.entropy).toBeNull();
      const row = posterior.summary().get("b");
      expect(Math.abs(row.mean - mean) * Math.sqrt(precision)).toBeLessThan(0.05);
      const found = await posterior.evidence();
      expect(found.proposal).toBe("guide");
      expect(Math.abs(found.value - evidence)).toBeLessThan(0.005 + 4 * found.standardError!);
      await expect(posterior.evidence({ proposal: "student-t" })).rejects.toThrow(PosteriorError);
      expect((await posterior.predict({ draws: 10 })).bySite("y").draws.length).toBe(10 * y.length);
    });

    it("goes on from where it was stopped", async () => {
      const device = await open();
      const options = { guide: opaque(), seed: 2, device, check };
      await using short = await fit(means, { y }, { ...options, steps: 100 });
      expect(short.result.stopped).toBe("max-steps");
      await using long = await fit(means, { y }, { ...options, resume: short.result });
      expect(long.result.stopped).toBe("converged");
      expect(long.result.steps).toBeGreaterThan(short.result.steps);
      expect(Math.abs(long.elbo.value - evidence)).toBeLessThan(0.005);
    });
  });
}

it("is one block of a guide whose others have natural gradients", async () => {
  const two = model("two", ({ plate, sample, observe }, data: { y: number[] }) => {
    const row = plate("row", data.y.length);
    const scale = sample("scale", halfNormal(2));
    observe("y", normal(sample("b", normal(0, 10)), scale), real(data.y, [row]));
  });
  const run = (family: Guide) => fit(two, { y }, { guide: family, seed: 1, device: "cpu", check });
  await using mixed = await run(guide({ b: opaque(), default: meanField() }));
  await using plain = await run(meanField());
  expect(mixed.result.stopped).toBe("converged");
  const error = Math.hypot(mixed.elbo.standardError, plain.elbo.standardError);
  expect(Math.abs(mixed.elbo.value - plain.elbo.value)).toBeLessThan(0.005 + 4 * error);
});

it("names the site at which its draws break down", async () => {
  const broken = model("broken", ({ sample, factor }) => {
    const x = sample("x", normal(0, 1));
    // NaN for |x| > 0.5.
    factor("edge", x.square().neg().add(0.25).log().mul(1e-3));
  });
  await using posterior = await fit(broken, {}, { guide: opaque(), seed: 1, device: "cpu", steps: 300, check });
  expect(posterior.reasons.join(" ")).toContain('"edge"');
});
