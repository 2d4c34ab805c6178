/** Bounds of weighted draws and their gradients against quadrature, for Gaussian q and a Gaussian posterior. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { normal } from "../../src/distributions/index.ts";
import { writeInputs } from "../../src/fit/density.ts";
import { select } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { fullRank, meanField } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import {
  chi,
  forwardKl,
  importanceWeighted,
  ObjectiveError,
  renyi,
  type WeightedBound,
  type WeightedGradient,
} from "../../src/objectives/index.ts";
import { graphOf } from "../guides/support.ts";
import { testDevice } from "../support/gpu.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
const traced = model<{ y: number[] }>("normal-normal", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
}).trace({ y: inputs.y });
const data = Object.fromEntries(traced.inputs);
const gpu = gpuBackend(await testDevice());

const start = { mean: Float64Array.of(0), factor: null, scale: Float64Array.of(1) };
const bound = meanField().bind(traced.coordinate, start);
const M: number = answers.posterior_mean;
const sd: number = answers.posterior_sd;

interface Q {
  readonly mean: number;
  readonly logSd: number;
}
/** Not optimal, wider than the posterior, so that every moment of the weights exists. */
const at: Q = { mean: M + 0.3 * sd, logSd: Math.log(1.3 * sd) };
const lambdaOf = ({ mean, logSd }: Q) => ({ loc: Float64Array.of(mean), logScale: Float64Array.of(logSd) });

const logWeight = (epsilon: number, { mean, logSd }: Q): number => {
  const z = mean + Math.exp(logSd) * epsilon;
  return answers.log_evidence - Math.log(sd) - 0.5 * ((z - M) / sd) ** 2 + logSd + 0.5 * epsilon ** 2;
};

/** E[1/(1−α) log ½(w₁^(1−α) + w₂^(1−α))] by the trapezoid rule. */
function exactOfTwo(alpha: number, q: Q): number {
  const h = 0.125;
  const points = Array.from({ length: 145 }, (_, i) => (i - 72) * h);
  const logs = points.map((epsilon) => (1 - alpha) * logWeight(epsilon, q));
  let total = 0;
  points.forEach((x, a) => {
    points.forEach((y, b) => {
      const top = Math.max(logs[a]!, logs[b]!);
      const value = top + Math.log((Math.exp(logs[a]! - top) + Math.exp(logs[b]! - top)) / 2);
      total += ((value * h * h) / (2 * Math.PI)) * Math.exp(-(x * x + y * y) / 2);
    });
  });
  return total / (1 - alpha);
}

/** Value and gradient by central differences. */
function exactOf(f: (q: Q) => number): readonly number[] {
  const h = 1e-4;
  return [
    f(at),
    (f({ ...at, mean: at.mean + h }) - f({ ...at, mean: at.mean - h })) / (2 * h),
    (f({ ...at, logSd: at.logSd + h }) - f({ ...at, logSd: at.logSd - h })) / (2 * h),
  ];
}

type Build = (graph: ReturnType<typeof graphOf>) => WeightedBound;
const building =
  (alpha: number, draws: number, gradient: WeightedGradient): Build =>
  ({ lambda, constants, noise, draw }) =>
    renyi(traced, bound, lambda, constants, noise, draw, { alpha, draws, gradient });

const rootsOf = (found: WeightedBound): Value[] => {
  const gradient = found.gradient();
  return [found.value, gradient.loc!, gradient.logScale!, found.ess];
};

/** Means over `batches` seeds, their standard errors, and the variance a batch. */
function estimate(build: Build, draws: number, batches: number, q: Q = at) {
  const roots = rootsOf(build(graphOf(bound, draws)));
  const runs = Array.from({ length: batches }, (_, seed) =>
    graphOf(bound, draws, seed + 1)
      .run(roots, { ...lambdaOf(q), ...data })
      .map((values) => values[0]!),
  );
  return roots.map((_, i) => {
    const values = runs.map((run) => run[i]!);
    const mean = values.reduce((a, b) => a + b, 0) / batches;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (batches - 1);
    return { mean, variance, error: Math.sqrt(variance / batches) };
  });
}

describe("the Rényi bounds of two draws and their gradients are unbiased", () => {
  for (const alpha of [0, 0.5, -1]) {
    const exact = exactOf((q) => exactOfTwo(alpha, q));
    for (const gradient of ["reparameterised", "doubly-reparameterised"] as const) {
      it(`α = ${alpha}, ${gradient}`, () => {
        const found = estimate(building(alpha, 2, gradient), 2000, 40);
        exact.forEach((wanted, i) => {
          // Differences of the quadrature are good to h² = 1e-8 of a third derivative of order ten.
          expect(Math.abs(found[i]!.mean - wanted)).toBeLessThan(4.5 * found[i]!.error + 1e-6);
        });
      });
    }
  }
});

describe("the importance-weighted bound", () => {
  const iwae =
    (draws: number, gradient: WeightedGradient = "reparameterised"): Build =>
    ({ lambda, constants, noise, draw }) =>
      importanceWeighted(traced, bound, lambda, constants, noise, draw, { draws, gradient });

  it("of one draw is the ELBO; it rises with K and stays below the evidence", () => {
    const kl = Math.log(1.3) * -1 + (1.3 ** 2 + 0.3 ** 2 - 1) / 2;
    const of = (draws: number) => estimate(iwae(draws), 2000, 20)[0]!;
    const [one, ten, fifty] = [of(1), of(10), of(50)];
    expect(Math.abs(one.mean - (answers.log_evidence - kl))).toBeLessThan(4.5 * one.error);
    expect(ten.mean).toBeGreaterThan(one.mean + 4 * one.error);
    expect(fifty.mean).toBeGreaterThan(ten.mean);
    expect(fifty.mean).toBeLessThan(answers.log_evidence + 4.5 * fifty.error);
  });

  it("the doubly-reparameterised gradient has less variance, more so for many draws", () => {
    const ratio = (draws: number): number => {
      const plain = estimate(iwae(draws), 400, 100)[1]!.variance;
      return plain / estimate(iwae(draws, "doubly-reparameterised"), 400, 100)[1]!.variance;
    };
    // The plain estimator's variance a group of K falls like 1/K, the other's like 1/K³ here (Rainforth et al. 2018).
    expect(ratio(2)).toBeGreaterThan(1.5);
    expect(ratio(40)).toBeGreaterThan(5);
  });

  it("at the posterior the doubly-reparameterised gradient is zero without variance", () => {
    const found = estimate(iwae(5, "doubly-reparameterised"), 100, 3, { mean: M, logSd: Math.log(sd) });
    expect(found[0]!.mean).toBeCloseTo(answers.log_evidence, 9);
    for (const i of [1, 2]) expect(Math.abs(found[i]!.mean)).toBeLessThan(1e-9);
    expect(found[3]!.mean).toBeCloseTo(5, 9);
  });
});

describe("divergences that cover mass", () => {
  const V = sd * sd;
  const S2 = Math.exp(2 * at.logSd);

  it("forward KL: value, gradient and effective sample size", () => {
    const found = estimate(
      ({ lambda, constants, noise, draw }) =>
        forwardKl(traced, bound, lambda, constants, noise, draw, { gradient: "score" }),
      20_000,
      20,
    );
    const gap = (V + (M - at.mean) ** 2) / S2;
    const exact = [-(at.logSd - Math.log(sd) + (gap - 1) / 2), (M - at.mean) / S2, gap - 1];
    // Self-normalisation's bias is of order 1/20,000 of the spread of what is averaged, which the 1e-3 covers.
    exact.forEach((wanted, i) => {
      expect(Math.abs(found[i]!.mean - wanted)).toBeLessThan(4.5 * found[i]!.error + 1e-3);
    });
    // ESS/S → p(x)²/E[w²].
    const a = 1 / V - 1 / (2 * S2);
    const b = M / V - at.mean / (2 * S2);
    const c = M ** 2 / V - at.mean ** 2 / (2 * S2);
    const logMoment =
      Math.log((Math.sqrt(2 * Math.PI * S2) / (2 * Math.PI * V)) * Math.sqrt(Math.PI / a)) + b ** 2 / a - c;
    expect(found[3]!.mean / 20_000 / Math.exp(-logMoment)).toBeCloseTo(1, 2);
    // The χ bound is made of the same moment.
    const upper = estimate(
      ({ lambda, constants, noise, draw }) =>
        chi(traced, bound, lambda, constants, noise, draw, { gradient: "doubly-reparameterised" }),
      20_000,
      20,
    );
    expect(Math.abs(-upper[0]!.mean - (answers.log_evidence + logMoment / 2))).toBeLessThan(
      4.5 * upper[0]!.error + 1e-3,
    );
    expect(-upper[0]!.mean).toBeGreaterThan(answers.log_evidence);
  });
});

describe("on the GPU as in float64", () => {
  const builds: Record<string, Build> = {
    "importance-weighted": building(0, 8, "reparameterised"),
    "doubly-reparameterised": building(0, 8, "doubly-reparameterised"),
    "Rényi ½": building(0.5, 4, "doubly-reparameterised"),
    χ: ({ lambda, constants, noise, draw }) =>
      chi(traced, bound, lambda, constants, noise, draw, { gradient: "reparameterised" }),
    "forward KL": ({ lambda, constants, noise, draw }) =>
      forwardKl(traced, bound, lambda, constants, noise, draw, { gradient: "score" }),
  };
  for (const [name, build] of Object.entries(builds)) {
    it(name, async () => {
      const graph = graphOf(bound, 256, 3);
      const roots = rootsOf(build(graph));
      const exact = graph.run(roots, { ...lambdaOf(at), ...data });
      const outputs = Object.fromEntries(roots.map((root, i) => [`${i}`, root]));
      const executable = await gpu.compile({ name, outputs });
      const constants = Object.entries(bound.constants).map(([key, { values }]) => [key, values] as const);
      const known = new Map<string, Float64Array>([
        ...traced.inputs,
        ...constants,
        ...Object.entries(lambdaOf(at)),
        ["seed", Float64Array.of(3)],
        ["step", Float64Array.of(0)],
        ["drawOffset", Float64Array.of(0)],
      ]);
      writeInputs(executable, known);
      await executable.run();
      const found = await executable.read(Object.keys(outputs));
      // Sums of float32 terms of up to ~40, rounded at 2⁻²⁴ each; gradients divide by sd ≈ ⅓.
      roots.forEach((_, i) => {
        expect(Math.abs(found[`${i}`]![0]! - exact[i]![0]!)).toBeLessThan(2e-4 * (1 + Math.abs(exact[i]![0]!)));
      });
      executable.dispose();
    });
  }
});

describe("refusals", () => {
  it("α = 1, with the remedy", () => {
    expect(() => building(1, 2, "reparameterised")(graphOf(bound, 4))).toThrow(/α = 1 it is the ELBO/);
  });

  it("draws that do not go into groups", () => {
    expect(() => building(0, 3, "reparameterised")(graphOf(bound, 4))).toThrow(ObjectiveError);
    expect(() => building(0, 0.5, "reparameterised")(graphOf(bound, 4))).toThrow(/multiple/);
  });
});

describe("with weights z of a standard normal where z > 0, over 200 draws", () => {
  const cases = [
    [
      "draws of density zero stay in the mean",
      (mu: Value) => select(mu.gt(0), mu.abs().log(), Number.NEGATIVE_INFINITY),
      true,
    ],
    ["draws with a NaN are left out, and counted", (mu: Value) => mu.log(), false],
  ] as const;
  it.each(cases)("%s", (_, logWeight, stay) => {
    const half = model("half", ({ sample, factor }) => {
      const mu = sample("mu", normal(0, 1));
      factor("log", logWeight(mu));
    }).trace({});
    const dense = fullRank().bind(half.coordinate, start);
    const graph = graphOf(dense, 200);
    const { lambda, constants, noise, draw } = graph;
    const found = importanceWeighted(half, dense, lambda, constants, noise, draw, {
      draws: 200,
      gradient: "doubly-reparameterised",
    });
    const zero = Object.fromEntries(Object.entries(dense.parameters).map(([name, { initial }]) => [name, initial]));
    const roots = [found.value, found.nan, found.impossible, found.gradient().loc!];
    const [value, nan, impossible, loc] = graph.run(roots, zero) as Float64Array[];
    const { noise: epsilon } = dense.sample(lambda, constants, noise);
    const [draws] = graph.run([epsilon], zero) as [Float64Array];
    const positive = draws.filter((z) => z > 0);
    const others = 200 - positive.length;
    expect([nan![0], impossible![0]]).toEqual(stay ? [0, others] : [others, 0]);
    const total = positive.reduce((a, b) => a + b, 0);
    expect(value![0]).toBeCloseTo(Math.log(total / (stay ? 200 : positive.length)), 9);
    expect(Number.isFinite(loc![0]!)).toBe(true);
  });
});
