/** Every estimator of a gradient is unbiased, against exact gradients; their variances stand in the order they should. */
import { describe, expect, it } from "vitest";
import { boundBaseline, exactGradient, exactVariance, measureAttention } from "../../bench/estimators/attention.ts";
import { type Estimator, estimators } from "../../bench/estimators/estimators.ts";
import { exactOf, measureGamma } from "../../bench/estimators/exactFamily.ts";
import { type Measured, measure } from "../../bench/estimators/measure.ts";
import { gammaAnswers, gammaPoisson, normalAnswers, problem, problems } from "../../bench/estimators/problems.ts";

const all = problems();
const [far, near, best, rare] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0], (typeof all)[0]];
const named = (name: string, of = "ELBO"): Estimator =>
  estimators.find((estimator) => estimator.name === name && estimator.of.startsWith(of))!;

describe("exact gradients by quadrature", () => {
  it("of a normal mean are those of the closed form", () => {
    const { posterior_mean: M, posterior_sd: sd } = normalAnswers;
    const at = problem("", "", far.model, M + sd, 1.5 * sd);
    // q = N(M + s, (1.5 s)²): in sds of q, −1.5; in the log sd, 1 − 1.5²; the forward divergence and its moments.
    const close = (found: readonly number[], exact: readonly number[]): void =>
      exact.forEach((x, i) => {
        expect(found[i]).toBeCloseTo(x, 8);
      });
    close(at.exact.elbo, [-1.5, 1 - 1.5 ** 2]);
    close(at.exact.forwardKl, [-1 / 1.5, 2 / 1.5 ** 2 - 1]);
  });

  it("of a Poisson rate under a log-normal q are those of the closed form, zero at the known optimum", () => {
    const { posterior_shape: a, posterior_rate: b, lognormal_optimum: optimum } = gammaAnswers.answers;
    for (const [m, s] of [
      [1, 0.2],
      [optimum.q_mean_log, optimum.q_sd_log],
    ] as const) {
      const rate = b * Math.exp(m + s ** 2 / 2);
      const { elbo } = problem("", "", gammaPoisson, m, s).exact;
      expect(elbo[0]).toBeCloseTo(s * (a - rate), 8);
      expect(elbo[1]).toBeCloseTo(1 - s ** 2 * rate, 8);
    }
  });
});

describe.each(all)("unbiased: $name", (at) => {
  // 4.5 standard errors; self-normalised ones are biased by O(1/256) of the spread of what they average.
  it.each(estimators.filter((estimator) => estimator.exact(at) !== null))("$of, $name", (estimator) => {
    const found = measure(at, estimator, 1000, 7);
    if (found === null) {
      expect(estimator.name).toMatch(/form kl/);
      return;
    }
    const exact = estimator.exact(at)!;
    const slack = estimator.of === "ELBO" ? 1e-9 : 0.02 * (1 + Math.hypot(...exact));
    for (const i of [0, 1] as const) {
      expect(Math.abs(found.mean[i] - exact[i])).toBeLessThan(4.5 * found.error[i] + slack);
    }
  });
});

it("the plain and the doubly-reparameterised gradient of an importance-weighted bound agree", () => {
  for (const at of [far, rare]) {
    const [plain, double] = ["reparameterised", "doubly-reparameterised"].map((name) =>
      measure(at, named(name, "importance"), 2000),
    ) as [Measured, Measured];
    for (const i of [0, 1] as const) {
      const error = Math.hypot(plain.error[i], double.error[i]);
      expect(Math.abs(plain.mean[i] - double.mean[i])).toBeLessThan(4.5 * error);
    }
  }
});

describe("variances", () => {
  const variance = (at: typeof far, name: string, of = "ELBO"): number => measure(at, named(name, of), 400)!.variance;

  it("near the posterior, sticking the landing and doubly-reparameterised gradients leave a hundredth", () => {
    expect(variance(near, "sticking the landing")).toBeLessThan(variance(near, "reparameterised, form joint") / 100);
    expect(variance(near, "doubly-reparameterised", "importance")).toBeLessThan(
      variance(near, "reparameterised", "importance") / 100,
    );
    expect(variance(near, "doubly-reparameterised", "forward")).toBeLessThan(
      variance(near, "score, self-normalised", "forward") / 100,
    );
  });

  it("without a path they are larger far from the posterior, more so without a baseline; near it the landing sticks", () => {
    for (const at of [far, rare]) {
      const baseline = variance(at, "score function, leave-one-out");
      expect(baseline).toBeGreaterThan(2 * variance(at, "reparameterised, form entropy"));
      expect(variance(at, "score function")).toBeGreaterThan(1.5 * baseline);
    }
    for (const at of [near, best]) {
      const landing = variance(at, "sticking the landing");
      expect(variance(at, "score function, leave-one-out")).toBeGreaterThan(2 * landing);
    }
  });
});

describe("a gamma q of a rate of counts", () => {
  const at = [30, 12] as const;
  it.each(["none", "leave-one-out", "implicit", "implicit, sticking the landing"] as const)("unbiased: %s", (name) => {
    const found = measureGamma(name, at, 16, 1000);
    const exact = exactOf(at[0], at[1]);
    for (const i of [0, 1] as const) expect(Math.abs(found.mean[i] - exact[i])).toBeLessThan(4.5 * found.error[i]);
  });

  it("implicit derivatives leave less variance than scores, and none where q is the posterior", () => {
    const of = (name: "leave-one-out" | "implicit") => measureGamma(name, at, 16, 300).variance;
    expect(of("implicit")).toBeLessThan(of("leave-one-out"));
    const { posterior_shape, posterior_rate } = gammaAnswers.answers;
    const best = measureGamma("implicit, sticking the landing", [posterior_shape, posterior_rate], 16, 5);
    expect(best.variance).toBeLessThan(1e-12);
  });
});

describe("hard attention", () => {
  it.each([
    ["none", 1, "none"],
    ["leave-one-out", 4, "leave-one-out"],
    ["the bound", 1, boundBaseline()],
    ["enumerated", 1, null],
  ] as const)("unbiased: %s", (_, draws, baseline) => {
    const found = measureAttention(draws, baseline, 2000);
    exactGradient.forEach((exact, i) => {
      expect(Math.abs(found.mean[i]! - exact)).toBeLessThan(4.5 * found.error[i]! + 1e-9);
    });
  });

  it("has the known variances, and none where locations are summed over", () => {
    // The relative standard error of a variance of 4000 estimates is 1.6% · √(kurtosis): 15% is beyond 4 of it.
    expect(Math.abs(measureAttention(1, "none", 4000).variance / exactVariance.none! - 1)).toBeLessThan(0.15);
    expect(Math.abs(measureAttention(1, boundBaseline(), 4000).variance / exactVariance.bound! - 1)).toBeLessThan(0.15);
    expect(measureAttention(1, null, 5).variance).toBeLessThan(1e-25);
  });
});
