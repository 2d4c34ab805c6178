/** Truncation, censoring, and the distribution functions of counts that they need. */
import binomialDist from "@stdlib/stats-base-dists-binomial";
import negativeBinomialDist from "@stdlib/stats-base-dists-negative-binomial";
import normalDist from "@stdlib/stats-base-dists-normal";
import poissonDist from "@stdlib/stats-base-dists-poisson";
import { describe, expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, logProbs, quadrature, scalar } from "./helpers.ts";

const device = await testDevice();
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);
const massOf = (distribution: d.Distribution, lower: number, upper: number): number => {
  const { x, w } = quadrature(lower, upper);
  return logProbs(distribution, x).reduce((sum, l, i) => sum + Math.exp(l) * w[i]!, 0);
};

describe("distribution functions of counts", () => {
  const families: readonly [string, d.Distribution, (k: number) => number][] = [
    ["poisson", d.poisson(3.7), (k) => poissonDist.cdf(k, 3.7)],
    ["binomial", d.binomial(9, { probs: 0.3 }), (k) => binomialDist.cdf(k, 9, 0.3)],
    ["binomial by logits", d.binomial(9, { logits: 0.4 }), (k) => binomialDist.cdf(k, 9, 1 / (1 + Math.exp(-0.4)))],
    ["geometric", d.geometric({ probs: 0.2 }), (k) => 1 - 0.8 ** (k + 1)],
    ["bernoulli", d.bernoulli({ probs: 0.3 }), (k) => (k < 1 ? 0.7 : 1)],
    ["discreteUniform", d.discreteUniform(0, 5), (k) => Math.min(1, (k + 1) / 6)],
    [
      "negativeBinomial",
      d.negativeBinomial({ mean: 4, concentration: 2.5 }),
      (k) => negativeBinomialDist.cdf(k, 2.5, 2.5 / 6.5),
    ],
  ];
  test.each(families)("%s", (_, family, cdf) => {
    for (const k of range(10)) {
      expect(Math.exp(scalar(family.logCdf!(k)))).toBeCloseTo(cdf(k), 10);
      expect(Math.exp(scalar(family.logSurvival!(k)))).toBeCloseTo(1 - cdf(k), 10);
    }
    expect(scalar(family.logCdf!(-1))).toBe(Number.NEGATIVE_INFINITY);
    expect(scalar(family.logSurvival!(-1))).toBe(0);
  });

  test("the range of a discrete uniform may start anywhere", () => {
    const family = d.discreteUniform(-3, 4);
    const found = [-4, -3, 0, 4, 5].map((k) =>
      [family.logCdf!(k), family.logSurvival!(k)].map((value) => Math.exp(scalar(value))),
    );
    [0, 1 / 8, 4 / 8, 1, 1].forEach((p, i) => {
      expect(found[i]![0]).toBeCloseTo(p, 14);
      expect(found[i]![1]).toBeCloseTo(1 - p, 14);
    });
  });

  const byParameter: readonly ((p: Value) => d.Distribution)[] = [
    (p) => d.poisson(p),
    (p) => d.binomial(8, { probs: p }),
    (p) => d.geometric({ probs: p }),
    (p) => d.bernoulli({ logits: p }),
  ];
  test.each(byParameter)("on the GPU as in float64, with derivatives, from below 0 on: %#", async (make) => {
    const points = [-1, 0, 1, 3, 8];
    const k = input("k", [new Axis("point", points.length)], "data");
    const p = input("p", [], "parameter");
    const inputs = new Map([
      ["k", Float64Array.from(points)],
      ["p", Float64Array.of(0.25)],
    ]);
    const { name, logCdf, logSurvival } = make(p);
    const roots = [logCdf!(k), logSurvival!(k)].flatMap((tail) => [tail, ...gradient(tail, [p])]);
    const values = evaluate(roots, inputs);
    expect(values.flatMap((array) => Array.from(array)).some(Number.isNaN)).toBe(false);
    await expectAgreement(device, scheduleOptionsFor(device), name, roots, inputs);
  });
});

describe("truncated", () => {
  test("a normal between bounds is the normal over its mass there", () => {
    const found = logProbs(d.truncated(d.normal(1, 2), { lower: -0.5, upper: 4 }), [-0.5, 1, 3.9]);
    const mass = normalDist.cdf(4, 1, 2) - normalDist.cdf(-0.5, 1, 2);
    [-0.5, 1, 3.9].forEach((x, i) => {
      expect(found[i]).toBeCloseTo(normalDist.logpdf(x, 1, 2) - Math.log(mass), 12);
    });
  });

  const shapes: readonly [string, d.Distribution, number, number][] = [
    ["normal, far in its upper tail", d.truncated(d.normal(0, 1), { lower: 8, upper: 9 }), 8, 9],
    ["normal, far in its lower tail", d.truncated(d.normal(0, 1), { lower: -30, upper: -29 }), -30, -29],
    ["normal from below", d.truncated(d.normal(0, 1), { lower: 12 }), 12, Number.POSITIVE_INFINITY],
    ["normal from above", d.truncated(d.normal(2, 3), { upper: 0 }), -40, 0],
    ["gamma", d.truncated(d.gamma(2.5, 1), { lower: 1, upper: 3 }), 1, 3],
    ["gamma, a bound below its support", d.truncated(d.gamma(2.5, 1), { lower: -1, upper: 3 }), 0, 3],
    ["student t", d.truncated(d.studentT(3, 0, 2), { lower: -1, upper: 5 }), -1, 5],
    ["weibull", d.truncated(d.weibull(1.5, 2), { lower: 0.5 }), 0.5, Number.POSITIVE_INFINITY],
    ["cauchy", d.truncated(d.cauchy(0, 1), { lower: 100 }), 100, Number.POSITIVE_INFINITY],
  ];
  test.each(shapes)("integrates to one: %s", (_, family, lower, upper) => {
    // The rule's own error for heavy tails to infinity.
    expect(massOf(family, lower, upper)).toBeCloseTo(1, 7);
  });

  test.each([
    ["poisson from 1", d.truncated(d.poisson(1.3), { lower: 1 }), 1, 60],
    ["poisson to 4", d.truncated(d.poisson(3), { upper: 4 }), 0, 4],
    ["binomial between", d.truncated(d.binomial(12, { probs: 0.4 }), { lower: 2, upper: 5 }), 2, 5],
    ["geometric from 3", d.truncated(d.geometric({ logits: -1 }), { lower: 3 }), 3, 200],
  ] as const)("sums to one: %s", (_, family, lower, upper) => {
    const points = range(upper - lower + 1).map((k) => k + lower);
    const total = logProbs(family, points).reduce((sum, l) => sum + Math.exp(l), 0);
    expect(total).toBeCloseTo(1, 10);
  });

  test("its derivatives, where bounds and parameters are values", () => {
    const [loc, scale, lower] = ["loc", "scale", "lower"].map((name) => input(name, [], "parameter"));
    const family = d.truncated(d.normal(loc!, scale!), { lower: lower!, upper: 6 });
    expectGradient(family.logProb(3), [loc!, scale!, lower!], { loc: [1], scale: [0.7], lower: [2.5] });
    expectGradient(family.logProb(-3), [loc!, scale!, lower!], { loc: [1], scale: [0.7], lower: [-4] });
  });

  test("counts with bounds that differ by observation, 0 among them", () => {
    const rows = new Axis("row", 3);
    const rate = input("rate", [], "parameter");
    const [lower, y] = [input("lower", [rows], "data"), input("y", [rows], "data")];
    for (const family of [d.poisson(rate), d.geometric({ probs: rate }), d.binomial(9, { probs: rate })]) {
      const at = { rate: [0.6], lower: [0, 1, 2], y: [2, 2, 2] };
      for (const bounds of [{ lower }, { lower, upper: 7 }]) {
        const value = d.truncated(family, bounds).logProb(y);
        expectGradient(value, [rate], at);
        const inputs = new Map(Object.entries(at).map(([name, values]) => [name, Float64Array.from(values)]));
        const [found] = evaluate([value], inputs);
        const fixed = (name: string, p: number) =>
          name === "poisson"
            ? d.poisson(p)
            : name === "geometric"
              ? d.geometric({ probs: p })
              : d.binomial(9, { probs: p });
        const masses = logProbs(fixed(family.name, 0.6), range("upper" in bounds ? 8 : 60)).map(Math.exp);
        at.lower.forEach((from, i) => {
          const mass = masses.slice(from).reduce((sum, p) => sum + (p > 0 ? p : 0), 0);
          expect(found![i]).toBeCloseTo(Math.log(masses[2]! / mass), 10);
        });
      }
    }
  });

  test("draws lie between the bounds, with the mean of the density", () => {
    const family = d.truncated(d.normal(0, 1), { lower: 0.5, upper: 2 });
    const random = hostRandom(3);
    const given = { "distribution.loc": 0, "distribution.scale": 1, lower: 0.5, upper: 2 };
    const draws = range(20_000).map(() => family.sample(given, random) as number);
    const { x, w } = quadrature(0.5, 2);
    const density = logProbs(family, x).map((l, i) => Math.exp(l) * w[i]!);
    const mean = density.reduce((sum, p, i) => sum + p * x[i]!, 0);
    const variance = density.reduce((sum, p, i) => sum + p * (x[i]! - mean) ** 2, 0);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...draws)).toBeLessThanOrEqual(2);
    const average = draws.reduce((sum, y) => sum + y, 0) / draws.length;
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(variance / draws.length));
  });

  test("what leaves nothing, or cannot be truncated, is refused", () => {
    expect(() => d.truncated(d.normal(0, 1), {})).toThrow(/give lower, upper or both/);
    expect(() => d.truncated(d.normal(0, 1), { lower: 2, upper: 1 })).toThrow(/lower must be below upper/);
    expect(() => d.truncated(d.gamma(1, 1), { upper: -1 })).toThrow(/nothing is left below -1/);
    expect(() => d.truncated(d.beta(1, 1), { lower: 2 })).toThrow(/nothing is left above 2/);
    expect(() => d.truncated(d.zeroInflated(d.poisson(2), { probs: 0.1 }), { lower: 0 })).toThrow(
      /zeroInflated\(poisson\) has no distribution function/,
    );
    expect(() => d.truncated(d.poisson(2), { lower: 0.5 })).toThrow(/integer/);
  });

  test("on the GPU as in float64, with derivatives", async () => {
    const [loc, scale] = ["loc", "scale"].map((name) => input(name, [], "parameter"));
    const points = [2.1, 3, 5.9];
    const x = input("x", [new Axis("point", 3)], "data");
    const inputs = new Map([
      ["x", Float64Array.from(points, Math.fround)],
      ["loc", Float64Array.of(Math.fround(-1.5))],
      ["scale", Float64Array.of(0.75)],
    ]);
    const value = d.truncated(d.normal(loc!, scale!), { lower: 2, upper: 6 }).logProb(x);
    const roots = [value, ...gradient(value, [loc!, scale!])];
    await expectAgreement(device, scheduleOptionsFor(device), "truncated", roots, inputs);
  });
});

describe("censored", () => {
  test("has the tails' probabilities at the bounds and the density between", () => {
    const family = d.censored(d.normal(1, 2), { lower: -1, upper: 3 });
    const [low, middle, high] = logProbs(family, [-1, 0.5, 3]);
    expect(low).toBeCloseTo(Math.log(normalDist.cdf(-1, 1, 2)), 12);
    expect(middle).toBeCloseTo(normalDist.logpdf(0.5, 1, 2), 12);
    expect(high).toBeCloseTo(Math.log(1 - normalDist.cdf(3, 1, 2)), 12);
    const { x, w } = quadrature(-1, 3);
    const between = logProbs(d.normal(1, 2), x).reduce((sum, l, i) => sum + Math.exp(l) * w[i]!, 0);
    expect(Math.exp(low!) + between + Math.exp(high!)).toBeCloseTo(1, 10);
  });

  test("counts beyond a bound are read as the bound", () => {
    const family = d.censored(d.poisson(3), { lower: 1, upper: 5 });
    const found = logProbs(family, [1, 2, 3, 4, 5]).map(Math.exp);
    expect(found[0]).toBeCloseTo(poissonDist.cdf(1, 3), 12);
    expect(found[4]).toBeCloseTo(1 - poissonDist.cdf(4, 3), 10);
    expect(found.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
  });

  test("its derivatives, and bounds that differ by observation", () => {
    const rows = new Axis("row", 3);
    const loc = input("loc", [], "parameter");
    const [limit, y] = [input("limit", [rows], "data"), input("y", [rows], "data")];
    const family = d.censored(d.exponential(loc), { upper: limit });
    expectGradient(family.logProb(y), [loc], { loc: [0.6], limit: [1, 2, 3], y: [1, 0.5, 3] });
    const [found] = evaluate(
      [family.logProb(y)],
      new Map([
        ["loc", Float64Array.of(0.6)],
        ["limit", Float64Array.of(1, 2, 3)],
        ["y", Float64Array.of(1, 0.5, 3)],
      ]),
    );
    expect(found![0]).toBeCloseTo(-0.6, 12);
    expect(found![1]).toBeCloseTo(Math.log(0.6) - 0.3, 12);
    expect(found![2]).toBeCloseTo(-1.8, 12);
  });
});

describe("in a model", () => {
  test("a truncated latent lives between its bounds, which may be other sites", () => {
    const ordered = model("ordered", ({ sample }) => {
      const low = sample("low", d.normal(0, 1));
      sample("high", d.truncated(d.normal(0, 1), { lower: low }));
    });
    const traced = ordered.trace({});
    const z = input("z", [traced.coordinate], "parameter");
    const { values, logJoint } = traced.at(z);
    const point = new Map([["z", Float64Array.of(0.4, Math.log(0.3))]]);
    const [high, joint] = evaluate([values.get("high")!, logJoint], point);
    expect(high![0]).toBeCloseTo(0.7, 12);
    const expected =
      normalDist.logpdf(0.4, 0, 1) +
      normalDist.logpdf(0.7, 0, 1) -
      Math.log(1 - normalDist.cdf(0.4, 0, 1)) +
      Math.log(0.3);
    expect(joint![0]).toBeCloseTo(expected, 10);
  });

  test("data beyond the bounds, and a censored latent, are errors that name the site", () => {
    const tobit = model<{ y: number[] }>("tobit", ({ plate, sample, observe }, data) => {
      const n = plate("n", data.y.length);
      observe("y", d.censored(d.normal(sample("mu", d.normal(0, 1)), 1), { upper: 2 }), real(data.y, [n]));
    });
    expect(tobit.trace({ y: [1, 2] }).latents.length).toBe(1);
    expect(() => tobit.trace({ y: [1, 2.5] })).toThrow(/y\[2\] is 2\.5/);
    const latent = model("latent", ({ sample }) => {
      sample("x", d.censored(d.normal(0, 1), { upper: 2 }));
    });
    expect(() => latent.trace({})).toThrow(/^x: a latent censored/);
  });
});
