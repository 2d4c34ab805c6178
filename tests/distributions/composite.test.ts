/** Ordered categories, counts along an axis, mixtures, gates and series: against sums, other families and hand-made formulae. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { lgamma } from "../../src/cpu/special.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input, logNormalCdf, sigmoid } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, logProbs, momentsOf, quadrature, scalar } from "./helpers.ts";

const K = new Axis("k", 3);
const cuts = new Axis("cut", 3);
const CUTS = [-1.2, 0.3, 2];
const cutpoints = input("cutpoints", [cuts], "parameter");
const eta = input("eta", [], "parameter");
const bound = (extra: Record<string, readonly number[]> = {}) =>
  new Map(Object.entries({ cutpoints: CUTS, eta: [0.4], ...extra }).map(([name, v]) => [name, Float64Array.from(v)]));
const at = (value: Value, inputs = bound()): number => evaluate([value], inputs)[0]![0]!;

describe("ordered categories", () => {
  const families = [
    ["orderedLogistic", d.orderedLogistic, (x: number) => 1 / (1 + Math.exp(-x))],
    ["orderedProbit", d.orderedProbit, (x: number) => Math.exp(scalar(logNormalCdf(x)))],
  ] as const;
  test.each(families)("%s: differences of the link, which sum to one", (_, family, link) => {
    const distribution = family(eta, cutpoints, cuts);
    let total = 0;
    for (let k = 0; k <= 3; k++) {
      const above = k === 0 ? 1 : link(0.4 - CUTS[k - 1]!);
      const below = k === 3 ? 0 : link(0.4 - CUTS[k]!);
      const found = Math.exp(at(distribution.logProb(k)));
      expect(found).toBeCloseTo(above - below, 12);
      total += found;
    }
    expect(total).toBeCloseTo(1, 12);
  });

  test.each(families)("%s: stays finite far from the cutpoints, with its gradient", (_, family) => {
    const distribution = family(eta, cutpoints, cuts);
    for (const k of [0, 1, 2, 3]) {
      for (const far of [-25, 25])
        expect(Number.isFinite(at(distribution.logProb(k), bound({ eta: [far] })))).toBe(true);
      expectGradient(distribution.logProb(k), [eta, cutpoints], { eta: [0.4], cutpoints: CUTS });
    }
  });

  test.each(families)("%s: draws", (_, family) => {
    const distribution = family(eta, cutpoints, cuts);
    const random = hostRandom(5);
    const given = { predictor: 0.4, cutpoints: CUTS };
    const draws = Array.from({ length: 20000 }, () => distribution.sample(given, random) as number);
    for (let k = 0; k <= 3; k++) {
      const p = Math.exp(at(distribution.logProb(k)));
      const share = draws.filter((y) => y === k).length / draws.length;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws.length));
    }
  });

  test("one cutpoint is a Bernoulli", () => {
    const one = new Axis("one", 1);
    const c = input("c", [one], "data");
    const found = at(d.orderedLogistic(eta, c, one).logProb(1), bound({ c: [0.1] }));
    expect(found).toBeCloseTo(Math.log(1 / (1 + Math.exp(-0.3))), 13);
  });
});

describe("counts along an axis", () => {
  const x = input("x", [K], "data", "i32");
  const probs = input("probs", [K], "data");
  const P = [0.2, 0, 0.8];

  test("multinomial: the coefficient and the powers, zero to the zeroth is one", () => {
    const found = at(d.multinomial(5, K, { probs }).logProb(x), bound({ x: [2, 0, 3], probs: P }));
    expect(found).toBeCloseTo(Math.log(10 * 0.2 ** 2 * 0.8 ** 3), 12);
    const logits = input("logits", [K], "data");
    const byLogits = at(
      d.multinomial(5, K, { logits }).logProb(x),
      bound({ x: [2, 1, 2], logits: [0, Math.log(3), Math.log(4)] }),
    );
    expect(byLogits).toBeCloseTo(Math.log(30 * (1 / 8) ** 2 * (3 / 8) * (4 / 8) ** 2), 12);
  });

  test("multinomial and Dirichlet-multinomial sum to one over all counts of a total", () => {
    const alpha = input("alpha", [K], "data");
    const [multi, polya] = [d.multinomial(4, K, { probs }), d.dirichletMultinomial(4, K, alpha)];
    let [total, polyaTotal] = [0, 0];
    for (let a = 0; a <= 4; a++) {
      for (let b = 0; a + b <= 4; b++) {
        const inputs = bound({ x: [a, b, 4 - a - b], probs: [0.2, 0.5, 0.3], alpha: [0.7, 2, 1.1] });
        total += Math.exp(at(multi.logProb(x), inputs));
        polyaTotal += Math.exp(at(polya.logProb(x), inputs));
      }
    }
    expect(total).toBeCloseTo(1, 12);
    expect(polyaTotal).toBeCloseTo(1, 12);
  });

  test("two entries of a Dirichlet-multinomial are a beta-binomial", () => {
    const two = new Axis("two", 2);
    const counts = input("counts", [two], "data", "i32");
    const alpha = input("alpha", [two], "data");
    const inputs = bound({ counts: [4, 6], alpha: [1.5, 2.5] });
    const found = at(d.dirichletMultinomial(10, two, alpha).logProb(counts), inputs);
    expect(found).toBeCloseTo(logProbs(d.betaBinomial(10, 1.5, 2.5), [4])[0]!, 11);
  });

  test("draws have the total, and its shares as means", () => {
    const random = hostRandom(9);
    const given = { total: 30, probs: [0.2, 0.5, 0.3] };
    const draws = Array.from({ length: 4000 }, () => d.multinomial(30, K, { probs }).sample(given, random) as number[]);
    for (const draw of draws.slice(0, 50)) expect(draw.reduce((sum, k) => sum + k, 0)).toBe(30);
    for (const [k, p] of given.probs.entries()) {
      const { mean, standardError } = momentsOf(draws.map((draw) => draw[k]!));
      expect(Math.abs(mean - 30 * p)).toBeLessThan(5 * standardError);
    }
  });
});

describe("mixtures", () => {
  const probs = input("probs", [K], "data");
  const loc = input("loc", [K], "data");
  const inputs = { probs: [0.2, 0.5, 0.3], loc: [-2, 0, 3] };
  const normalDensity = (x: number, m: number, s: number) =>
    Math.exp(-0.5 * ((x - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI));

  test("one family along the axis: the weighted sum, which integrates to one", () => {
    const distribution = d.mixture({ probs }, K, d.normal(loc, 1.5));
    const point = new Axis("point", 1);
    const x = input("x", [point], "data");
    const density = distribution.logProb(x);
    expect(density.axes).toEqual([point]);
    for (const value of [-3, 0.2, 5]) {
      const expected = inputs.probs.reduce((sum, w, k) => sum + w * normalDensity(value, inputs.loc[k]!, 1.5), 0);
      expect(at(density, bound({ ...inputs, x: [value] }))).toBeCloseTo(Math.log(expected), 12);
    }
  });

  test("several families, weights by logits", () => {
    const two = new Axis("two", 2);
    const logits = input("logits", [two], "data");
    const distribution = d.mixture({ logits }, two, [d.normal(0, 1), d.studentT(3, 1, 2)]);
    const { x, w } = quadrature(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const node = new Axis("node", x.length);
    const [values] = evaluate([distribution.logProb(input("x", [node], "data"))], bound({ x, logits: [0.3, 1.1] }));
    expect(values!.reduce((sum, log, k) => sum + Math.exp(log) * w[k]!, 0)).toBeCloseTo(1, 8);
  });

  test("draws, through a mixture of counts with a point mass at zero", () => {
    const two = new Axis("two", 2);
    const weights = input("weights", [two], "data");
    const distribution = d.mixture({ probs: weights }, two, [
      d.zeroInflated(d.poisson(2), { probs: 0.5 }),
      d.poisson(6),
    ]);
    expect(distribution.discrete).toBe(true);
    const random = hostRandom(3);
    const given = {
      "component1.distribution.rate": 2,
      "component1.gate.probs": 0.5,
      "component2.rate": 6,
      "weights.probs": [0.25, 0.75],
    };
    const { mean, standardError } = momentsOf(
      Array.from({ length: 20000 }, () => distribution.sample(given, random) as number),
    );
    expect(Math.abs(mean - (0.25 * 1 + 0.75 * 6))).toBeLessThan(5 * standardError);
  });

  test("what does not fit together is refused", () => {
    const two = new Axis("two", 2);
    const weights = input("weights", [two], "data");
    expect(() => d.mixture({ probs: weights }, two, [d.normal(0, 1)])).toThrow(/1 components for the 2 entries/);
    const refused = (make: () => unknown, message: RegExp) => expect(make).toThrow(message);
    const mixed = (...parts: d.Distribution[]) => d.mixture({ probs: weights }, two, parts);
    refused(() => mixed(d.normal(0, 1), d.poisson(1)), /all discrete or all continuous/);
    refused(() => mixed(d.normal(0, 1), d.dirichlet(1, K)), /the same event axes/);
    refused(() => mixed(d.normal(0, 1), d.zeroInflated(d.gamma(1, 1), { probs: 0.5 })), /positive probability/);
    refused(() => mixed(d.normal(0, 1), d.normal(weights, 1)), /along which the list runs already/);
    refused(() => d.mixture({ probs: 0.5 }, two, d.normal(weights, 1)), /must run over/);
    refused(() => d.mixture({ probs: weights }, two, d.normal(0, 1)), /must run over "two"; for different families/);
    refused(() => mixed(d.normal(0, 1), d.normal(0, 1)).logProb(weights), /the axis of the components/);
    refused(() => d.zeroInflated(d.discreteUniform(1, 3), { probs: 0.5 }), /zero must be in the support/);
    refused(() => d.hurdle(d.dirichlet(1, K), { probs: 0.5 }), /zero must be in the support/);
  });
});

describe("gates", () => {
  test("a zero-inflated and a hurdle Poisson by their definitions", () => {
    const p = (k: number) => Math.exp(k * Math.log(3) - 3 - lgamma(k + 1));
    const inflated = logProbs(d.zeroInflated(d.poisson(3), { probs: 0.25 }), [0, 1, 4]).map(Math.exp);
    expect(inflated[0]).toBeCloseTo(0.25 + 0.75 * p(0), 13);
    expect(inflated[1]).toBeCloseTo(0.75 * p(1), 13);
    const jumped = logProbs(d.hurdle(d.poisson(3), { probs: 0.25 }), [0, 1, 4]).map(Math.exp);
    expect(jumped[0]).toBeCloseTo(0.25, 13);
    expect(jumped[2]).toBeCloseTo((0.75 * p(4)) / (1 - p(0)), 13);
  });

  test("their gradients", () => {
    const rate = input("rate", [], "parameter");
    const gate = input("gate", [], "parameter");
    for (const k of [0, 3]) {
      for (const family of [d.zeroInflated, d.hurdle]) {
        const density = family(d.poisson(rate), { probs: sigmoid(gate) }).logProb(k);
        expectGradient(density, [rate, gate], { rate: [2.5], gate: [-0.3] });
      }
    }
  });
});

describe("series", () => {
  const time = new Axis("time", 6);
  const x = input("x", [time], "parameter");
  const X = [0.3, -0.5, 0.9, 1.4, 1.1, 2];
  const log = (z: number, s: number) => -0.5 * (z / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI);

  test("a random walk with drift: the first entry and the steps", () => {
    const walk = d.gaussianRandomWalk(time, { scale: 0.7, drift: 0.2, initial: d.normal(0, 2) });
    let expected = log(X[0]!, 2);
    for (let t = 1; t < 6; t++) expected += log(X[t]! - X[t - 1]! - 0.2, 0.7);
    expect(at(walk.logProb(x), bound({ x: X }))).toBeCloseTo(expected, 12);
    expectGradient(walk.logProb(x), [x], { x: X });
  });

  test("an autoregression of two lags", () => {
    const phi = input("phi", [], "parameter");
    const series = d.ar(time, { coefficients: [phi, -0.3], constant: 0.1, scale: 0.5, initial: d.studentT(4, 0, 1) });
    let expected = logProbs(d.studentT(4, 0, 1), X.slice(0, 2)).reduce((a, b) => a + b);
    for (let t = 2; t < 6; t++) expected += log(X[t]! - 0.1 - 0.6 * X[t - 1]! + 0.3 * X[t - 2]!, 0.5);
    expect(at(series.logProb(x), bound({ x: X, phi: [0.6] }))).toBeCloseTo(expected, 12);
    expectGradient(series.logProb(x), [x, phi], { x: X, phi: [0.6] });
  });

  test("draws of a stationary autoregression have its variance", () => {
    const series = d.ar(time, { coefficients: [0.6], scale: 1, initial: d.normal(0, 1.25) });
    const given = { scale: 1, constant: 0, coefficient1: 0.6, "initial.loc": 0, "initial.scale": 1.25 };
    const random = hostRandom(11);
    const last = Array.from({ length: 8000 }, () => (series.sample(given, random) as number[])[5]! ** 2);
    const { mean, standardError } = momentsOf(last);
    expect(Math.abs(mean - 1 / (1 - 0.36))).toBeLessThan(5 * standardError);
  });

  test("what does not fit is refused", () => {
    expect(() => d.ar(time, { coefficients: [], scale: 1, initial: d.normal(0, 1) })).toThrow(/coefficients/);
    expect(() => d.gaussianRandomWalk(time, { scale: 1, initial: d.gamma(1, 1) })).toThrow(/on the reals/);
  });
});

describe("LKJ", () => {
  test("of two: density 3/4 (1 − r²) in the correlation for concentration 2", () => {
    const [row, column] = [K, K.prime()];
    const two = new Axis("two", 2);
    const L = input("L", [two, two.prime()], "data");
    const r = 0.4;
    const found = at(d.lkjCholesky(two, two.prime(), 2).logProb(L), bound({ L: [1, 0, r, Math.sqrt(1 - r * r)] }));
    expect(found).toBeCloseTo(Math.log(0.75 * (1 - r * r)), 12);
    expect(() => d.lkjCholesky(row, row, 1)).toThrow(/prime/);
    expect(() => d.lkjCholesky(row, column, -1)).toThrow(/positive/);
  });

  test("of three, concentration 1: one over the volume of correlation matrices, π²/2, times the Jacobian", () => {
    // det of the map from L to the correlations is L₂₂ here: log p(L) = −log(π²/2) + log L₂₂.
    const [row, column] = [K, K.prime()];
    const L = input("L", [row, column], "data");
    const entries = [1, 0, 0, 0.3, Math.sqrt(1 - 0.09), 0, 0.2, -0.4, Math.sqrt(1 - 0.04 - 0.16)];
    const found = at(d.lkjCholesky(row, column, 1).logProb(L), bound({ L: entries }));
    expect(found).toBeCloseTo(Math.log(Math.sqrt(1 - 0.09)) - Math.log(Math.PI ** 2 / 2), 12);
  });

  test("draws: correlations of mean 0 and variance 1/(2η + K − 1)", () => {
    const [row, column] = [K, K.prime()];
    const random = hostRandom(21);
    const family = d.lkjCholesky(row, column, 1.5);
    const draws = Array.from({ length: 8000 }, () => family.sample({ concentration: 1.5 }, random) as number[]);
    for (const of of [(L: number[]) => L[3]!, (L: number[]) => L[6]!]) {
      const { mean, standardError } = momentsOf(draws.map((L) => of(L) ** 2));
      expect(Math.abs(mean - 1 / (2 * 1.5 + 2))).toBeLessThan(5 * standardError);
    }
    expect(d.vectorInSupport(family.support, draws[0]!)).toBe(true);
  });
});
