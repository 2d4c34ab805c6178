/** The Markov guide: its algebra against autodiff and covariances, and the local level, where it is exact. */
import { describe, expect, it } from "vitest";
import data from "../../examples/local-level/data.json" with { type: "json" };
import model from "../../examples/local-level/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { vjp } from "../../src/graph/autodiff.ts";
import { constant, div, sum } from "../../src/graph/ops.ts";
import { fit, gaussianRandomWalk, model as makeModel, markov, meanField, normal, real } from "../../src/index.ts";
import reference from "../reference/local-level.json" with { type: "json" };
import { testDevice } from "../support/gpu.ts";
import { coordinate, graphOf, SIZE, someGaussian, someLambda } from "./support.ts";

const start = { ...someGaussian(3), scale: new Float64Array(SIZE).fill(0.7) };

describe("Markov guide", () => {
  const bound = markov().bind(coordinate, start);
  const draws = 60;
  const graph = graphOf(bound, draws);
  const lambda = someLambda(bound, 6);
  const drawn = bound.sample(graph.lambda, graph.constants, graph.noise);

  it("starts with the variances of its start and the covariances of neighbours", () => {
    const { slope } = someLambda(bound, 1, 0);
    const { scale } = bound.moments(someLambda(bound, 1, 0))!;
    const covariance = (i: number, j: number): number => {
      let value = 0;
      for (let k = 0; k < SIZE; k++) value += start.factor[i * SIZE + k]! * start.factor[j * SIZE + k]!;
      return value;
    };
    for (let t = 1; t < SIZE; t++) {
      expect(slope![t]).toBeCloseTo(covariance(t, t - 1) / covariance(t - 1, t - 1), 10);
      expect(scale[t]! ** 2).toBeCloseTo(covariance(t, t), 10);
    }
  });

  it("log q at given points is log q of the draws there; marginals are the moments", () => {
    const again = bound.logDensityAt(graph.lambda, graph.constants, drawn.z);
    const marginals = bound.marginals(graph.lambda, graph.constants)!;
    const [a, b] = graph.run([drawn.logDensity, again], lambda) as [Float64Array, Float64Array];
    for (let s = 0; s < draws; s++) expect(b[s]).toBeCloseTo(a[s]!, 9);
    const [loc, scale] = graph.run([marginals.loc, marginals.scale], lambda) as [Float64Array, Float64Array];
    const moments = bound.moments(lambda)!;
    for (let t = 0; t < SIZE; t++) {
      expect(loc[t]).toBeCloseTo(moments.loc[t]!, 10);
      expect(scale[t]).toBeCloseTo(moments.scale[t]!, 10);
    }
  });

  it("log q is the sum of its terms, one a coordinate", () => {
    const terms = bound.logDensityTerms!(graph.lambda, graph.constants, drawn);
    expect(terms.axes).toContain(coordinate);
    const [total, whole] = graph.run([sum(terms, [coordinate]), drawn.logDensity], lambda) as [
      Float64Array,
      Float64Array,
    ];
    for (let s = 0; s < draws; s++) expect(total[s]).toBeCloseTo(whole[s]!, 9);
  });

  it("its natural gradient is the pullback of the gradient by autodiff", () => {
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
      const [a, b] = [byAutodiff[name]!, direct[name]!].map((x) => graph.run([x], lambda, [coordinate])[0]!);
      b!.forEach((value, i) => {
        expect(value).toBeCloseTo(a![i]!, 9);
      });
    }
  });
});

/** Enough for a bound whose terms hardly vary. */
const check = { batches: 2, drawsPerBatch: 4000, evidenceDraws: 4000 };
const small = makeModel("small local level", ({ plate, sample, observe }, { y }: { y: number[] }) => {
  const { inputs } = reference.small;
  const time = plate("time", y.length);
  const initial = normal(inputs.x1_prior_mean, Math.sqrt(inputs.x1_prior_var));
  const level = sample("level", gaussianRandomWalk(time, { scale: Math.sqrt(inputs.level_var), initial }));
  observe("y", normal(level, Math.sqrt(inputs.obs_var)), real(y, [time]));
});

for (const kind of ["cpu", "gpu"] as const) {
  const open = async () => (kind === "cpu" ? ("cpu" as const) : gpuBackend(await testDevice()));

  it(`holds the posterior of the Nile's level exactly (${kind})`, async () => {
    const exact = reference.nile;
    await using posterior = await fit(model, data, { guide: markov(), seed: 1, device: await open(), check });
    expect(Math.abs(posterior.elbo.value - exact.log_evidence)).toBeLessThan(0.05);
    expect(posterior.verdict).toBe("reliable");
    const { value, standardError } = await posterior.evidence();
    expect(Math.abs(value - exact.log_evidence)).toBeLessThan(4 * standardError! + 1e-3);
    for (const year of [1, 50, 100]) {
      const { mean, sd } = posterior.summary().get(`level[${year}]`);
      const wanted = Math.sqrt(exact.smoother_var[year - 1]!);
      // q is within 0.05 nats of it.
      expect(Math.abs(mean - exact.smoother_mean[year - 1]!)).toBeLessThan(0.1 * wanted);
      expect(Math.abs(sd / wanted - 1)).toBeLessThan(0.05);
    }
  });

  it(`holds that of a short series exactly (${kind})`, async () => {
    const exact = reference.small;
    const options = { guide: markov(), seed: 1, device: await open(), check };
    await using posterior = await fit(small, { y: exact.inputs.y }, options);
    expect(posterior.result.stopped).toBe("converged");
    expect(Math.abs(posterior.elbo.value - exact.log_evidence)).toBeLessThan(0.01);
    const { slope } = posterior.result.lambda;
    exact.slope.forEach((wanted, t) => {
      if (t > 0) expect(Math.abs(slope![t]! - wanted)).toBeLessThan(0.05);
    });
  });
}

it("a factorised guide pays for the correlations it leaves out", async () => {
  const exact = reference.nile;
  await using posterior = await fit(model, data, { guide: meanField(), seed: 1, device: "cpu", check });
  const { value, standardError } = posterior.elbo.forms.entropy!;
  expect(standardError).toBeLessThan(0.1);
  expect(Math.abs(value - exact.mean_field_elbo)).toBeLessThan(0.05 + 4 * standardError);
});

it("gives every site with an axis a chain, and the rest a full-rank Gaussian", () => {
  const sites = [
    { name: "a", start: 0, length: 1 },
    { name: "chain", start: 1, length: 2 },
    { name: "b", start: 3, length: 1 },
  ];
  const several = markov().bind(coordinate, start, sites);
  expect(several.name).toBe("markov");
  expect(Object.keys(several.parameters).sort()).toEqual(
    ["chain.loc", "chain.logScale", "chain.slope", "default.loc", "default.logDiagonal", "default.lower"].sort(),
  );
  const graph = graphOf(several, 5);
  const lambda = someLambda(several, 1, 0);
  const drawn = several.sample(graph.lambda, graph.constants, graph.noise);
  const terms = several.logDensityTerms!(graph.lambda, graph.constants, drawn);
  const [total, whole] = graph.run([sum(terms, [coordinate]), drawn.logDensity], lambda) as [
    Float64Array,
    Float64Array,
  ];
  total.forEach((value, s) => {
    expect(value).toBeCloseTo(whole[s]!, 9);
  });
});
