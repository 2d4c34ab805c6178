import betaln from "@stdlib/math-base-special-betaln";
import digamma from "@stdlib/math-base-special-digamma";
import erf from "@stdlib/math-base-special-erf";
import erfc from "@stdlib/math-base-special-erfc";
import erfinv from "@stdlib/math-base-special-erfinv";
import gammaln from "@stdlib/math-base-special-gammaln";
import log1p from "@stdlib/math-base-special-log1p";
import { describe, expect, test } from "vitest";
import * as special from "../../src/cpu/special.ts";
import reference from "./reference.json" with { type: "json" };

type Fn = (...x: number[]) => number;
const ours = special as unknown as Record<string, Fn>;

/** Bounds: relative error, or absolute where that is larger (near a zero). */
const BOUNDS: Record<string, { relative: number; absolute: number }> = {
  softplus: { relative: 1e-15, absolute: 0 },
  logSigmoid: { relative: 1e-15, absolute: 0 },
  sigmoid: { relative: 1e-15, absolute: 0 },
  logAddExp: { relative: 1e-15, absolute: 1e-15 },
  erf: { relative: 1e-15, absolute: 0 },
  erfc: { relative: 3e-15, absolute: 0 },
  erfinv: { relative: 1e-14, absolute: 0 },
  lgamma: { relative: 1e-14, absolute: 1e-15 },
  logFactorial: { relative: 1e-14, absolute: 1e-15 },
  digamma: { relative: 1e-14, absolute: 1e-15 },
  trigamma: { relative: 1e-14, absolute: 0 },
  logBeta: { relative: 1e-14, absolute: 1e-15 },
  logNormalCdf: { relative: 3e-15, absolute: 0 },
  inverseMills: { relative: 3e-15, absolute: 0 },
  log1mExp: { relative: 1e-15, absolute: 0 },
  logBesselI0: { relative: 2e-15, absolute: 0 },
  besselRatio: { relative: 2e-15, absolute: 0 },
  logGammaP: { relative: 1e-13, absolute: 1e-15 },
  logGammaQ: { relative: 1e-13, absolute: 1e-15 },
  logGammaPByShape: { relative: 1e-13, absolute: 1e-15 },
  logGammaQByShape: { relative: 1e-13, absolute: 1e-15 },
  logGammaDrawByShape: { relative: 1e-13, absolute: 1e-15 },
  logGammaKernel: { relative: 1e-13, absolute: 1e-15 },
  logIncompleteBeta: { relative: 1e-13, absolute: 1e-15 },
  logIncompleteBetaByFirst: { relative: 1e-13, absolute: 1e-15 },
  logIncompleteBetaBySecond: { relative: 1e-13, absolute: 1e-15 },
  logBetaKernel: { relative: 1e-13, absolute: 1e-15 },
};

/** The largest ratio of error to bound, and where. */
function worst(
  cases: Iterable<readonly [x: readonly number[], want: number]>,
  f: Fn,
  relative: number,
  absolute: number,
) {
  let ratio = 0;
  let at = "";
  for (const [x, want] of cases) {
    const got = f(...x);
    const same = Object.is(got, want) || got === want;
    const r = same ? 0 : Math.abs(got - want) / Math.max(relative * Math.abs(want), absolute);
    if (!(r <= ratio)) {
      ratio = Number.isNaN(r) ? Number.POSITIVE_INFINITY : r;
      at = `f(${x}) = ${got}, should be ${want}`;
    }
  }
  return { ratio, at };
}

describe("float64 special functions against 40-digit values (mpmath, reference.py)", () => {
  for (const [name, rows] of Object.entries(reference)) {
    test(name, () => {
      const { relative, absolute } = BOUNDS[name]!;
      const cases = rows.map((row) => [row.slice(0, -1), row.at(-1)!] as const);
      const { ratio, at } = worst(cases, ours[name]!, relative, absolute);
      expect(ratio, at).toBeLessThanOrEqual(1);
    });
  }
});

function* grid(lo: number, hi: number, n: number): Generator<number> {
  for (let i = 0; i <= n; i++) yield lo + ((hi - lo) * i) / n;
}

function* logGrid(lo: number, hi: number, n: number): Generator<number> {
  for (const e of grid(lo, hi, n)) yield 10 ** e;
}

describe("float64 special functions against @stdlib on wide grids", () => {
  // @stdlib is itself good to some 1e-14 here (worse for digamma left of zero, which the 40-digit table covers).
  const cases: [string, Fn, () => Iterable<number>][] = [
    ["lgamma", gammaln, () => logGrid(-300, 300, 20000)],
    ["lgamma", gammaln, () => grid(-20.001, 40, 20000)],
    ["digamma", digamma, () => logGrid(-300, 300, 20000)],
    ["digamma", digamma, () => grid(0.001, 40, 20000)],
    ["erf", erf, () => grid(-7, 7, 20000)],
    ["erfc", erfc, () => grid(-7, 26, 20000)],
    ["erfinv", erfinv, () => grid(-0.99999, 0.99999, 20000)],
    ["softplus", (x) => Math.max(x!, 0) + log1p(Math.exp(-Math.abs(x!))), () => grid(-700, 700, 20000)],
  ];
  for (const [name, oracle, points] of cases) {
    test(name, () => {
      const pairs = [...points()].map((x) => [[x], oracle(x)] as const);
      const { ratio, at } = worst(pairs, ours[name]!, 3e-14, 3e-14);
      expect(ratio, at).toBeLessThanOrEqual(1);
    });
  }

  test("logBeta", () => {
    const pairs: [number[], number][] = [];
    for (const a of logGrid(-6, 6, 120)) for (const b of logGrid(-6, 6, 120)) pairs.push([[a, b], betaln(a, b)]);
    const { ratio, at } = worst(pairs, ours.logBeta!, 1e-13, 3e-14);
    expect(ratio, at).toBeLessThanOrEqual(1);
  });
});

describe("the ends of the domains", () => {
  const inf = Number.POSITIVE_INFINITY;
  const nan = Number.NaN;
  test.each<[string, number[], number]>([
    ["softplus", [-inf], 0],
    ["softplus", [inf], inf],
    ["logSigmoid", [-inf], -inf],
    ["logSigmoid", [inf], 0],
    ["sigmoid", [-inf], 0],
    ["sigmoid", [inf], 1],
    ["erf", [-inf], -1],
    ["erf", [inf], 1],
    ["erf", [0], 0],
    ["erfc", [inf], 0],
    ["erfc", [-inf], 2],
    ["erfinv", [1], inf],
    ["erfinv", [-1], -inf],
    ["erfinv", [1.5], nan],
    ["lgamma", [0], inf],
    ["lgamma", [-3], inf],
    ["lgamma", [inf], inf],
    ["lgamma", [1], 0],
    ["lgamma", [2], 0],
    ["logFactorial", [0], 0],
    ["logFactorial", [1], 0],
    ["digamma", [0], nan],
    ["digamma", [-2], nan],
    ["digamma", [inf], inf],
    ["trigamma", [0], inf],
    ["trigamma", [inf], 0],
    ["logBeta", [0, 2], inf],
    ["logBeta", [-1, 2], nan],
    ["logBeta", [inf, 2], -inf],
    ["logNormalCdf", [-inf], -inf],
    ["logNormalCdf", [inf], 0],
    ["inverseMills", [-inf], inf],
    ["inverseMills", [inf], 0],
    ["log1mExp", [0], -inf],
    ["log1mExp", [-inf], 0],
    ["log1mExp", [0.5], nan],
    ["logBesselI0", [0], 0],
    ["logBesselI0", [-inf], inf],
    ["besselRatio", [0], 0],
    ["besselRatio", [inf], 1],
    ["besselRatio", [-inf], -1],
    ["logAddExp", [-inf, -inf], -inf],
    ["logAddExp", [inf, -inf], inf],
    ["logAddExp", [-inf, 3], 3],
  ])("%s(%s) = %s", (name, x, want) => {
    expect(ours[name]!(...x) + 0).toBe(want);
  });

  test("NaN stays NaN", () => {
    for (const name of Object.keys(BOUNDS)) {
      const f = ours[name]!;
      expect(f(nan, f.length === 2 ? 1 : nan), name).toBeNaN();
    }
    expect(special.logBeta(1, nan)).toBeNaN();
    expect(special.logAddExp(nan, inf)).toBeNaN();
  });
});
