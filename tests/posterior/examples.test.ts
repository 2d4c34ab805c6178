/** Evaluations of Gaussians whose ELBO is known, on the examples' real data. */
import { describe, expect, it } from "vitest";
import { Posterior } from "../../src/posterior/posterior.ts";
import { loadExample, reference } from "../support/examples.ts";
import { checked, denseGuide, fitted } from "./support.ts";

const { model, data } = await loadExample("conjugate-regression");
const traced = model.trace(data);
const exact = reference("conjugate-regression");
const names = ["b[1]", "b[2]", "b[3]", "b[4]"];
const mean = names.map((name) => exact.parameters[name]!.mean);

/** Lower Cholesky factor, row-major. */
function cholesky(a: readonly (readonly number[])[]): number[] {
  const size = a.length;
  const L = new Array<number>(size * size).fill(0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i]![j]!;
      for (let k = 0; k < j; k++) rest -= L[i * size + k]! * L[j * size + k]!;
      L[i * size + j] = i === j ? Math.sqrt(rest) : rest / L[j * size + j]!;
    }
  }
  return L;
}

describe("conjugate regression", () => {
  it("the exact posterior, full-rank: ELBO and evidence to the digit, k̂ small, KL form too", async () => {
    const fit = fitted(traced, denseGuide(traced, mean, cholesky(exact.covariance!)));
    const posterior = await new Posterior(fit, { check: { evidenceDraws: 20_000 } }).check();
    expect(posterior.verdict).toBe("reliable");
    expect(Math.abs(posterior.elbo.value - exact.logEvidence)).toBeLessThan(1e-6);
    const { kl } = posterior.elbo.forms;
    expect(Math.abs(kl!.value - exact.logEvidence)).toBeLessThan(4 * kl!.standardError);
    const evidence = posterior.diagnose().evidence!;
    expect(Math.abs(evidence.value - exact.logEvidence)).toBeLessThan(3 * evidence.standardError!);
    for (const name of names) {
      const row = posterior.summary().get(name);
      const { mean: center, sd } = exact.parameters[name]!;
      expect(Math.abs(row.mean - center)).toBeLessThan((4 * sd) / Math.sqrt(200_000));
      expect(row.sd / sd).toBeCloseTo(1, 2);
    }
  });

  it("the best mean-field: its bound, its missing nats found by the evidence, its narrow sds noticed", async () => {
    // Weights of k̂ ≈ 0.8 tell sds poorly: of twelve seeds ten notice (1.6 to 2.1×), two do not.
    const change = { seed: 7 };
    const posterior = await checked(traced, mean, exact.meanFieldSd!, change, { check: { evidenceDraws: 100_000 } });
    expect(Math.abs(posterior.elbo.value - exact.meanFieldElbo!)).toBeLessThan(4 * posterior.elbo.standardError);
    // Sds up to 2.8 times too narrow: even the t's weights have k̂ ≥ 0.7, so there is a value but no standard error.
    const { divergence, value, standardError, warning } = posterior.diagnose().evidence!;
    expect(standardError).toBeNull();
    expect(warning).toMatch(/k̂/);
    expect(Math.abs(value - exact.logEvidence)).toBeLessThan(0.1);
    expect(Math.abs(divergence.value - (exact.logEvidence - exact.meanFieldElbo!))).toBeLessThan(0.1);
    expect(posterior.verdict).toBe("unreliable");
    expect(posterior.reasons.join("\n")).toMatch(/sd.*b\[[34]\] \((1\.[5-9]|2\.)\d+×\), b\[[34]\]/);
  });

  for (const at of exact.elboAt!) {
    it(`elsewhere: ELBO ${at.elbo.toFixed(3)}`, async () => {
      const settings = { check: { drawsPerBatch: 8000, evidenceDraws: 0 } };
      const { joint, entropy, kl } = (await checked(traced, at.mean, at.sd, {}, settings)).elbo.forms;
      for (const form of [joint, entropy!, kl!]) {
        expect(Math.abs(form.value - at.elbo)).toBeLessThan(4 * form.standardError);
      }
    });
  }
});
