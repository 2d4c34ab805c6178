/** Bounds of the evidence where every one of them is known exactly: a Gaussian posterior and Gaussian proposals. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { normal } from "../../src/distributions/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { importanceBound, upperBound } from "../../src/posterior/bounds.ts";
import { testDevice } from "../support/gpu.ts";
import { checked } from "./support.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
const traced = model<{ y: number[] }>("normal-normal", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
}).trace({ y: inputs.y });
const gpu = gpuBackend(await testDevice());

const V = answers.posterior_sd ** 2;
const small = { check: { drawsPerBatch: 4000, evidenceDraws: 0 } };

/** log w(ε) of the proposal N(posterior mean, (ratio·posterior sd)²). */
const logWeight = (epsilon: number, ratio: number): number =>
  answers.log_evidence + Math.log(ratio) - 0.5 * (ratio * epsilon) ** 2 + 0.5 * epsilon ** 2;

/** E[log ½(w₁ + w₂)] by the trapezoid rule, which is exact to rounding for such integrands. */
function exactBoundOfTwo(ratio: number): number {
  const h = 0.1;
  let total = 0;
  for (let a = -90; a <= 90; a++) {
    for (let b = -90; b <= 90; b++) {
      const [x, y] = [a * h, b * h];
      const [u, v] = [logWeight(x, ratio), logWeight(y, ratio)];
      const top = Math.max(u, v);
      const value = top + Math.log((Math.exp(u - top) + Math.exp(v - top)) / 2);
      total += ((value * h * h) / (2 * Math.PI)) * Math.exp(-(x * x + y * y) / 2);
    }
  }
  return total;
}

for (const [where, backend] of [
  ["in float64", undefined],
  ["on the GPU", gpu],
] as const) {
  describe(`bounds of the evidence ${where}`, async () => {
    const ratio = 1.5;
    const sd = ratio * answers.posterior_sd;
    const posterior = await checked(traced, [answers.posterior_mean], [sd], backend && { backend }, small);
    const evidence = await posterior.evidence({ draws: 100_000, proposal: "guide" });
    // Sums of twenty log densities of about 2 each in float32.
    const rounding = backend === undefined ? 1e-9 : 1e-4;

    it("the lower bound is the ELBO", () => {
      // KL(N(m, (rs)²) ‖ N(m, s²)) = (r² − 1)/2 − log r.
      const exact = answers.log_evidence - ((ratio ** 2 - 1) / 2 - Math.log(ratio));
      expect(evidence.lower.value).toBe(posterior.elbo.value);
      expect(Math.abs(evidence.lower.value - exact)).toBeLessThan(4 * evidence.lower.standardError + rounding);
      const [one] = evidence.importanceWeighted;
      expect(Math.abs(one!.value - exact)).toBeLessThan(4 * one!.standardError + rounding);
    });

    it("importance-weighted bounds rise towards the evidence", () => {
      const [one, ten, hundred] = evidence.importanceWeighted;
      expect(evidence.importanceWeighted.map(({ draws }) => draws)).toEqual([1, 10, 100]);
      expect(ten!.value - one!.value).toBeGreaterThan(0.1);
      expect(hundred!.value).toBeGreaterThan(ten!.value);
      expect(hundred!.value).toBeLessThan(answers.log_evidence + 4 * hundred!.standardError + rounding);
    });

    it("the χ bound is above the evidence and equals its closed form", () => {
      // E_r[w²]/p(x)² = ∫ N(z; M, V)² / N(z; M, τ²) dz, a Gaussian integral.
      const tau = sd;
      const secondMoment = tau / (V * Math.SQRT2) / Math.sqrt(1 / V - 1 / (2 * tau ** 2));
      const exact = answers.log_evidence + 0.5 * Math.log(secondMoment);
      expect(evidence.upperReason).toBeNull();
      expect(Math.abs(evidence.upper!.value - exact)).toBeLessThan(4 * evidence.upper!.standardError + rounding);
      expect(evidence.upper!.value).toBeGreaterThan(answers.log_evidence);
      expect(posterior.diagnose().toString()).toMatch(/upper bound/);
    });

    it("a proposal with too light tails has no upper bound, and says why", async () => {
      const narrow = await checked(
        traced,
        [answers.posterior_mean],
        [0.5 * answers.posterior_sd],
        backend && { backend },
        small,
      );
      const found = await narrow.evidence({ draws: 40_000, proposal: "guide" });
      expect(found.khat).toBeGreaterThan(0.25);
      expect(found.upper).toBeNull();
      expect(found.upperReason).toMatch(/k̂.*not below 0\.25/);
    });
  });
}

it("the bound of two draws is that of a two-dimensional integral", () => {
  const ratio = 1.5;
  // Park and Miller's generator (1988), normals by Box and Muller.
  let state = 20240101;
  const uniform = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const weights = Float64Array.from({ length: 200_000 }, () =>
    logWeight(Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()), ratio),
  );
  const { value, standardError } = importanceBound(weights, 2);
  expect(standardError).toBeLessThan(0.01);
  expect(Math.abs(value - exactBoundOfTwo(ratio))).toBeLessThan(4 * standardError);
});

describe("weights that are no numbers", () => {
  it("a group with one is left out; a weight of zero is not", () => {
    const weights = Float64Array.of(0, Math.log(3), Number.NaN, 5, 0, -Infinity);
    const { value } = importanceBound(weights, 2);
    expect(value).toBeCloseTo((Math.log(2) + Math.log(0.5)) / 2, 12);
  });

  it("no upper bound without weights", () => {
    expect(upperBound(Float64Array.of(Number.NaN, Number.NaN), 0).upper).toBeNull();
    expect(upperBound(Float64Array.of(1, 2), Number.POSITIVE_INFINITY).upperReason).toMatch(/∞/);
  });
});
