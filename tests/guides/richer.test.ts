/** Guides richer than a Gaussian with a dense factor: their algebra, and that float32 on the device agrees with float64. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { sum } from "../../src/graph/ops.ts";
import {
  autoregressiveFlow,
  compileElbo,
  couplingFlow,
  type Guide,
  GuideError,
  lowRank,
  mixtureGuide,
  model,
  normal,
} from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";
import { coordinate, graphOf, SIZE, someGaussian, someLambda } from "./support.ts";

const families: readonly (() => Guide)[] = [
  () => lowRank({ rank: 2 }),
  () => mixtureGuide({ components: 3 }),
  () => couplingFlow({ layers: 2, width: 5 }),
  () => autoregressiveFlow({ layers: 2, width: 6 }),
];
const start = { ...someGaussian(3), scale: new Float64Array(SIZE).fill(0.7) };

/** A curved log density over four coordinates. */
const curved = model("curved", ({ plate, sample, factor }) => {
  const x = sample("x", normal(0, 1), [plate("i", SIZE)]);
  factor("bend", x.square().sum().sub(2).square().mul(-0.1));
});
const gpu = gpuBackend(await testDevice());

for (const family of families) {
  for (const [kind, at] of [
    ["dense", start],
    ["diagonal", { ...start, factor: null }],
  ] as const) {
    it(`${family().name}, bound to a ${kind} start: log q at its draws is log q of its draws; moments are those of draws`, () => {
      const bound = family().bind(coordinate, at);
      const draws = 4000;
      const graph = graphOf(bound, draws);
      const lambda = someLambda(bound, 5);
      const drawn = bound.sample(graph.lambda, graph.constants, graph.noise);
      const again = bound.logDensityAt(graph.lambda, graph.constants, drawn.z);
      const [own, found] = graph.run([drawn.logDensity, again], lambda, [graph.draw]) as [Float64Array, Float64Array];
      for (let s = 0; s < draws; s++) expect(found[s]).toBeCloseTo(own[s]!, 7);
      const moments = bound.moments(lambda);
      if (moments === null) return;
      const [z] = graph.run([drawn.z], lambda, [coordinate, graph.draw]) as [Float64Array];
      for (let i = 0; i < SIZE; i++) {
        const x = z.subarray(i * draws, (i + 1) * draws);
        const mean = x.reduce((a, b) => a + b, 0) / draws;
        const sd = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / draws);
        // Standard errors of mean and log sd over 4000 draws: 0.016 and 0.011 for a Gaussian; five of them, a little more for tails.
        expect(Math.abs(mean - moments.loc[i]!)).toBeLessThan(0.08 * moments.scale[i]!);
        expect(Math.abs(Math.log(sd / moments.scale[i]!))).toBeLessThan(0.08);
      }
    });
  }

  it(`${family().name}: log q is a normalised density`, () => {
    // E_q[N(z; μ, Σ)/q(z)] = 1 for a Gaussian near q.
    const bound = family().bind(coordinate, start);
    const draws = 20_000;
    const graph = graphOf(bound, draws);
    const lambda = someLambda(bound, 5, 0.1);
    const drawn = bound.sample(graph.lambda, graph.constants, graph.noise);
    const [z, logDensity] = graph.run([drawn.z, drawn.logDensity], lambda, [coordinate, graph.draw]) as [
      Float64Array,
      Float64Array,
    ];
    const { mean, factor } = start;
    const shrink = 0.4;
    const weights = Float64Array.from({ length: draws }, (_, s) => {
      let log = -logDensity[s]! - (SIZE / 2) * Math.log(2 * Math.PI);
      const e: number[] = [];
      for (let i = 0; i < SIZE; i++) {
        let rest = z[i * draws + s]! - mean[i]!;
        for (let j = 0; j < i; j++) rest -= shrink * factor[i * SIZE + j]! * e[j]!;
        e.push(rest / (shrink * factor[i * SIZE + i]!));
        log -= 0.5 * e[i]! ** 2 + Math.log(shrink * factor[i * SIZE + i]!);
      }
      return Math.exp(log);
    });
    const average = weights.reduce((a, b) => a + b, 0) / draws;
    const error = Math.sqrt(weights.reduce((a, b) => a + (b - average) ** 2, 0)) / draws;
    expect(error).toBeLessThan(0.2);
    expect(Math.abs(average - 1)).toBeLessThan(4 * error);
  });

  // The inverse of an autoregressive flow is a recurrence, which only the second estimator asks for.
  const both = ["reparameterised", "sticking-the-landing"] as const;
  for (const gradient of family().name === "autoregressive-flow" ? both : both.slice(1)) {
    it(`${family().name}: the device's ELBO and its gradient (${gradient}) are the reference's`, async () => {
      const options = { guide: family(), draws: 32, gradient };
      using reference = await compileElbo(curved, {}, { ...options, device: "cpu" });
      using onDevice = await compileElbo(curved, {}, { ...options, device: gpu });
      const lambda = someLambda(reference.guide, 9, 0.2);
      const [a, b] = [await reference.evaluate(lambda, { seed: 3 }), await onDevice.evaluate(lambda, { seed: 3 })];
      expect(Math.abs(a.value - b.value)).toBeLessThan(1e-4 * Math.abs(a.value));
      for (const [name, values] of Object.entries(a.gradient)) {
        const size = Math.hypot(...values) + 1;
        values.forEach((value, i) => {
          expect(Math.abs(value - b.gradient[name]![i]!)).toBeLessThan(2e-4 * size);
        });
      }
    });
  }

  it(`${family().name}: the gradient is that of finite differences, the noise held`, async () => {
    using elbo = await compileElbo(curved, {}, { guide: family(), draws: 16, device: "cpu" });
    const lambda = someLambda(elbo.guide, 9, 0.2);
    const { gradient } = await elbo.evaluate(lambda, { seed: 3 });
    const h = 1e-4;
    for (const [name, values] of Object.entries(lambda)) {
      for (const i of [0, Math.floor(values.length / 2), values.length - 1]) {
        const at = async (x: number): Promise<number> =>
          (await elbo.evaluate({ ...lambda, [name]: values.with(i, x) }, { seed: 3 })).value;
        const slope = ((await at(values[i]! + h)) - (await at(values[i]! - h))) / (2 * h);
        expect(Math.abs(gradient[name]![i]! - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
      }
    }
  });
}

it("flows need coordinates that see each other: over one alone they are refused, with what to take", async () => {
  const one = model("one", ({ sample }) => void sample("x", normal(0, 1)));
  for (const family of [couplingFlow(), autoregressiveFlow()]) {
    const refused = compileElbo(one, {}, { guide: family, device: "cpu" });
    await expect(refused).rejects.toThrow(GuideError);
    await expect(refused).rejects.toThrow(/has one alone.*take mixtureGuide\(\)/);
  }
});

describe("stratified draws of a mixture", () => {
  it("have weights of mean one, and as many of each component", () => {
    const bound = mixtureGuide({ components: 3 }).bind(coordinate, start);
    const graph = graphOf(bound, 12);
    const { weight } = bound.stratified!(graph.lambda, graph.constants, graph.noise);
    const [w, total] = graph.run([weight!, sum(weight!, [graph.draw])], {
      ...someLambda(bound, 2),
      logits: Float64Array.of(0, 1, 2),
    });
    expect(total![0]).toBeCloseTo(12, 9);
    const shares = [0, 1, 2].map((x) => Math.exp(x) / (1 + Math.E + Math.E ** 2));
    const found = [...w!].sort((a, b) => a - b);
    found.forEach((value, s) => {
      expect(value).toBeCloseTo(3 * shares[Math.floor(s / 4)]!, 9);
    });
  });

  it("must be at least two of each component; other numbers of components are refused", async () => {
    const few = compileElbo(curved, {}, { guide: mixtureGuide({ components: 4 }), draws: 6, device: "cpu" });
    await expect(few).rejects.toThrow(GuideError);
    expect(() => mixtureGuide({ components: 17 })).toThrow(GuideError);
    expect(() => lowRank({ rank: 0 })).toThrow(GuideError);
    expect(() => couplingFlow({ layers: 0.5 })).toThrow(GuideError);
    const objective = { kind: "importance-weighted", draws: 4 } as const;
    const weighted = compileElbo(curved, {}, { guide: mixtureGuide(), draws: 16, objective, device: "cpu" });
    await expect(weighted).rejects.toThrow(/components/);
  });
});
