import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitGeneralizedPareto, generalizedParetoQuantile, logMeanWeight, psis } from "../../src/posterior/psis.ts";

interface Reference {
  cases: {
    name: string;
    formula: string;
    n: number;
    khat: number;
    ess: number;
    top: [number, number][];
    bottom: [number, number];
  }[];
}
const reference: Reference = JSON.parse(readFileSync("tests/reference/psis-arviz.json", "utf8"));

/** Weyl's sequence: equidistributed numbers that any language reproduces. */
const weyl = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    const x = (i + 1) * 0.6180339887498949;
    return x - Math.floor(x);
  });

const formulas: Record<string, (u: number, i: number) => number> = {
  pareto: (u) => -0.9 * Math.log(u),
  pareto3: (u) => -0.3 * Math.log(u),
  logistic: (u) => 0.5 * Math.log(u / (1 - u)),
  bounded: (u) => -(u ** 2) - 5000,
  large: (u, i) => 0.7 * Math.log(u / (1 - u)) + Math.cos(i),
  short: (u) => 3 * u,
};

const logSumExp = (x: Float64Array): number => {
  const largest = x.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(x.reduce((total, value) => total + Math.exp(value - largest), 0));
};

describe("psis agrees with ArviZ", () => {
  for (const { name, formula, n, khat, ess, top, bottom } of reference.cases) {
    it(name, () => {
      const result = psis(weyl(n).map(formulas[formula]!));
      expect(result.khat).toBeCloseTo(khat, 9);
      expect(result.ess / ess).toBeCloseTo(1, 9);
      const normaliser = logSumExp(result.smoothedLogWeights);
      for (const [position, value] of [...top, bottom]) {
        expect(result.smoothedLogWeights[position]! - normaliser).toBeCloseTo(value, 8);
      }
    });
  }
});

describe("the fit of the generalised Pareto distribution", () => {
  it("recovers known shapes from their quantiles", () => {
    const n = 20_000;
    for (const k of [-0.4, 0, 0.3, 0.7, 1.2]) {
      const x = Float64Array.from({ length: n }, (_, i) => generalizedParetoQuantile((i + 0.5) / n, k, 2.5));
      const fitted = fitGeneralizedPareto(x);
      // Zhang & Stephens: the standard error of k̂ is about (1 + k)/√n.
      expect(Math.abs(fitted.k - k)).toBeLessThan((3 * (1 + Math.abs(k))) / Math.sqrt(n));
      expect(Math.abs(fitted.sigma / 2.5 - 1)).toBeLessThan(0.03);
    }
  });
});

describe("properties", () => {
  // Multiples of 2⁻¹⁰, so that adding an integer is exact and ties stay ties.
  const weights = fc
    .array(fc.integer({ min: -30_000, max: 30_000 }), { minLength: 50, maxLength: 400 })
    .map((list) => Float64Array.from(list, (value) => value / 1024));

  it("does not change with a common factor of the weights, but by that factor", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: -300, max: 300 }), (x, shift) => {
        const here = psis(x);
        const there = psis(x.map((value) => value + shift));
        expect(there.khat).toBe(here.khat);
        expect(there.ess).toBeCloseTo(here.ess, 8);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("keeps order, never exceeds the largest raw weight, leaves the body alone", () => {
    fc.assert(
      fc.property(weights, (x) => {
        const { smoothedLogWeights } = psis(x);
        const largest = x.reduce((a, b) => Math.max(a, b));
        const order = [...x.keys()].sort((a, b) => x[a]! - x[b]!);
        for (let i = 1; i < order.length; i++) {
          expect(smoothedLogWeights[order[i]!]!).toBeGreaterThanOrEqual(smoothedLogWeights[order[i - 1]!]! - 1e-9);
        }
        for (const value of smoothedLogWeights) expect(value).toBeLessThanOrEqual(largest);
        const body = Math.floor(0.8 * x.length) - 2;
        for (const i of order.slice(0, body)) expect(smoothedLogWeights[i]).toBe(x[i]);
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

describe("weights that are no numbers", () => {
  const base = weyl(1000).map(formulas.logistic!);

  it("−∞ is a weight of zero: it stays in the denominator", () => {
    const half = base.map((value, i) => (i % 2 === 0 ? value : -Infinity));
    const kept = base.filter((_, i) => i % 2 === 0);
    expect(logMeanWeight(half).value).toBeCloseTo(logMeanWeight(kept).value - Math.LN2, 12);
    const result = psis(half);
    expect(result.excluded).toBe(0);
    expect(Number.isFinite(result.khat)).toBe(true);
    expect(result.smoothedLogWeights[1]).toBe(-Infinity);
  });

  it("NaN and +∞ are left out and counted", () => {
    const spoilt = Float64Array.from([...base, Number.NaN, Number.POSITIVE_INFINITY]);
    const result = psis(spoilt);
    expect(result.excluded).toBe(2);
    expect(result.khat).toBe(psis(base).khat);
    expect(result.ess).toBe(psis(base).ess);
    expect(result.smoothedLogWeights[1000]).toBeNaN();
    expect(logMeanWeight(spoilt).value).toBe(logMeanWeight(base).value);
  });

  it("nothing usable is an infinite k̂", () => {
    expect(psis(new Float64Array(100).fill(Number.NaN))).toMatchObject({ khat: Infinity, ess: 0, excluded: 100 });
    expect(psis(new Float64Array(100).fill(-Infinity))).toMatchObject({ khat: Infinity, ess: 0, excluded: 0 });
  });

  it("equal weights have no tail", () => {
    expect(psis(new Float64Array(1000).fill(-40))).toMatchObject({ khat: 0, ess: 1000 });
  });
});

it("the delta method's standard error is that of the spread over repetitions", () => {
  // Lognormal weights, sd 0.5: Var(w)/E(w)² = e^{σ²} − 1.
  const n = 100_000;
  const u = weyl(n);
  const shuffled = u.map((_, i) => Math.sqrt(-2 * Math.log(u[i]!)) * Math.cos(2 * Math.PI * u[(i * 7919 + 13) % n]!));
  const { value, standardError } = logMeanWeight(shuffled.map((z) => 0.5 * z - 0.125));
  expect(Math.abs(value)).toBeLessThan(4 * standardError);
  expect(standardError * Math.sqrt(n)).toBeCloseTo(Math.sqrt(Math.exp(0.25) - 1), 1);
});
