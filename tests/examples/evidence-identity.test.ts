/** log p(x) = ELBO + KL, as a fit reports it and at any other q. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import data from "../../examples/evidence-identity/data.json" with { type: "json" };
import model from "../../examples/evidence-identity/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { fit } from "../../src/index.ts";
import { checked } from "../posterior/support.ts";
import { testDevice } from "../support/gpu.ts";

const { answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
const gpu = gpuBackend(await testDevice());

for (const on of [gpu, cpuBackend()]) {
  it(`a fit reaches the evidence in all three forms (${on.kind})`, async () => {
    await using posterior = await fit(model, data, { device: on, seed: 1 });
    expect(posterior.verdict).toBe("reliable");
    const { joint, entropy, kl } = posterior.elbo.forms;
    // At the optimum log p(x, z) − log q(z) is constant.
    expect(Math.abs(joint.value - answers.log_evidence)).toBeLessThan(1e-3);
    for (const form of [entropy!, kl!]) {
      expect(Math.abs(form.value - joint.value)).toBeLessThan(4 * Math.hypot(form.standardError, joint.standardError));
    }
    const evidence = await posterior.evidence();
    expect(evidence.standardError).toBeLessThan(0.01);
    expect(Math.abs(evidence.value - answers.log_evidence)).toBeLessThan(3 * evidence.standardError!);
    expect(evidence.upper!.value).toBeGreaterThan(evidence.lower.value);
    const row = posterior.summary().get("mu");
    expect(Math.abs(row.mean - answers.posterior_mean)).toBeLessThan(0.01 * answers.posterior_sd);
    expect(Math.abs(row.sd / answers.posterior_sd - 1)).toBeLessThan(0.01);
  });
}

it("ELBO + KL is the evidence at every q", async () => {
  const traced = model.trace(data);
  const small = { check: { batches: 1, drawsPerBatch: 20_000, evidenceDraws: 0 } };
  for (const { q_mean, q_sd, kl_q_to_posterior } of answers.elbo_at) {
    const at = await checked(traced, [q_mean], [q_sd], { backend: cpuBackend() }, small);
    for (const form of Object.values(at.elbo.forms)) {
      const total = form!.value + kl_q_to_posterior;
      expect(Math.abs(total - answers.log_evidence)).toBeLessThan(4 * form!.standardError + 1e-9);
    }
  }
});
