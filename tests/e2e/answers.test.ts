/**
 * The examples fitted with default settings against answers from elsewhere (tests/reference). The bars are those the
 * README of each example names; `npm run results` measures all seeds.
 */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { type FitJson, type FitOptions, fit as fitModel, fullRank, meanField } from "../../src/index.ts";
import { type ExampleName, loadExample, reference } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const backend = gpuBackend(await testDevice());
/** Enough draws for a mean and an sd to 1%; the verdict needs the default. */
const moments = { batches: 1, drawsPerBatch: 20_000, summaryDraws: 20_000, evidenceDraws: 256 };

async function fitted(name: ExampleName, options: FitOptions): Promise<FitJson> {
  const { model, data } = await loadExample(name);
  await using posterior = await fitModel(model, data, { device: backend, seed: 1, ...options });
  const result = posterior.toJSON();
  expect(result.stopped, name).toBe("converged");
  return result;
}

/** Largest |mean − reference| in reference sds, and the ratios of sds, over the parameters `which` admits. */
function compare(name: ExampleName, result: FitJson, which: (parameter: string) => boolean = () => true) {
  const entries = Object.entries(reference(name).parameters).filter(([parameter]) => which(parameter));
  expect(entries.length).toBeGreaterThan(0);
  const pairs = entries.map(([parameter, expected]) => ({ expected, found: result.parameters[parameter]! }));
  const ratios = pairs.map(({ expected, found }) => found.sd / expected.sd);
  return {
    mean: Math.max(...pairs.map(({ expected, found }) => Math.abs(found.mean - expected.mean) / expected.sd)),
    leastSd: Math.min(...ratios),
    mostSd: Math.max(...ratios),
  };
}

describe("answers from elsewhere", () => {
  it("conjugate regression: the exact evidence, and the best factorised bound", async () => {
    const full = await fitted("conjugate-regression", { guide: fullRank(), check: moments });
    expect(Math.abs(full.elbo.value - -1879.43889)).toBeLessThan(0.02);
    const factorised = await fitted("conjugate-regression", { guide: meanField(), check: moments });
    expect(Math.abs(factorised.elbo.value - -1880.38317)).toBeLessThan(0.02);
  }, 60_000);

  for (const name of ["kidscore-momiq", "wells"] as const) {
    it(`${name}, full-rank: means within 0.05 sd, sds within 5%`, async () => {
      const found = compare(name, await fitted(name, { guide: fullRank(), check: moments }));
      expect(found.mean).toBeLessThan(0.05);
      expect(found.leastSd).toBeGreaterThan(0.95);
      expect(found.mostSd).toBeLessThan(1.05);
    }, 60_000);
  }

  it("diamonds, full-rank: means within 0.1 sd, sds within 10%", async () => {
    const found = compare("diamonds", await fitted("diamonds", { guide: fullRank(), check: moments }));
    expect(found.mean).toBeLessThan(0.1);
    expect(found.leastSd).toBeGreaterThan(0.9);
    expect(found.mostSd).toBeLessThan(1.1);
  }, 240_000);

  it("eight schools: means of mu and theta within 0.25 sd mean-field, 0.15 full-rank", async () => {
    const located = (parameter: string) => parameter === "mu" || parameter.startsWith("theta");
    const factorised = await fitted("eight-schools", { guide: meanField(), check: moments });
    expect(compare("eight-schools", factorised, located).mean).toBeLessThan(0.25);
    const full = await fitted("eight-schools", { guide: fullRank(), check: moments });
    expect(compare("eight-schools", full, located).mean).toBeLessThan(0.15);
  }, 60_000);

  it("eight schools, centred: no Gaussian can reach it, and the verdict says so", async () => {
    const result = await fitted("eight-schools-centered", { guide: meanField() });
    expect(result.verdict).toBe("unreliable");
    expect(result.khat).toBeGreaterThan(0.7);
  }, 60_000);

  it("radon: means within 0.15 sd (0.25 for the county scale) mean-field, which is not called reliable", async () => {
    const result = await fitted("radon", { guide: meanField() });
    expect(compare("radon", result, (parameter) => parameter !== "sigma_alpha").mean).toBeLessThan(0.15);
    expect(compare("radon", result, (parameter) => parameter === "sigma_alpha").mean).toBeLessThan(0.25);
    expect(result.verdict).toBe("unreliable");
  }, 120_000);

  it("radon, full-rank: means within 0.15 sd", async () => {
    const found = compare("radon", await fitted("radon", { guide: fullRank(), check: moments }));
    expect(found.mean).toBeLessThan(0.15);
  }, 120_000);
});
