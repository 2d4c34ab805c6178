import erfc from "@stdlib/math-base-special-erfc";
import bernoulliReference from "@stdlib/stats-base-dists-bernoulli";
import betaReference from "@stdlib/stats-base-dists-beta";
import binomialReference from "@stdlib/stats-base-dists-binomial";
import cauchyReference from "@stdlib/stats-base-dists-cauchy";
import chiSquaredLogpdf from "@stdlib/stats-base-dists-chisquare-logpdf";
import exponentialReference from "@stdlib/stats-base-dists-exponential";
import frechetLogpdf from "@stdlib/stats-base-dists-frechet-logpdf";
import gammaReference from "@stdlib/stats-base-dists-gamma";
import gumbelLogpdf from "@stdlib/stats-base-dists-gumbel-logpdf";
import inverseGammaReference from "@stdlib/stats-base-dists-invgamma";
import laplaceReference from "@stdlib/stats-base-dists-laplace";
import logisticReference from "@stdlib/stats-base-dists-logistic";
import logNormalReference from "@stdlib/stats-base-dists-lognormal";
import negativeBinomialReference from "@stdlib/stats-base-dists-negative-binomial";
import normalReference from "@stdlib/stats-base-dists-normal";
import paretoLogpdf from "@stdlib/stats-base-dists-pareto-type1-logpdf";
import poissonReference from "@stdlib/stats-base-dists-poisson";
import rayleighLogpdf from "@stdlib/stats-base-dists-rayleigh-logpdf";
import studentTReference from "@stdlib/stats-base-dists-t";
import uniformReference from "@stdlib/stats-base-dists-uniform";
import weibullLogpdf from "@stdlib/stats-base-dists-weibull-logpdf";
import { describe, expect, test } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { linspace, logProbs } from "./helpers.ts";

type Case = readonly [d.Distribution, readonly number[], (x: number) => number];

const reals = [...linspace(-30, 30, 41), -1e3, 1e3, 1e-9];
const positives = [1e-6, 0.01, 0.3, 1, 1.7, 2.5, 10, 33, 400];
const units = [1e-9, 0.001, 0.2, 0.5, 0.77, 0.999, 1 - 1e-9];
const counts = [0, 1, 2, 3, 7, 19, 40, 150];
const logit = (p: number): number => Math.log(p) - Math.log1p(-p);

const pairs = [
  [0, 1],
  [-3.2, 0.05],
  [100, 15],
] as const;
const shapes = [
  [0.3, 1],
  [1, 2.5],
  [4.5, 0.2],
  [60, 25],
] as const;

/** Points around the scale of a family of log-location-scale type. */
const multiples = (scale: number, shape: number) => [-4, -1, -0.1, 0, 0.7, 1.5].map((z) => scale * Math.exp(z / shape));

const families: Record<string, Case[]> = {
  normal: pairs.map(([m, s]) => [d.normal(m, s), reals, (x) => normalReference.logpdf(x, m, s)]),
  halfNormal: pairs.map(([, s]) => [d.halfNormal(s), positives, (x) => Math.LN2 + normalReference.logpdf(x, 0, s)]),
  studentT: [1, 3, 4.5, 50].flatMap((df) =>
    pairs.map(
      ([m, s]): Case => [d.studentT(df, m, s), reals, (x) => studentTReference.logpdf((x - m) / s, df) - Math.log(s)],
    ),
  ),
  halfStudentT: [3, 7].map((df) => [
    d.halfStudentT(df, 0, 10),
    positives,
    (x) => Math.LN2 + studentTReference.logpdf(x / 10, df) - Math.log(10),
  ]),
  cauchy: pairs.map(([m, s]) => [d.cauchy(m, s), reals, (x) => cauchyReference.logpdf(x, m, s)]),
  halfCauchy: pairs.map(([, s]) => [d.halfCauchy(0, s), positives, (x) => Math.LN2 + cauchyReference.logpdf(x, 0, s)]),
  exponential: [0.2, 1, 7].map((r) => [d.exponential(r), positives, (x) => exponentialReference.logpdf(x, r)]),
  gamma: shapes.map(([a, b]) => [
    d.gamma(a, b),
    // @stdlib takes the logarithm of a density, which underflows farther out.
    [0.01, 0.2, 0.5, 1, 2, 4].map((multiple) => (multiple * a) / b),
    (x) => gammaReference.logpdf(x, a, b),
  ]),
  inverseGamma: shapes.map(([a, b]) => [d.inverseGamma(a, b), positives, (x) => inverseGammaReference.logpdf(x, a, b)]),
  beta: shapes.map(([a, b]) => [d.beta(a, b), units, (x) => betaReference.logpdf(x, a, b)]),
  logNormal: pairs.map(([m, s]) => [d.logNormal(m, s), positives, (x) => logNormalReference.logpdf(x, m, s)]),
  uniform: [
    [d.uniform(-2, 3), [-2, 0, 3], (x) => uniformReference.logpdf(x, -2, 3)],
    [d.uniform(0, 1), units, (x) => uniformReference.logpdf(x, 0, 1)],
  ],
  laplace: pairs.map(([m, s]) => [d.laplace(m, s), reals, (x) => laplaceReference.logpdf(x, m, s)]),
  logistic: pairs.map(([m, s]) => [d.logistic(m, s), reals, (x) => logisticReference.logpdf(x, m, s)]),
  weibull: shapes.map(([k, s]) => [d.weibull(k, s), multiples(s, k), (x) => weibullLogpdf(x, k, s)]),
  frechet: shapes.map(([a, s]) => [d.frechet(a, s), multiples(s, a), (x) => frechetLogpdf(x, a, s, 0)]),
  gumbel: pairs.map(([m, s]) => [
    d.gumbel(m, s),
    [-3, -1, 0, 2, 9, 40].map((r) => m + s * r),
    (x) => gumbelLogpdf(x, m, s),
  ]),
  rayleigh: [0.3, 1, 8].map((s) => [
    d.rayleigh(s),
    positives.map((x) => s * Math.sqrt(x)),
    (x) => rayleighLogpdf(x, s),
  ]),
  pareto: shapes.map(([a, m]) => [d.pareto(m, a), [1, 1.001, 2, 40].map((r) => m * r), (x) => paretoLogpdf(x, a, m)]),
  paretoType2: shapes.map(([a, s]) => [
    d.paretoType2(-1, s, a),
    positives.map((x) => x - 1),
    (x) => paretoLogpdf(x + 1 + s, a, s),
  ]),
  chiSquared: [0.6, 1, 4.5, 60].map((k) => [
    d.chiSquared(k),
    [0.1, 0.5, 1, 2, 4].map((r) => r * k),
    (x) => chiSquaredLogpdf(x, k),
  ]),
  inverseChiSquared: [0.6, 2, 9].map((k) => [
    d.inverseChiSquared(k),
    positives,
    (x) => inverseGammaReference.logpdf(x, k / 2, 0.5),
  ]),
  scaledInverseChiSquared: [0.6, 2, 9].map((k) => [
    d.scaledInverseChiSquared(k, 1.7),
    positives,
    (x) => inverseGammaReference.logpdf(x, k / 2, (k * 1.7 ** 2) / 2),
  ]),
  betaProportion: [0.1, 0.5, 0.93].flatMap((m): Case[] =>
    [0.8, 12].map((k) => [d.betaProportion(m, k), units, (x) => betaReference.logpdf(x, m * k, (1 - m) * k)]),
  ),
  logLogistic: shapes.map(([b, s]) => [
    d.logLogistic(s, b),
    multiples(s, b),
    (x) => logisticReference.logpdf(Math.log(x), Math.log(s), 1 / b) - Math.log(x),
  ]),
  skewNormal: pairs.flatMap(([m, s]): Case[] =>
    [-4, 0, 1.5].map((a) => [
      d.skewNormal(m, s, a),
      linspace(-4, 4, 17).map((r) => m + s * r),
      (x) => Math.LN2 + normalReference.logpdf(x, m, s) + normalReference.logcdf((a * (x - m)) / s, 0, 1),
    ]),
  ),
  exponentiallyModifiedNormal: pairs.flatMap(([m, s]): Case[] =>
    [0.1, 1, 3].map((k) => [
      d.exponentiallyModifiedNormal(m, s, k / s),
      linspace(-5, 20, 17).map((r) => m + s * r),
      (x) => {
        const r = (x - m) / s;
        return Math.log(k / s / 2) + (k / 2) * (k - 2 * r) + Math.log(erfc((k - r) / Math.SQRT2));
      },
    ]),
  ),
  skewDoubleExponential: pairs.flatMap(([m, s]): Case[] =>
    [0.1, 0.5, 0.8].map((t) => [
      d.skewDoubleExponential(m, s, t),
      reals,
      (x) => Math.log((2 * t * (1 - t)) / s) - ((x > m ? t : t - 1) * 2 * (x - m)) / s,
    ]),
  ),
  vonMises: [1e-3, 0.7, 5, 30].map((k) => [
    d.vonMises(0.4, k),
    linspace(-Math.PI, Math.PI, 15),
    // I₀ by the trapezoidal rule on its integral, which is exact for periodic functions.
    (x) => {
      const angles = linspace(0, 2 * Math.PI, 201).slice(1);
      const bessel = angles.reduce((sum, t) => sum + Math.exp(k * Math.cos(t)), 0) / angles.length;
      return k * Math.cos(x - 0.4) - Math.log(2 * Math.PI * bessel);
    },
  ]),
  bernoulli: [0.01, 0.5, 0.93].flatMap((p): Case[] => {
    const reference = (y: number) => Math.log(bernoulliReference.pmf(y, p));
    return [
      [d.bernoulli({ probs: p }), [0, 1], reference],
      [d.bernoulli({ logits: logit(p) }), [0, 1], reference],
    ];
  }),
  binomial: [0.01, 0.5, 0.93].flatMap((p): Case[] => {
    const reference = (k: number) => binomialReference.logpmf(k, 150, p);
    return [
      [d.binomial(150, { probs: p }), counts, reference],
      [d.binomial(150, { logits: logit(p) }), counts, reference],
    ];
  }),
  poisson: [0.04, 1, 33].flatMap((rate): Case[] => {
    const reference = (k: number) => poissonReference.logpmf(k, rate);
    return [
      [d.poisson(rate), counts, reference],
      [d.poisson({ rate }), counts, reference],
      [d.poisson({ logRate: Math.log(rate) }), counts, reference],
    ];
  }),
  negativeBinomial: [
    [0.4, 2],
    [3, 0.7],
    [40, 25],
  ].flatMap(([mean, concentration]): Case[] => {
    const p = concentration! / (concentration! + mean!);
    const reference = (k: number) => negativeBinomialReference.logpmf(k, concentration!, p);
    return [
      [d.negativeBinomial({ mean: mean!, concentration: concentration! }), counts, reference],
      [d.negativeBinomial({ logMean: Math.log(mean!), concentration: concentration! }), counts, reference],
    ];
  }),
};

/**
 * @stdlib forms some log densities as the logarithm of a density, or from parts that cancel; where a value is a small
 * difference of large terms, it is compared to 1e-10 of the size of the terms (at least 1).
 */
const TOLERANCE = 1e-10;

describe("log densities against @stdlib", () => {
  test.each(Object.keys(families))("%s", (name) => {
    for (const [distribution, points, reference] of families[name]!) {
      expect(distribution.name).toBe(name);
      const ours = logProbs(distribution, points);
      for (const [i, x] of points.entries()) {
        const theirs = reference(x);
        if (!Number.isFinite(theirs)) throw new Error(`${name}: the reference is ${theirs} at ${x}`);
        const error = Math.abs(ours[i]! - theirs) / Math.max(1, Math.abs(theirs));
        expect(error, `${name} at ${x}: ${ours[i]} against ${theirs}`).toBeLessThan(TOLERANCE);
      }
    }
  });
});

describe("float32", () => {
  /** The same graph with every node rounded to float32, against float64. */
  test.each([
    ["a negative binomial of large concentration", d.negativeBinomial({ mean: 5, concentration: 1e5 }), counts, 1e-4],
    ["a t of large df", d.studentT(1e6, 0, 1), [-4, 0, 0.1, 6], 2e-5],
    ["a Bernoulli of large logit", d.bernoulli({ logits: 12 }), [0, 1], 1e-6],
    ["a logistic far out", d.logistic(0, 1), [-60, 0, 60], 1e-5],
    ["a Cauchy at its centre and far out", d.cauchy(0, 5), [1e-3, 1e6], 1e-5],
  ] as const)("%s", (_, distribution, points, tolerance) => {
    const [exact, rounded] = [logProbs(distribution, points), logProbs(distribution, points, { round: "f32" })];
    for (const [i, value] of rounded.entries()) {
      expect(Math.abs(value - exact[i]!)).toBeLessThan(tolerance * Math.max(1, Math.abs(exact[i]!)));
    }
  });

  test("keeps the small loss of a confident Bernoulli", () => {
    const [loss] = logProbs(d.bernoulli({ logits: 30 }), [1], { round: "f32" });
    expect(loss! / -Math.exp(-30)).toBeCloseTo(1, 5);
  });
});

describe("ends of the parameter space", () => {
  test("a sure Bernoulli or binomial outcome has log probability 0", () => {
    expect(logProbs(d.bernoulli({ probs: 1 }), [0, 1])).toEqual([Number.NEGATIVE_INFINITY, 0]);
    expect(logProbs(d.bernoulli({ probs: 0 }), [0, 1])).toEqual([-0, Number.NEGATIVE_INFINITY]);
    expect(logProbs(d.binomial(5, { probs: 0 }), [0])[0]).toBeCloseTo(0, 12);
    expect(logProbs(d.binomial(5, { probs: 1 }), [5])[0]).toBeCloseTo(0, 12);
  });

  test("extreme logits neither overflow nor cancel", () => {
    expect(logProbs(d.bernoulli({ logits: 800 }), [0, 1])).toEqual([-800, -0]);
    expect(logProbs(d.bernoulli({ logits: 40 }), [1])[0]).toBeCloseTo(-Math.exp(-40), 30);
    expect(logProbs(d.logistic(0, 1), [-800, 800])).toEqual([-800, -800]);
  });

  test("a negative binomial of huge concentration is Poisson", () => {
    const nearly = logProbs(d.negativeBinomial({ mean: 3, concentration: 1e9 }), counts.slice(0, 6));
    const limit = logProbs(d.poisson(3), counts.slice(0, 6));
    for (const [i, value] of nearly.entries()) expect(value).toBeCloseTo(limit[i]!, 6);
  });

  test("a t of huge df is normal", () => {
    const nearly = logProbs(d.studentT(1e10, 1, 2), [-3, 0, 4]);
    const limit = logProbs(d.normal(1, 2), [-3, 0, 4]);
    for (const [i, value] of nearly.entries()) expect(value).toBeCloseTo(limit[i]!, 7);
  });
});
