/** Discrete families: probabilities by definition, sums, moments, gradients, draws bin by bin, digits in float32. */
import { describe, expect, test } from "vitest";
import { evaluate, type Rounding } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { castI32, input } from "../../src/graph/ops.ts";
import { expectGradient } from "../support/gradients.ts";
import { type DiscreteFamily, discreteFamilies } from "./discreteFamilies.ts";
import { chiSquared, hostRandom, logProbs, momentsOf, scalar } from "./helpers.ts";

const cases = discreteFamilies.map((family) => [family.name, family] as const);

const bound = ({ values }: DiscreteFamily) =>
  new Map(Object.entries(values).map(([name, entries]) => [name, Float64Array.from(entries)]));

function supportOf({ from, to }: DiscreteFamily) {
  const points = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const axis = new Axis("point", points.length);
  return { points, axis, k: castI32(input("point", [axis], "data")) };
}

/** log P at every point of the support, and whatever follows from it. */
function onSupport(family: DiscreteFamily) {
  const { points, axis, k } = supportOf(family);
  const inputs = bound(family).set("point", Float64Array.from(points));
  const density = family.distribution.logProb(k);
  const [values] = evaluate([density], inputs);
  const logp = density.hasAxis(axis) ? Array.from(values!) : points.map(() => values![0]!);
  return { points, logp, inputs };
}

describe.each(cases)("%s", (_, family) => {
  const { points, logp, inputs } = onSupport(family);

  test("is what its definition says, at every value", () => {
    points.forEach((k, i) => {
      const expected = Math.log(family.mass(k));
      // Products of up to 150 factors are exact to 150 roundings.
      if (!Number.isFinite(expected)) expect(logp[i], String(k)).toBe(expected);
      else expect(Math.abs(logp[i]! - expected), String(k)).toBeLessThan(1e-12 * Math.max(100, Math.abs(expected)));
    });
  });

  test("sums to one, to its mean and to its entropy", () => {
    const over = (f: (k: number, l: number) => number) =>
      points.reduce((sum, k, i) => (logp[i]! > -745 ? sum + Math.exp(logp[i]!) * f(k, logp[i]!) : sum), 0);
    expect(over(() => 1)).toBeCloseTo(1, 10);
    const { mean, entropy } = family.distribution;
    if (mean !== undefined)
      expect(scalar(mean(), inputs)).toBeCloseTo(
        over((k) => k),
        8,
      );
    if (entropy !== undefined)
      expect(scalar(entropy(), inputs)).toBeCloseTo(
        over((_, l) => -l),
        8,
      );
  });

  test("has the gradient of its differences", () => {
    const few = points.slice(0, 9);
    const axis = new Axis("few", few.length);
    const density = family.distribution.logProb(castI32(input("few", [axis], "data")));
    expectGradient(density, family.leaves, { ...family.values, few });
  });

  test("is drawn as it says", () => {
    const random = hostRandom(31);
    const keys = Object.entries(family.distribution.parameters);
    const given = Object.fromEntries(
      keys.map(([name, value]) => {
        const [entries] = evaluate([value], inputs);
        return [name, value.axes.length === 0 ? entries![0]! : Array.from(entries!)];
      }),
    );
    const draws = Array.from({ length: 20000 }, () => family.distribution.sample(given, random) as number);
    for (const draw of draws.slice(0, 500)) expect(d.inSupport(family.distribution.support, draw)).toBe(true);
    chiSquared(draws, (k) => logp[k - family.from] ?? Number.NEGATIVE_INFINITY);
  });
});

describe("counts along an axis", () => {
  const K = new Axis("k", 3);
  const alpha = input("alpha", [K], "data");
  const probs = input("probs", [K], "data");
  const draws = (distribution: d.Distribution, given: d.HostParameters) => {
    const random = hostRandom(8);
    return Array.from({ length: 20000 }, () => distribution.sample(given, random) as number[]);
  };

  test("entries of multinomial draws are binomial, and there is none of probability zero", () => {
    const all = draws(d.multinomial(14, K, { probs }), { total: 14, probs: [0.3, 0.7, 0] });
    const marginal = logProbs(
      d.binomial(14, { probs: 0.3 }),
      Array.from({ length: 15 }, (_, k) => k),
    );
    chiSquared(
      all.map(([first]) => first!),
      (k) => marginal[k] ?? Number.NEGATIVE_INFINITY,
    );
    expect(all.every(([a, b, c]) => a! + b! === 14 && c === 0)).toBe(true);
  });

  test("entries of Dirichlet-multinomial draws are beta-binomial", () => {
    const distribution = d.dirichletMultinomial(14, K, alpha);
    const all = draws(distribution, { total: 14, concentration: [1.5, 2, 0.5] });
    const marginal = logProbs(
      d.betaBinomial(14, 1.5, 2.5),
      Array.from({ length: 15 }, (_, k) => k),
    );
    chiSquared(
      all.map(([first]) => first!),
      (k) => marginal[k] ?? Number.NEGATIVE_INFINITY,
    );
    for (const draw of all.slice(0, 100)) expect(d.vectorInSupport(distribution.support, draw)).toBe(true);
    const bound = new Map([["alpha", Float64Array.of(1.5, 2, 0.5)]]);
    const [mean] = evaluate([distribution.mean!()], bound);
    mean!.forEach((value, k) => {
      const found = momentsOf(all.map((draw) => draw[k]!));
      expect(Math.abs(found.mean - value)).toBeLessThan(5 * found.standardError);
    });
  });

  test("their gradients", () => {
    const x = input("x", [K], "data", "i32");
    const values = { x: [2, 0, 5] };
    const logits = input("logits", [K], "parameter");
    const a = input("a", [K], "parameter");
    expectGradient(d.multinomial(7, K, { logits }).logProb(x), [logits], { ...values, logits: [0.2, -1, 0.5] });
    expectGradient(d.dirichletMultinomial(7, K, a).logProb(x), [a], { ...values, a: [0.4, 2, 7] });
  });

  test("the total is part of the support", () => {
    const { support } = d.multinomial(5, K, { probs });
    expect(d.describeSupport(support)).toBe('non-negative integers with sum 5 along "k"');
    expect(d.vectorInSupport(support, [2, 3, 0])).toBe(true);
    for (const wrong of [
      [2, 2, 0],
      [6, -1, 0],
      [2.5, 2.5, 0],
    ]) {
      expect(d.vectorInSupport(support, wrong)).toBe(false);
    }
    const later = d.multinomial(input("n", [], "data", "i32"), K, { probs }).support;
    expect(d.vectorInSupport(later, [2, 2, 0])).toBe(true);
    expect(d.vectorInSupport(later, [2, 2, 0], { upper: 5 })).toBe(false);
  });
});

describe("digits in float32", () => {
  /** With every node rounded, relative to the size of the result, at least 1. */
  const error = (distribution: d.Distribution, k: number, rounding: Rounding = { round: "f32" }) => {
    const [exact] = logProbs(distribution, [k]);
    const [rounded] = logProbs(distribution, [k], rounding);
    return Math.abs(rounded! - exact!) / Math.max(1, Math.abs(exact!));
  };
  // A handful of roundings of 2⁻²⁴ in terms of the size of k log a, at most a few hundred.
  test.each([
    ["a beta-binomial of large concentrations", d.betaBinomial(20, 1e5, 3e5), 6, 3e-5],
    ["a beta negative binomial of large concentrations", d.betaNegativeBinomial(3, 2e5, 1e5), 2, 3e-5],
    ["a negative binomial of a large mean", d.negativeBinomial({ mean: 1e6, concentration: 2 }), 1_000_000, 1e-5],
    ["a negative binomial of a large log mean", d.negativeBinomial({ logMean: 14, concentration: 2 }), 1_200_000, 1e-5],
    ["a binomial of a large logit", d.binomial(1000, { logits: 25 }), 1000, 1e-6],
    ["a geometric of a large logit", d.geometric({ logits: 40 }), 0, 1e-6],
  ] as const)("%s", (_, distribution, k, tolerance) => {
    expect(error(distribution, k)).toBeLessThan(tolerance);
  });

  test("a narrow category keeps its probability", () => {
    const cut = new Axis("cut", 2);
    const cutpoints = input("c", [cut], "data");
    const inputs = new Map([["c", Float64Array.of(3, 3.0009765625)]]);
    for (const family of [d.orderedLogistic, d.orderedProbit]) {
      const density = family(0, cutpoints, cut).logProb(1);
      const [exact] = evaluate([density], inputs)[0]!;
      const [rounded] = evaluate([density], inputs, { round: "f32" })[0]!;
      // The width is exact; the probit takes the difference of two logarithms near −6.6, to 2⁻²² of 0.003.
      expect(Math.abs(rounded! - exact!)).toBeLessThan(family === d.orderedLogistic ? 1e-6 : 4e-4);
    }
  });
});

describe("ends of the parameter space", () => {
  test("sure outcomes have log probability 0", () => {
    expect(logProbs(d.geometric({ probs: 1 }), [0])[0]).toBe(0);
    expect(d.geometric({ probs: 1 }).sample({ probs: 1 }, hostRandom(1))).toBe(0);
    expect(logProbs(d.discreteUniform(4, 4), [4])[0]).toBeCloseTo(0, 15);
    expect(logProbs(d.hypergeometric(5, 5, 0), [5])[0]).toBeCloseTo(0, 12);
    expect(logProbs(d.betaBinomial(0, 2, 3), [0])[0]).toBeCloseTo(0, 12);
  });

  test("gates of probability zero and one", () => {
    const closed = d.zeroInflated(d.poisson(3), { probs: 1 });
    expect(logProbs(closed, [0, 2])).toEqual([0, Number.NEGATIVE_INFINITY]);
    const open = logProbs(d.zeroInflated(d.poisson(3), { probs: 0 }), [0, 2]);
    logProbs(d.poisson(3), [0, 2]).forEach((value, i) => {
      expect(open[i]).toBeCloseTo(value, 14);
    });
  });

  test("a hurdle that is hardly ever taken gives up", () => {
    const never = d.hurdle(d.poisson(1e-12), { probs: 0 });
    expect(() => never.sample({ "gate.probs": 0, "distribution.rate": 1e-12 }, hostRandom(1))).toThrow(
      /all but certain/,
    );
  });
});
