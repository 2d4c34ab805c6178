import { describe, expect, test } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { constantOf, supportBounds } from "../../src/distributions/support.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { logProbs, quadrature, scalar } from "./helpers.ts";

const pairs: readonly (readonly [d.Distribution, d.Distribution])[] = [
  [d.normal(1, 2), d.normal(-0.5, 3)],
  [d.halfNormal(1.4), d.halfNormal(3)],
  [d.logNormal(0.2, 0.5), d.logNormal(-0.3, 0.9)],
  [d.gamma(2.5, 3), d.gamma(1.2, 0.7)],
  [d.inverseGamma(3.5, 2), d.inverseGamma(2.2, 1.3)],
  [d.exponential(2), d.exponential(0.4)],
  [d.beta(2, 3.5), d.beta(1.3, 0.8)],
  [d.laplace(1, 2), d.laplace(-1, 0.8)],
  [d.cauchy(1, 2), d.cauchy(-1, 0.8)],
  [d.halfCauchy(2), d.halfCauchy(0.8)],
  [d.chiSquared(3), d.chiSquared(5.5)],
  [d.inverseChiSquared(5), d.inverseChiSquared(3.5)],
  [d.scaledInverseChiSquared(5, 1.2), d.scaledInverseChiSquared(4, 2)],
  [d.betaProportion(0.4, 6), d.betaProportion(0.6, 3)],
  [d.weibull(1.7, 2), d.weibull(2.5, 1.4)],
  [d.frechet(2.7, 2), d.frechet(3.5, 1.4)],
  [d.gumbel(1, 0.7), d.gumbel(0.2, 1.1)],
  [d.rayleigh(1.3), d.rayleigh(2)],
  [d.pareto(1.5, 3), d.pareto(0.7, 2)],
  [d.vonMises(0.4, 2), d.vonMises(-0.7, 3)],
  [d.uniform(0, 2), d.uniform(-1, 4)],
  [d.bernoulli({ probs: 0.3 }), d.bernoulli({ logits: 1.5 })],
  [d.bernoulli({ logits: -1 }), d.bernoulli({ probs: 0.6 })],
  [d.bernoulli({ probs: 0 }), d.bernoulli({ probs: 0.6 })],
  [d.poisson(4), d.poisson({ logRate: 0.7 })],
];

const nameOf = (distribution: d.Distribution) => distribution.name;

describe("KL divergences against sums and integrals of the densities", () => {
  test.each(pairs.map(([q, p]) => [nameOf(q), q, p] as const))("%s", (name, q, p) => {
    const { lower, upper } = supportBounds(q.support);
    const a = lower === undefined ? Number.NEGATIVE_INFINITY : constantOf(lower)!;
    const b = upper === undefined ? Number.POSITIVE_INFINITY : constantOf(upper)!;
    const counts = Array.from({ length: Math.min(b, 100) + 1 }, (_, k) => k);
    const { x, w } = q.discrete ? { x: counts, w: counts.map(() => 1) } : quadrature(a, b);
    const [logQ, logP] = [logProbs(q, x), logProbs(p, x)];
    const expected = x.reduce((sum, _, i) => {
      const mass = Math.exp(logQ[i]!) * w[i]!;
      return mass > 0 && Number.isFinite(logP[i]!) ? sum + mass * (logQ[i]! - logP[i]!) : sum;
    }, 0);
    expect(scalar(d.klDivergence(q, p)!)).toBeCloseTo(expected, name === "laplace" ? 3 : 8);
    expect(scalar(d.klDivergence(q, q)!)).toBeCloseTo(0, 12);
  });

  test("categorical", () => {
    const axis = new Axis("class", 3);
    const q = d.categorical(axis, { probs: input("q", [axis], "data") });
    const p = d.categorical(axis, { logits: input("p", [axis], "data") });
    const inputs = new Map([
      ["q", Float64Array.of(0.25, 0, 0.75)],
      ["p", Float64Array.of(0, 1, 2)],
    ]);
    const total = Math.log(1 + Math.E + Math.E ** 2);
    const expected = 0.25 * (Math.log(0.25) + total) + 0.75 * (Math.log(0.75) - 2 + total);
    expect(scalar(d.klDivergence(q, p)!, inputs)).toBeCloseTo(expected, 12);
    const other = new Axis("class", 3);
    expect(d.klDivergence(q, d.categorical(other, { logits: input("r", [other], "data") }))).toBeNull();
  });

  test("an interval that sticks out is infinitely far", () => {
    expect(scalar(d.klDivergence(d.uniform(-2, 2), d.uniform(-1, 4))!)).toBe(Number.POSITIVE_INFINITY);
    expect(scalar(d.klDivergence(d.uniform(0, 5), d.uniform(-1, 4))!)).toBe(Number.POSITIVE_INFINITY);
    expect(scalar(d.klDivergence(d.pareto(1, 2), d.pareto(2, 2))!)).toBe(Number.POSITIVE_INFINITY);
  });

  test("null where no closed form is known", () => {
    expect(d.klDivergence(d.normal(0, 1), d.cauchy(0, 1))).toBeNull();
    expect(d.klDivergence(d.studentT(3, 0, 1), d.studentT(4, 0, 1))).toBeNull();
    expect(d.klDivergence(d.flat(), d.flat())).toBeNull();
    expect(d.klDivergence(d.uniform(0, input("high", [], "data")), d.uniform(0, 1))).toBeNull();
  });

  test("plates stay", () => {
    const plate = new Axis("plate", 4);
    const kl = d.klDivergence(d.normal(input("m", [plate], "data"), 1), d.normal(0, 1))!;
    expect(kl.axes).toEqual([plate]);
  });
});
