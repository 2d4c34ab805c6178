/** Guides composed per site, against the exact optimum of a block-structured Gaussian. */
import { expect, it } from "vitest";
import data from "../../examples/conjugate-regression/data.json" with { type: "json" };
import { gpuBackend } from "../../src/compile/backend.ts";
import { vjp } from "../../src/graph/autodiff.ts";
import { constant, div, sum } from "../../src/graph/ops.ts";
import { fit, fullRank, GuideError, guide, meanField, model, normal, real } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";
import { coordinate, graphOf, SIZE, someGaussian, someLambda } from "./support.ts";

/**
 * The regression of examples/conjugate-regression with its coefficients in three sites. The optimum with blocks {0}, {1},
 * {2, 3} in closed form: every block has the inverse of its own block of the posterior's precision.
 */
const EXACT = {
  elbo: -1879.6187274846911,
  mean: [87.60597447180348, 2.938670827069611, 14.28699277290093, -6.999361002666538],
} as const;

const regression = model("regression in blocks", ({ plate, sample, observe }, given: typeof data) => {
  const mean = (x: readonly number[]): number => x.reduce((total, value) => total + value, 0) / x.length;
  const center = mean(given.mom_iq);
  const sd = Math.sqrt(given.mom_iq.reduce((total, x) => total + (x - center) ** 2, 0) / (given.mom_iq.length - 1));
  const iq = given.mom_iq.map((x) => (x - center) / sd);
  const hs = given.mom_hs.map((x) => x - mean(given.mom_hs));
  const child = plate("child", given.kid_score.length);
  const slope = plate("slope", 2);
  const intercept = sample("intercept", normal(80, 50));
  const slopes = sample("slopes", normal(0, 20), [slope]);
  const school = sample("school", normal(0, 20));
  const X = real(
    iq.map((z, n) => [z, z * given.mom_hs[n]!]),
    [child, slope],
  );
  const predictor = intercept.add(school.mul(real(hs, [child]))).add(X.mul(slopes).sum(slope));
  observe("kid_score", normal(predictor, 18), real(given.kid_score, [child]));
});

for (const kind of ["cpu", "gpu"] as const) {
  it(`reaches the best block-structured Gaussian (${kind})`, async () => {
    const device = kind === "cpu" ? "cpu" : gpuBackend(await testDevice());
    // "intercept" and "school" lie on both sides of "slopes" in the flat vector.
    const blocks = guide({ slopes: fullRank(), default: meanField() });
    await using posterior = await fit(regression, data, { guide: blocks, seed: 1, device });
    expect(posterior.result.guide.name).toBe("{ slopes: full-rank, default: mean-field }");
    const { elbo, verdict } = posterior.diagnose();
    // The estimate has its own standard error; the optimum is a Gaussian's, reached to far less.
    expect(Math.abs(elbo.value - EXACT.elbo)).toBeLessThan(4 * elbo.standardError + 0.005);
    expect(verdict).toBe("reliable");
    const { loc } = posterior.result.guide.moments(posterior.result.lambda)!;
    const order = [0, 2, 3, 1];
    loc.forEach((value, i) => {
      // A tenth of the smallest sd of q, 0.86.
      expect(Math.abs(value - EXACT.mean[order[i]!]!)).toBeLessThan(0.086);
    });
  });
}

const sites = [
  { name: "a", start: 0, length: 1 },
  { name: "b", start: 1, length: 2 },
  { name: "c", start: 3, length: 1 },
];

it("log q, entropy, moments and natural gradient are those of its blocks", () => {
  const start = { ...someGaussian(3), scale: new Float64Array(SIZE).fill(0.7) };
  const bound = guide({ b: meanField(), default: fullRank() }).bind(coordinate, start, sites);
  const draws = 40;
  const graph = graphOf(bound, draws);
  const lambda = someLambda(bound, 4, 0);
  const drawn = bound.sample(graph.lambda, graph.constants, graph.noise);
  const again = bound.logDensityAt(graph.lambda, graph.constants, drawn.z);
  const [z, logDensity, atZ] = graph.run([drawn.z, drawn.logDensity, again], lambda) as Float64Array[];
  for (let s = 0; s < draws; s++) expect(atZ![s]).toBeCloseTo(logDensity![s]!, 9);
  // Blocks draw different noise.
  const { loc, scale, scaleTril } = bound.moments(lambda)!;
  const standardised = (i: number, s: number): number => (z![i * draws + s]! - loc[i]!) / scale[i]!;
  expect(standardised(0, 0)).not.toBeCloseTo(standardised(1, 0), 3);
  expect(scaleTril![1 * SIZE + 0]).toBe(0);
  expect(scaleTril![3 * SIZE + 0]).not.toBe(0);

  const weight = div(constant(1), draws);
  const target = sum(drawn.z.square().square().mul(-0.25), [coordinate]);
  const names = Object.keys(graph.lambda);
  const found = vjp(
    [
      { value: target, cotangent: weight },
      { value: drawn.entropy!, cotangent: constant(1) },
    ],
    names.map((name) => graph.lambda[name]!),
  );
  const gradient = Object.fromEntries(names.map((name, i) => [name, found[i]!]));
  const byAutodiff = bound.pullback(graph.lambda, graph.constants, gradient);
  const score = drawn.z.mul(drawn.z.square()).neg();
  const scores = { draw: graph.draw, score, good: constant(1, "bool"), share: weight };
  const direct = bound.naturalGradient(graph.lambda, graph.constants, drawn, scores, "reparameterised");
  for (const name of names) {
    const [a, b] = [byAutodiff[name]!, direct[name]!].map((x) => graph.run([x], lambda, bound.localAxes[name]!)[0]!);
    b!.forEach((value, i) => {
      expect(value).toBeCloseTo(a![i]!, 9);
    });
  }
});

it("each block starts at its own block of the precision", () => {
  const { mean, factor } = someGaussian(3);
  const bound = guide({ b: fullRank(), default: meanField() }).bind(
    coordinate,
    { mean, factor, scale: new Float64Array(SIZE).fill(1) },
    sites,
  );
  const { scaleTril } = bound.moments(someLambda(bound, 1, 0))!;
  // Precision P = F⁻ᵀF⁻¹ by substitution, then (P_bb)⁻¹ of the 2 × 2 block by hand.
  const columns = Array.from({ length: SIZE }, (_, j) => {
    const x = new Array<number>(SIZE).fill(0);
    for (let i = 0; i < SIZE; i++) {
      let rest = i === j ? 1 : 0;
      for (let k = 0; k < i; k++) rest -= factor[i * SIZE + k]! * x[k]!;
      x[i] = rest / factor[i * SIZE + i]!;
    }
    return x;
  });
  const P = (i: number, j: number): number => columns[i]!.reduce((total, x, k) => total + x * columns[j]![k]!, 0);
  const determinant = P(1, 1) * P(2, 2) - P(1, 2) ** 2;
  const L = (i: number, j: number): number => scaleTril![i * SIZE + j]!;
  expect(L(1, 1) ** 2).toBeCloseTo(P(2, 2) / determinant, 10);
  expect(L(2, 1) * L(1, 1)).toBeCloseTo(-P(1, 2) / determinant, 10);
  expect(L(2, 1) ** 2 + L(2, 2) ** 2).toBeCloseTo(P(1, 1) / determinant, 10);
  expect(L(0, 0) ** 2).toBeCloseTo(1 / P(0, 0), 10);
});

it("names that the model does not have, and sites left out, are refused", async () => {
  const attempt = (blocks: Parameters<typeof guide>[0]) =>
    fit(regression, data, { guide: guide(blocks), device: "cpu" });
  await expect(attempt({ slope: fullRank(), default: meanField() })).rejects.toThrow(/no latent site "slope"; it has/);
  await expect(attempt({ slopes: fullRank() })).rejects.toThrow(/leaves out "intercept", "school"/);
  expect(() => guide({})).toThrow(GuideError);
  expect(() => guide({ mu: "full-rank" as never })).toThrow(/must be a guide/);
});
