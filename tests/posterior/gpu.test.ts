/** The same evaluations on WebGPU: the same draws, to float32 accuracy. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { normal } from "../../src/distributions/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { loadExample, reference } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";
import { checked } from "./support.ts";

const backend = gpuBackend(await testDevice());

describe("float32 rounding is not taken for a tail", () => {
  const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
  it("at the exact posterior, where the weights are level but for rounding", async () => {
    const traced = model("normal-normal", ({ plate, sample, observe }) => {
      const n = plate("n", inputs.N);
      const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
      observe("y", normal(mu, inputs.noise_sd), real(inputs.y, [n]));
    }).trace({});
    const posterior = await checked(traced, [answers.posterior_mean], [answers.posterior_sd], { backend });
    expect(posterior.verdict).toBe("reliable");
    expect(posterior.khat).toBeLessThan(0.3);
    expect(Math.abs(posterior.elbo.value - answers.log_evidence)).toBeLessThan(1e-4);
    // The standard error has the rounding of the sum in it.
    expect(posterior.elbo.standardError).toBeGreaterThan(2 ** -24 * 36);
    const evidence = posterior.diagnose().evidence!;
    expect(Math.abs(evidence.value - answers.log_evidence)).toBeLessThan(3 * evidence.standardError! + 1e-5);
    posterior.dispose();
  });
});

it("conjugate regression, the best mean-field: GPU and CPU agree draw by draw", async () => {
  const { model: regression, data } = await loadExample("conjugate-regression");
  const traced = regression.trace(data);
  const exact = reference("conjugate-regression");
  const mean = ["b[1]", "b[2]", "b[3]", "b[4]"].map((name) => exact.parameters[name]!.mean);
  const check = { check: { drawsPerBatch: 4000, evidenceDraws: 4000 } };
  const onGpu = await checked(traced, mean, exact.meanFieldSd!, { backend }, check);
  const onCpu = await checked(traced, mean, exact.meanFieldSd!, {}, check);
  expect(Math.abs(onGpu.elbo.value - onCpu.elbo.value)).toBeLessThan(1e-3);
  expect(Math.abs(onGpu.khat - onCpu.khat)).toBeLessThan(0.01);
  expect(Math.abs(onGpu.diagnose().evidence!.value - onCpu.diagnose().evidence!.value)).toBeLessThan(1e-2);
  const [gpuDraws, cpuDraws] = [await onGpu.sample(500), await onCpu.sample(500)];
  gpuDraws.draws.forEach((x, i) => {
    expect(Math.abs(x - cpuDraws.draws[i]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(x)));
  });
  const [gpuData, cpuData] = [await onGpu.predict({ draws: 20 }), await onCpu.predict({ draws: 20 })];
  const site = onGpu.result.model.observed[0]!.name;
  const [a, b] = [gpuData.bySite(site).draws, cpuData.bySite(site).draws];
  a.forEach((x, i) => {
    expect(Math.abs(x - b[i]!)).toBeLessThan(1e-2);
  });
  onGpu.dispose();
  onCpu.dispose();
});
