/**
 * log p(x) = ELBO(q) + KL(q ‖ p(z | x)) to 1e-3 nats where every part is known: the log joint of a linear-Gaussian model is
 * quadratic, and its mean under a Gaussian q is its mean over 2D points (the cubature rule of degree 3).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import mixture from "../../examples/mixture-enumerated/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { categorical, normal } from "../../src/distributions/index.ts";
import { compileDensity } from "../../src/fit/density.ts";
import { compileElbo } from "../../src/fit/index.ts";
import { cholesky, dot, inverseFromCholesky, matrixTimes } from "../../src/fit/linalg.ts";
import type { Backend } from "../../src/graph/program.ts";
import { guide } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { loadExample, reference } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

/** N(mean, factor factorᵀ), factor lower triangular. */
interface Gaussian {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
}

const diagonal = (mean: readonly number[], sd: readonly number[]): Gaussian => {
  const n = mean.length;
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) factor[i * n + i] = sd[i]!;
  return { mean: Float64Array.from(mean), factor };
};

const logDeterminant = ({ mean: { length: n }, factor }: Gaussian): number =>
  Array.from({ length: n }, (_, i) => Math.log(factor[i * n + i]!)).reduce((a, b) => a + b);

async function elboOf(traced: TracedModel, backend: Backend, q: Gaussian): Promise<number> {
  const n = q.mean.length;
  const points = Array.from({ length: 2 * n }, (_, k) => {
    const sign = k < n ? Math.sqrt(n) : -Math.sqrt(n);
    return q.mean.map((m, i) => m + sign * q.factor[i * n + (k % n)]!);
  });
  const program = await compileDensity(traced, backend, 2 * n);
  const found = await program.density(points);
  program.dispose();
  const entropy = logDeterminant(q) + (n / 2) * (1 + Math.log(2 * Math.PI));
  return found.reduce((sum, { logJoint }) => sum + logJoint, 0) / (2 * n) + entropy;
}

/** KL(q ‖ p) of two Gaussians. */
function divergence(q: Gaussian, p: Gaussian): number {
  const n = q.mean.length;
  const precision = inverseFromCholesky(p.factor, n);
  const away = p.mean.map((m, i) => m - q.mean[i]!);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let own = 0;
      for (let k = 0; k < n; k++) own += q.factor[i * n + k]! * q.factor[j * n + k]!;
      trace += precision[i * n + j]! * own;
    }
  }
  return 0.5 * (trace + dot(away, matrixTimes(precision, away, n)) - n) + logDeterminant(p) - logDeterminant(q);
}

const backends = [cpuBackend(), gpuBackend(await testDevice())];

describe("a normal mean", () => {
  const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
  const traced = model<{ y: number[] }>("normal mean", ({ plate, sample, observe }, data) => {
    const n = plate("n", data.y.length);
    observe("y", normal(sample("mu", normal(inputs.prior_mean, inputs.prior_sd)), inputs.noise_sd), real(data.y, [n]));
  }).trace({ y: inputs.y });
  const posterior = diagonal([answers.posterior_mean], [answers.posterior_sd]);

  it.each(backends)("at every q given ($kind)", async (backend) => {
    for (const { q_mean, q_sd, kl_q_to_posterior } of answers.elbo_at) {
      const q = diagonal([q_mean], [q_sd]);
      const kl = divergence(q, posterior);
      expect(Math.abs(kl - kl_q_to_posterior)).toBeLessThan(1e-9);
      expect(Math.abs((await elboOf(traced, backend, q)) + kl - answers.log_evidence)).toBeLessThan(1e-3);
    }
  });
});

describe("a regression on real data", async () => {
  const { model: regression, data } = await loadExample("conjugate-regression");
  const known = reference("conjugate-regression");
  const traced = regression.trace(data);
  const size = known.covariance!.length;
  const mean = known.covariance!.map((_, i) => known.parameters[`b[${i + 1}]`]!.mean);
  const posterior = {
    mean: Float64Array.from(mean),
    factor: cholesky(Float64Array.from(known.covariance!.flat()), size)!,
  };
  const atBest = diagonal(mean, known.meanFieldSd!);

  it.each(backends)("at the posterior, the best factorised q, and elsewhere ($kind)", async (backend) => {
    const others = known.elboAt!.map((at) => diagonal(at.mean, at.sd));
    for (const q of [posterior, atBest, ...others]) {
      const total = (await elboOf(traced, backend, q)) + divergence(q, posterior);
      expect(Math.abs(total - known.logEvidence)).toBeLessThan(1e-3);
    }
  });

  it("the three forms agree with it within their standard errors", async () => {
    const exact = known.logEvidence - divergence(atBest, posterior);
    expect(Math.abs(exact - known.meanFieldElbo!)).toBeLessThan(1e-6);
    const lambda = { loc: mean, logScale: known.meanFieldSd!.map(Math.log) };
    for (const form of ["joint", "entropy", "kl"] as const) {
      using compiled = await compileElbo(regression, data, { device: "cpu", draws: 2000, form });
      const { value, standardError } = await compiled.evaluate(lambda, { seed: 3 });
      expect(Math.abs(value - exact)).toBeLessThan(4 * standardError);
    }
  });
});

describe("a mixture whose assignments are enumerated, means known", () => {
  const { answers } = JSON.parse(readFileSync("tests/reference/mixture-enumerated.json", "utf8"));
  const { log_evidence: evidence, responsibilities, elbo_at: given } = answers.fixed_parameters;

  it.each(["cpu", "gpu"] as const)("at every q given (%s)", async (kind) => {
    const known = JSON.parse(readFileSync("examples/mixture-enumerated/known.json", "utf8"));
    const device = kind === "cpu" ? "cpu" : backends[1]!;
    using bound = await compileElbo(mixture, known, { device, draws: 2, guide: guide({ z: categorical() }) });
    for (const { q } of [...given, { q: responsibilities }] as { q: number[][] }[]) {
      const kl = q.flatMap((row, n) => row.map((p, k) => (p > 0 ? p * Math.log(p / responsibilities[n][k]) : 0)));
      const logits = q.flat().map((p) => Math.log(Math.max(p, 1e-30)));
      const { value } = await bound.evaluate({ ...bound.initial(), "z.logits": logits });
      expect(Math.abs(value + kl.reduce((a, b) => a + b) - evidence)).toBeLessThan(1e-3);
    }
  });
});
