import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normal } from "../../src/distributions/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { checked, denseGuide, fitted } from "./support.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));

const normalNormal = model<{ y: number[] }>("normal-normal", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
});
const traced = normalNormal.trace({ y: inputs.y });

describe("at the exact posterior", async () => {
  const posterior = await checked(traced, [answers.posterior_mean], [answers.posterior_sd]);

  it("every form of the ELBO is the evidence", () => {
    const { joint, entropy, kl } = posterior.elbo.forms;
    // log p − log q is constant here: the joint form has no Monte Carlo error.
    expect(joint.value).toBeCloseTo(answers.log_evidence, 9);
    expect(joint.standardError).toBeLessThan(1e-9);
    for (const form of [entropy!, kl!]) {
      expect(Math.abs(form.value - answers.log_evidence)).toBeLessThan(4 * form.standardError);
      expect(form.standardError).toBeLessThan(0.02);
    }
  });

  it("k̂ is small, the draws are all effective, the verdict is reliable without reasons", () => {
    expect(posterior.khat).toBeLessThan(0.2);
    expect(posterior.verdict).toBe("reliable");
    expect(posterior.reasons).toEqual([]);
    const { ess, draws } = posterior.diagnose();
    expect(draws).toBe(200_000);
    expect(ess / draws).toBeCloseTo(1, 9);
  });

  it("the summary is the posterior's", () => {
    const { mean, sd, quantiles } = posterior.summary().get("mu");
    const error = answers.posterior_sd / Math.sqrt(200_000);
    expect(Math.abs(mean - answers.posterior_mean)).toBeLessThan(4 * error);
    expect(Math.abs(sd - answers.posterior_sd)).toBeLessThan(4 * error);
    // Normal quantiles; the error of q05 is √(p(1−p)/n)/φ(z) sds with n = 20,000.
    const at = (z: number) => answers.posterior_mean + z * answers.posterior_sd;
    expect(Math.abs(quantiles.q05! - at(-1.6448536))).toBeLessThan(4 * 0.015 * answers.posterior_sd);
    expect(Math.abs(quantiles.q50! - at(0))).toBeLessThan(4 * 0.0089 * answers.posterior_sd);
    expect(Math.abs(quantiles.q95! - at(1.6448536))).toBeLessThan(4 * 0.015 * answers.posterior_sd);
  });

  it("the evidence from the t proposal and from the guide", async () => {
    for (const proposal of ["student-t", "guide", "wide"] as const) {
      const evidence = await posterior.evidence({ draws: 100_000, proposal });
      expect(evidence.warning).toBeNull();
      expect(evidence.khat).toBeLessThan(0.3);
      expect(Math.abs(evidence.value - answers.log_evidence)).toBeLessThan(3 * evidence.standardError! + 1e-9);
      expect(Math.abs(evidence.divergence.value)).toBeLessThan(3 * evidence.divergence.standardError! + 1e-9);
    }
  });

  it("predicts data with the posterior predictive's moments", async () => {
    const predictive = await posterior.predict({ draws: 4000 });
    expect(predictive.names.slice(0, 2)).toEqual(["y[1]", "y[2]"]);
    const { shape, draws } = predictive.bySite("y");
    expect(shape).toEqual([20]);
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const sd = Math.sqrt(draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length);
    // The 20 entries of a draw share their mu: its sd over √draws is the larger part of the error.
    expect(Math.abs(mean - answers.posterior_predictive.mean)).toBeLessThan(4 * (0.34 / Math.sqrt(4000) + 1.5 / 283));
    expect(Math.abs(sd - answers.posterior_predictive.sd)).toBeLessThan(0.02);
    const again = await posterior.predict({ draws: 4000 });
    expect(again.bySite("y").draws).toEqual(draws);
    const other = await posterior.predict({ draws: 10, seed: 5 });
    expect(other.bySite("y").draws[0]).not.toBe(draws[0]);
  });
});

describe("away from the posterior", () => {
  for (const { q_mean, q_sd, elbo, kl_q_to_posterior } of answers.elbo_at) {
    it(`q = N(${q_mean}, ${q_sd}²)`, async () => {
      const posterior = await checked(
        traced,
        [q_mean],
        [q_sd],
        {},
        { check: { drawsPerBatch: 4000, evidenceDraws: 0 } },
      );
      const { joint, entropy, kl } = posterior.elbo.forms;
      for (const form of [joint, entropy!, kl!]) {
        expect(Math.abs(form.value - elbo)).toBeLessThan(4 * form.standardError + 1e-9);
      }
      if (kl_q_to_posterior > 1) expect(posterior.verdict).toBe("unreliable");
    });
  }

  it("half the sd: unreliable, naming the parameter", async () => {
    const posterior = await checked(traced, [answers.posterior_mean], [answers.posterior_sd / 2]);
    expect(posterior.verdict).toBe("unreliable");
    expect(posterior.reasons.join("\n")).toMatch(/sd.*\bmu \((1\.[5-9]|2\.[0-4])\d×\)\n.*reparametrise/);
    // KL(N(m, (s/2)²) ‖ N(m, s²)) = log 2 + ⅛ − ½.
    const exact = answers.log_evidence - (Math.LN2 + 1 / 8 - 1 / 2);
    expect(Math.abs(posterior.elbo.value - exact)).toBeLessThan(4 * posterior.elbo.standardError);
    // A t with twice too small a scale still covers the posterior.
    const { evidence } = posterior.diagnose();
    expect(evidence!.khat).toBeLessThan(0.7);
    expect(Math.abs(evidence!.value - answers.log_evidence)).toBeLessThan(3 * evidence!.standardError!);
    expect(Math.abs(evidence!.divergence.value - (Math.LN2 - 3 / 8))).toBeLessThan(
      3 * evidence!.divergence.standardError!,
    );
  });

  it("a mean 0.4 sd off: unreliable, by how much", async () => {
    const posterior = await checked(
      traced,
      [answers.posterior_mean - 0.4 * answers.posterior_sd],
      [answers.posterior_sd],
    );
    expect(posterior.verdict).toBe("unreliable");
    expect(posterior.reasons.join("\n")).toMatch(/mean.*\bmu \(\+0\.(39|40|41) sd\)/);
  });

  it("a mean 0.2 sd off and an sd 1.2× off pass", async () => {
    const posterior = await checked(
      traced,
      [answers.posterior_mean + 0.2 * answers.posterior_sd],
      [answers.posterior_sd * 1.2],
    );
    expect(posterior.verdict).toBe("reliable");
  });

  it("far too narrow: the evidence from the guide comes with a warning and no standard error", async () => {
    const posterior = await checked(traced, [answers.posterior_mean], [answers.posterior_sd / 10]);
    const evidence = await posterior.evidence({ draws: 40_000, proposal: "guide" });
    expect(evidence.khat).toBeGreaterThan(0.7);
    expect(evidence.standardError).toBeNull();
    expect(evidence.warning).toMatch(/underestimated/);
    expect(evidence.value).toBeLessThan(answers.log_evidence);
    expect(posterior.toJSON().evidence).toMatchObject({ standardError: null, warning: evidence.warning });
  });
});

describe("two correlated coefficients under a full-rank guide without closed entropy", async () => {
  // y ~ N(a + b x, 1), a, b ~ N(0, 2²): the posterior is normal with precision I/4 + XᵀX.
  const x = [-0.5, 0.3, 1.2, 2.1, 2.9];
  const y = [0.2, 1.1, 2.9, 4.3, 6.4];
  const regression = model<{ x: number[]; y: number[] }>("line", ({ plate, sample, observe, deterministic }, data) => {
    const n = plate("n", data.y.length);
    const a = sample("a", normal(0, 2));
    const b = sample("b", normal(0, 2));
    const line = deterministic("line", a.add(b.mul(real(data.x, [n]))));
    observe("y", normal(line, 1), real(data.y, [n]));
  }).trace({ x, y });
  const sumOf = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0);
  const p11 = 0.25 + x.length;
  const p12 = sumOf((i) => x[i]!);
  const p22 = 0.25 + sumOf((i) => x[i]! ** 2);
  const determinant = p11 * p22 - p12 * p12;
  const r1 = sumOf((i) => y[i]!);
  const r2 = sumOf((i) => x[i]! * y[i]!);
  const loc = [(p22 * r1 - p12 * r2) / determinant, (p11 * r2 - p12 * r1) / determinant];
  const [c11, c12, c22] = [p22 / determinant, -p12 / determinant, p11 / determinant];
  const l11 = Math.sqrt(c11!);
  const l21 = c12! / l11;
  const l22 = Math.sqrt(c22! - l21 * l21);
  // log evidence = log joint at the mean + (D/2) log 2π − ½ log det precision.
  const residual = sumOf((i) => (y[i]! - loc[0]! - loc[1]! * x[i]!) ** 2);
  const logJoint =
    -0.5 * residual -
    (x.length / 2) * Math.log(2 * Math.PI) -
    (loc[0]! ** 2 + loc[1]! ** 2) / 8 -
    Math.log(2 * Math.PI) -
    Math.log(4);
  const logEvidence = logJoint + Math.log(2 * Math.PI) - 0.5 * Math.log(determinant);
  const guide = denseGuide(regression, loc, [l11, 0, l21, l22]);
  const sample: typeof guide.sample = (...given) => ({ ...guide.sample(...given), entropy: null });
  const posterior = await new Posterior(fitted(regression, { ...guide, sample })).check();

  it("forms that need an entropy are null, the joint form is exact", () => {
    expect(posterior.elbo.forms.entropy).toBeNull();
    expect(posterior.elbo.forms.kl).toBeNull();
    expect(posterior.elbo.value).toBeCloseTo(logEvidence, 9);
    expect(posterior.verdict).toBe("reliable");
  });

  it("the t proposal of a correlated guide gives the evidence", async () => {
    const evidence = await posterior.evidence({ draws: 100_000 });
    expect(Math.abs(evidence.value - logEvidence)).toBeLessThan(3 * evidence.standardError!);
    expect(evidence.standardError!).toBeLessThan(0.01);
  });

  it("draws carry the correlation, and deterministic sites follow from the same draws", async () => {
    const drawn = await posterior.sample(3000);
    expect(drawn.names).toEqual(["a", "b", "line[1]", "line[2]", "line[3]", "line[4]", "line[5]"]);
    const a = drawn.bySite("a").draws;
    const b = drawn.bySite("b").draws;
    const line = drawn.bySite("line");
    expect(line.shape).toEqual([5]);
    for (let i = 0; i < 20; i++) expect(line.draws[i * 5 + 3]).toBeCloseTo(a[i]! + b[i]! * x[3]!, 12);
    const covariance = a.reduce((total, value, i) => total + (value - loc[0]!) * (b[i]! - loc[1]!), 0) / a.length;
    expect(Math.abs(covariance - c12!)).toBeLessThan((4 * Math.sqrt(2) * Math.sqrt(c11! * c22!)) / Math.sqrt(a.length));
    expect(drawn.logJoint[0]! - drawn.logDensity[0]!).toBeCloseTo(logEvidence, 9);
    expect((await posterior.sample(3000)).draws).toEqual(drawn.draws);
    expect((await posterior.sample(3000, { seed: 3 })).draws).not.toEqual(drawn.draws);
  });
});
