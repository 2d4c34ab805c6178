import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { lgamma } from "../../src/cpu/special.ts";
import * as d from "../../src/distributions/index.ts";
import { sampleBinomial } from "../../src/distributions/sampling/binomial.ts";
import { logFactorialOf } from "../../src/distributions/sampling/factorial.ts";
import { samplePoisson } from "../../src/distributions/sampling/poisson.ts";
import { constantOf, supportBounds } from "../../src/distributions/support.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { chiSquared, graphNoise, hostRandom, logProbs, momentsOf, quadrature, scalar } from "./helpers.ts";

const COUNT = 40000;

const proper: d.Distribution[] = [
  d.normal(1, 2),
  d.halfNormal(3),
  d.studentT(9, -1, 2),
  d.halfStudentT(10, 0, 2),
  d.cauchy(1, 0.5),
  d.halfCauchy(5),
  d.exponential(0.7),
  d.gamma(2.5, 3),
  d.gamma(0.6, 1),
  d.inverseGamma(9, 3),
  d.beta(2, 3.5),
  d.beta(0.4, 0.7),
  d.logNormal(0.3, 0.4),
  d.uniform(-2, 5),
  d.laplace(1, 2),
  d.logistic(-1, 0.7),
  d.gumbel(1, 0.7),
  d.weibull(1.7, 2),
  d.frechet(9, 2),
  d.rayleigh(1.3),
  d.pareto(0.5, 9),
  d.paretoType2(-1, 2, 9),
  d.chiSquared(3),
  d.inverseChiSquared(18),
  d.scaledInverseChiSquared(18, 1.5),
  d.betaProportion(0.3, 6),
  d.logLogistic(2, 9),
  d.skewNormal(1, 2, -3),
  d.exponentiallyModifiedNormal(0.5, 1, 0.8),
  d.skewDoubleExponential(1, 2, 0.3),
  d.vonMises(0.4, 2),
  d.bernoulli({ probs: 0.3 }),
  d.bernoulli({ logits: -2 }),
  d.binomial(12, { probs: 0.3 }),
  d.binomial(200, { logits: 0.9 }),
  d.poisson(4.5),
  d.poisson({ logRate: 4 }),
  d.negativeBinomial({ mean: 3, concentration: 2 }),
  d.negativeBinomial({ logMean: 3, concentration: 0.8 }),
  d.negativeBinomial({ rate: 0.5, concentration: 2 }),
  d.betaBinomial(12, 2, 3.5),
  d.geometric({ probs: 0.3 }),
  d.geometric({ logits: 0.7 }),
  d.discreteUniform(0, 7),
  d.hypergeometric(7, 10, 6),
  d.zeroInflated(d.poisson(3), { probs: 0.25 }),
  d.hurdle(d.negativeBinomial({ mean: 3, concentration: 2 }), { logits: -0.5 }),
  d.betaNegativeBinomial(3, 9, 4),
];

const parametersOf = (distribution: d.Distribution) =>
  Object.fromEntries(Object.entries(distribution.parameters).map(([name, value]) => [name, constantOf(value)!]));

/** Functions with moments under every family, heavy tails included. */
const FEATURES: readonly ((x: number) => number)[] = [
  (x) => Math.atan(x),
  (x) => Math.atan(x) ** 2,
  (x) => Math.cos(x),
];

/** Expectations under the family's own density (itself held to @stdlib). */
function exact(distribution: d.Distribution): number[] {
  const bounds = supportBounds(distribution.support);
  const a = bounds.lower === undefined ? Number.NEGATIVE_INFINITY : constantOf(bounds.lower)!;
  const b = bounds.upper === undefined ? Number.POSITIVE_INFINITY : constantOf(bounds.upper)!;
  const points = distribution.discrete ? countsTo(Math.min(b, 2000)) : quadrature(a, b);
  const p = logProbs(distribution, points.x).map((l, i) => Math.exp(l) * points.w[i]!);
  return FEATURES.map((f) => points.x.reduce((sum, x, i) => (p[i]! > 0 ? sum + p[i]! * f(x) : sum), 0));
}

const countsTo = (last: number) => {
  const x = Array.from({ length: last + 1 }, (_, k) => k);
  return { x, w: x.map(() => 1) };
};

function checkDraws(distribution: d.Distribution, draws: readonly number[]): void {
  for (const draw of draws.slice(0, 1000)) expect(d.inSupport(distribution.support, draw), String(draw)).toBe(true);
  for (const [k, expected] of exact(distribution).entries()) {
    const { mean, standardError } = momentsOf(draws.map(FEATURES[k]!));
    expect(Math.abs(mean - expected), `feature ${k}: ${mean} against ${expected}`).toBeLessThan(5 * standardError);
  }
  if (distribution.mean === undefined) return;
  const { mean, standardError } = momentsOf(draws);
  expect(Math.abs(mean - scalar(distribution.mean()))).toBeLessThan(5 * standardError);
}

describe("host draws follow the density", () => {
  test.each(proper.map((distribution) => [distribution.name, distribution] as const))("%s", (_, distribution) => {
    const random = hostRandom(2024);
    const given = parametersOf(distribution);
    checkDraws(
      distribution,
      Array.from({ length: COUNT }, () => distribution.sample(given, random) as number),
    );
  });

  test("categorical", () => {
    const axis = new Axis("class", 4);
    const shares = [0.1, 0, 0.65, 0.25];
    const byShare = d.categorical(axis, { probs: input("p", [axis], "data") });
    const byScore = d.categorical(axis, { logits: input("eta", [axis], "data") });
    const random = hostRandom(99);
    for (const draw of [
      () => byShare.sample({ probs: shares }, random),
      () => byScore.sample({ logits: shares.map((p) => 700 + Math.log(Math.max(p, 1e-300))) }, random),
    ]) {
      const frequencies = [0, 0, 0, 0];
      for (let i = 0; i < COUNT; i++) frequencies[draw() as number]! += 1 / COUNT;
      for (const [k, p] of shares.entries()) {
        expect(Math.abs(frequencies[k]! - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / COUNT));
      }
    }
  });

  test("flat refuses", () => {
    expect(() => d.flat().sample({}, hostRandom(1))).toThrow(d.DistributionError);
  });

  test("a missing parameter is named", () => {
    expect(() => d.normal(0, 1).sample({ loc: 0 }, hostRandom(1))).toThrow(/"scale"/);
  });
});

describe("graph draws follow the density", () => {
  const reparameterised = proper.filter((distribution) => distribution.rsample !== undefined);
  test("the families that have them", () => {
    const names = new Set(reparameterised.map((distribution) => distribution.name));
    const expected = "normal halfNormal cauchy halfCauchy exponential logNormal uniform laplace logistic"
      .split(" ")
      .concat(
        "gumbel weibull frechet rayleigh pareto paretoType2 logLogistic skewNormal".split(" "),
        "exponentiallyModifiedNormal skewDoubleExponential gamma beta studentT".split(" "),
      );
    expect([...names].sort()).toEqual(expected.sort());
  });
  test.each(reparameterised.map((distribution) => [distribution.name, distribution] as const))("%s", (_, family) => {
    const [draws] = evaluate([family.rsample!(graphNoise(COUNT, 7).noise, [])], new Map());
    checkDraws(family, Array.from(draws!));
  });
});

describe("discrete samplers, bin by bin", () => {
  test.each([0.3, 9.9, 10, 14.2, 80, 1000])("Poisson of rate %d", (rate) => {
    const random = hostRandom(17);
    const draws = Array.from({ length: 2 * COUNT }, () => samplePoisson(rate, random));
    chiSquared(draws, (k) => k * Math.log(rate) - rate - lgamma(k + 1));
  });

  test.each([
    [7, 0.2],
    [7, 0.8],
    [40, 0.25],
    [41, 0.26],
    [300, 0.5],
    [1000, 0.97],
    [1e6, 1e-5],
  ])("binomial of %d at %d", (n, p) => {
    const random = hostRandom(23);
    const draws = Array.from({ length: 2 * COUNT }, () => sampleBinomial(n, p, random));
    const coefficient = (k: number) => lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
    chiSquared(draws, (k) => (k > n ? -1e9 : coefficient(k) + k * Math.log(p) + (n - k) * Math.log1p(-p)));
  });

  test("degenerate cases", () => {
    const random = hostRandom(1);
    expect(sampleBinomial(0, 0.5, random)).toBe(0);
    expect(sampleBinomial(9, 0, random)).toBe(0);
    expect(sampleBinomial(9, 1, random)).toBe(9);
    expect(samplePoisson(0, random)).toBe(0);
  });

  test("log factorials", () => {
    for (const n of [0, 1, 2, 9, 15, 16, 17, 100, 1e5, 1e12]) {
      expect(Math.abs(logFactorialOf(n) / lgamma(n + 1) - 1) || 0).toBeLessThan(1e-13);
    }
  });
});
