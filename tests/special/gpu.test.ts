import betaln from "@stdlib/math-base-special-betaln";
import digamma from "@stdlib/math-base-special-digamma";
import erf from "@stdlib/math-base-special-erf";
import erfc from "@stdlib/math-base-special-erfc";
import erfinv from "@stdlib/math-base-special-erfinv";
import expm1 from "@stdlib/math-base-special-expm1";
import gammaln from "@stdlib/math-base-special-gammaln";
import log1p from "@stdlib/math-base-special-log1p";
import { describe, expect, test } from "vitest";
import { leafClosure } from "../../src/compile/leaves.ts";
import { specialFunctions } from "../../src/cpu/maps.ts";
import { logMinusDigamma } from "../../src/cpu/special/digamma.ts";
import { expm1mx, log1pmx } from "../../src/cpu/special/remainders.ts";
import * as special from "../../src/cpu/special.ts";
import { testDevice } from "../support/gpu.ts";
import { evaluate } from "./kernel.ts";
import { collect, flushed, near, octaves, type Points, span, statedBound, ulpError, whole } from "./points.ts";

const device = await testDevice();

interface Case {
  readonly leaf: string;
  /** In float64. */
  readonly oracle: (x: number, y: number, z: number) => number;
  readonly x: readonly Points[];
  readonly y?: readonly Points[];
  readonly z?: readonly Points[];
  /** What is called, if not the leaf at the arguments there are; the oracle follows it, rounding as it does. */
  readonly call?: string;
  /** Other leaves that the call needs. */
  readonly also?: readonly string[];
  /** How many points, where the oracle is slow. */
  readonly count?: number;
  /** Where the header's bound holds; default everywhere. */
  readonly domain?: (x: number, y: number, z: number) => boolean;
  /** Where the header's absolute alternative must not be needed; default nowhere. */
  readonly relative?: (x: number, y: number) => boolean;
}

const INF = Number.POSITIVE_INFINITY;
const all = [octaves(-126, 128), octaves(-126, 128, -1)];
const pole = (x: number) => x <= 0 && (Number.isInteger(x) || x === -INF);

/** The shapes that the incomplete functions' bounds are for, and arguments that are not denormal. */
const shape = (a: number) => !(a > 0) || (a > 1e-3 && a < 1e7);
const gammaDomain = (a: number, x: number) => shape(a) && !(x > 1e7 && x < INF);
const betaDomain = (a: number, b: number, x: number) => shape(a) && shape(b) && (Math.abs(x) > 1.2e-38 || x === 0);

/** Of leaves that share their exponential with others of the same argument. */
const fromExponential = (leaf: string) => ({ call: `${leaf}(x, e_expNeg(-abs(x)))`, also: ["e_expNeg"] });

const COUNT = 100_000;
/** For the slow oracles of incomplete functions. */
const FEW = 12_000;

/** Oracles: @stdlib, and Math for the elementary functions. Our own float64 where @stdlib has none: it is held to mpmath. */
const cases: readonly Case[] = [
  {
    leaf: "e_exp",
    oracle: (x) => Math.exp(x),
    x: [...all, span(-89, 89), span(-1, 1), near(88.72283), near(-87.33654)],
  },
  { leaf: "e_expNeg", oracle: (x) => Math.exp(x), x: [span(-90, 0), octaves(-126, 128, -1)], domain: (x) => x <= 0 },
  { leaf: "e_log", oracle: (x) => Math.log(x), x: [...all, span(0, 10), near(1), near(1, -10, -0.5)] },
  {
    leaf: "e_log1p",
    oracle: (x) => log1p(x),
    x: [...all, span(-1, 3), octaves(-30, 0), octaves(-30, 0, -1), near(-1)],
  },
  { leaf: "e_log1pUnit", oracle: (x) => log1p(x), x: [span(0, 1), octaves(-126, 0)], domain: (x) => x >= 0 && x <= 1 },
  {
    leaf: "e_expm1",
    oracle: (x) => expm1(x),
    x: [...all, span(-20, 89), span(-1, 1), octaves(-30, 0), near(88.72283)],
  },
  {
    leaf: "e_softplus",
    ...fromExponential("e_softplus"),
    oracle: (x) => Math.max(x, 0) + log1p(Math.exp(-Math.abs(x))),
    x: [...all, span(-90, 30)],
  },
  {
    leaf: "e_logSigmoid",
    ...fromExponential("e_logSigmoid"),
    oracle: (x) => Math.min(x, 0) - log1p(Math.exp(-Math.abs(x))),
    x: [...all, span(-30, 90)],
  },
  {
    leaf: "e_sigmoid",
    ...fromExponential("e_sigmoid"),
    oracle: (x) => 1 / (1 + Math.exp(-x)),
    x: [...all, span(-90, 20)],
  },
  { leaf: "e_tanh", oracle: (x) => Math.tanh(x), x: [...all, span(-10, 10), octaves(-30, 2)] },
  { leaf: "e_erf", oracle: (x) => erf(x), x: [...all, span(-5, 5), near(1)] },
  { leaf: "e_erfc", oracle: (x) => erfc(x), x: [...all, span(-4, 10)] },
  { leaf: "e_erfinv", oracle: (x) => erfinv(x), x: [...all, span(-1, 1), near(1), near(-1), octaves(-126, 0)] },
  { leaf: "e_erfinvCore", oracle: (x) => erfinv(x), x: [span(-1, 1), near(1)], domain: (x) => Math.abs(x) < 1 },
  { leaf: "e_sqrt", oracle: (x) => Math.sqrt(x), x: [...all, span(0, 10)] },
  { leaf: "e_atan", oracle: (x) => Math.atan(x), x: [...all, span(-5, 5)] },
  {
    leaf: "e_sinPi",
    oracle: (x) => Math.sin(Math.PI * x),
    x: [span(-0.5, 0.5), octaves(-126, -1)],
    domain: (x) => Math.abs(x) <= 0.5,
  },
  {
    leaf: "e_sin",
    oracle: (x) => Math.sin(x),
    x: [span(-1e4, 1e4), span(-7, 7), octaves(-126, 13)],
    domain: trigDomain,
  },
  {
    leaf: "e_cos",
    oracle: (x) => Math.cos(x),
    x: [span(-1e4, 1e4), span(-7, 7), octaves(-126, 13)],
    domain: trigDomain,
  },
  {
    leaf: "e_lgamma",
    oracle: (x) => (pole(x) ? INF : gammaln(x)),
    x: [octaves(-126, 128), span(0, 40), near(1), near(2), near(3), span(-20, 0)],
    relative: (x) => x > 0,
  },
  {
    leaf: "e_digamma",
    oracle: (x) => (pole(x) ? Number.NaN : digamma(x)),
    x: [octaves(-120, 128), span(0, 40), near(1.4616321), near(1), near(3), span(-10, 0)],
    domain: (x) => x >= 0 || Number.isNaN(x) || pole(x) || (x > -20 && Math.abs(x - Math.round(x)) > 0.1),
    relative: (x) => x > 0,
  },
  {
    leaf: "e_trigamma",
    oracle: (x) => (x === 0 ? INF : special.trigamma(x)),
    x: [octaves(-126, 128), span(0, 40), near(1), near(3), span(-10, 0)],
    domain: (x) => x >= 0 || Number.isNaN(x) || pole(x) || (x > -20 && Math.abs(x - Math.round(x)) > 0.1),
  },
  {
    leaf: "e_logFactorial",
    oracle: (n) => (n === -1 ? INF : gammaln(n + 1)),
    x: [whole(0, 200), whole(0, 1e6), span(-0.99, 20), octaves(0, 120)],
    domain: (n) => n >= -1 || Number.isNaN(n),
  },
  { leaf: "e_logNormalCdf", oracle: special.logNormalCdf, x: [...all, span(-20, 14), near(0), span(-2, 2)] },
  { leaf: "e_inverseMills", oracle: special.inverseMills, x: [...all, span(-20, 14), near(0), span(-2, 2)] },
  {
    leaf: "e_normalTail",
    oracle: (x) => (x > 1e20 ? 1 / Math.min(x, 1e30) : 1 / special.inverseMills(-x)),
    x: [octaves(-60, 60), span(0, 10)],
    domain: (x) => x >= 0,
  },
  {
    leaf: "e_normalDensity",
    oracle: (x) => Math.exp(-0.5 * Math.min(x, 14) ** 2) / Math.sqrt(2 * Math.PI),
    x: [octaves(-60, 60), span(0, 14)],
    domain: (x) => x >= 0,
  },
  { leaf: "e_log1mExp", oracle: special.log1mExp, x: [...all, span(-90, 0), span(-2, 0), octaves(-30, 0, -1)] },
  { leaf: "e_logBesselI0", oracle: special.logBesselI0, x: [...all, span(-10, 10), span(0, 100), near(6)] },
  { leaf: "e_besselRatio", oracle: special.besselRatio, x: [...all, span(-10, 10), span(0, 100), near(6)] },
  {
    leaf: "e_expm1mx",
    oracle: expm1mx,
    x: [...all, span(-3, 3), near(0), span(-20, 80)],
    domain: (x) => !Number.isNaN(x),
  },
  { leaf: "e_log1pmx", oracle: log1pmx, x: [...all, span(-1, 3), near(0), near(-1)] },
  {
    leaf: "e_logMinusDigamma",
    oracle: logMinusDigamma,
    x: [octaves(-20, 40), span(0, 40), near(3)],
    domain: (x) => x > 1e-30 && x < 1e30,
  },
  ...(["Kernel", "P", "Q", "PByShape", "QByShape", "DrawByShape"] as const).flatMap((name): Case[] => {
    const f = specialFunctions[`logGamma${name}`]!;
    const leaf = `e_logGamma${name}`;
    const lists = [octaves(-6, 17), span(0.1, 40), octaves(-3, 5)];
    return [
      { leaf, oracle: f, x: lists, y: lists, domain: gammaDomain, count: FEW },
      {
        leaf,
        call: `${leaf}(x, x * y)`,
        oracle: (a, ratio) => f(a, Math.fround(a * ratio)),
        x: [octaves(-3, 15), octaves(0, 15), octaves(0, 10)],
        y: [span(0.5, 1.5), span(0.95, 1.05), octaves(-3, 3)],
        domain: (a, ratio) => ratio > 0.01 && ratio < 10 && a > 0.01 && a < 1e7,
        count: FEW,
      },
    ];
  }),
  ...(["BetaKernel", "IncompleteBeta", "IncompleteBetaByFirst", "IncompleteBetaBySecond"] as const).flatMap(
    (name): Case[] => {
      const f = specialFunctions[`log${name}`]!;
      const leaf = `e_log${name}`;
      return [
        {
          leaf,
          oracle: f,
          x: [octaves(-5, 13), octaves(-2, 6), span(0.1, 10), octaves(-3, 3)],
          y: [octaves(-5, 13), octaves(-2, 6), span(0.1, 10), octaves(-3, 3)],
          z: [span(0, 1), span(0, 1), span(0, 1), octaves(-30, 0)],
          domain: betaDomain,
          count: FEW,
        },
        {
          leaf,
          call: `${leaf}(x, x * y, z)`,
          oracle: (a, ratio, x) => f(a, Math.fround(a * ratio), x),
          x: [octaves(-2, 13), octaves(0, 13)],
          y: [span(0.5, 1.5), span(0.9, 1.1)],
          z: [span(0.3, 0.7), near(0.5, -12, -3)],
          domain: (a, ratio, x) => a > 0.1 && a < 1e6 && ratio > 0.1 && ratio < 10 && x > 1.2e-38 && x < 1,
          count: FEW,
        },
      ];
    },
  ),
  {
    leaf: "e_logBeta",
    oracle: (a, b) =>
      Number.isNaN(a + b) || a < 0 || b < 0
        ? Number.NaN
        : a === 0 || b === 0
          ? INF
          : a === INF || b === INF
            ? -INF
            : betaln(a, b),
    x: [span(0, 20), octaves(-20, 20), octaves(-10, 10), octaves(0, 60)],
    y: [span(0, 20), octaves(-20, 20), octaves(-10, 10), octaves(-10, 10)],
    domain: (a, b) => !(Math.abs(a) > 1e30 && Number.isFinite(a)) && !(Math.abs(b) > 1e30 && Number.isFinite(b)),
  },
  {
    leaf: "e_pow",
    oracle: (a, b) => a ** b,
    x: [octaves(-10, 10), span(0, 3), near(1, -20, -2), octaves(-126, 128), whole(-20, 20)],
    y: [span(-12, 12), span(-80, 80), span(-4000, 4000), span(-1, 1), whole(-30, 30)],
  },
  {
    leaf: "e_logAddExp",
    oracle: (a, b) => logAddExp(a, b),
    x: [span(-30, 30), span(-1, 1), octaves(-20, 100)],
    y: [span(-30, 30), span(-2, 0), octaves(-20, 100, -1)],
  },
];

function trigDomain(x: number): boolean {
  return !(Math.abs(x) > 1e4 && Number.isFinite(x));
}

function logAddExp(a: number, b: number): number {
  const top = Math.max(a, b);
  return Number.isFinite(top) ? top + log1p(Math.exp(-Math.abs(a - b))) : top;
}

describe("WGSL special functions keep the error bound of their header", () => {
  for (const { leaf, oracle, x, y, z, call: given, also = [], count: wanted = COUNT, domain, relative } of cases) {
    test(given ?? leaf, async () => {
      const count = Math.ceil(wanted / x.length);
      const xs = collect(x, count);
      // Two arguments: the ends of the first meet the ends of the second in another order.
      const ys = y && collect(y, count);
      const zs = z && collect(z, count);
      const points = y && ys ? crossEnds(xs, ys, zs) : { x: xs, y: xs, z: xs };
      const call = given ?? (z ? `${leaf}(x, y, z)` : y ? `${leaf}(x, y)` : `${leaf}(x)`);
      const got = await evaluate(device, [leaf, ...also], call, points.x, points.y, "f32", points.z);
      const text = leafClosure([leaf]);
      const bound = statedBound(text.slice(text.lastIndexOf("// error:")));
      // The worst case as a fraction of the bound, where either of its two forms suffices.
      let worst = 0;
      let at = "";
      let ulps = 0;
      for (let i = 0; i < got.length; i++) {
        const a = points.x[i]!;
        const b = points.y[i]!;
        const c = points.z[i]!;
        if (domain && !domain(a, b, c)) continue;
        const want = oracle(flushed(a), flushed(b), flushed(c));
        const error = ulpError(got[i]!, want);
        const absolute = error === 0 || relative?.(a, b) ? INF : Math.abs(got[i]! - want) / bound.absolute;
        const fraction = Math.min(error / bound.ulp, Number.isNaN(absolute) ? INF : absolute);
        if (absolute > 1) ulps = Math.max(ulps, error);
        if (!(fraction <= worst)) {
          worst = fraction;
          at = `${leaf}(${a}${y ? `, ${b}` : ""}${z ? `, ${c}` : ""}) = ${got[i]}, should be ${want}`;
        }
      }
      if (process.env.ELBOW_SHOW_ERRORS) {
        console.log(
          `${leaf}: ${(100 * worst).toFixed(0)}% of ${bound.ulp} ulp or ${bound.absolute}; ${ulps.toFixed(2)} ulp. ${at}`,
        );
      }
      expect(worst, at).toBeLessThanOrEqual(1);
    });
  }
});

/** Every end with every end, then the rest as they come. */
function crossEnds(x: Float32Array, y: Float32Array, z?: Float32Array) {
  const ends = [...collect([], 0)];
  const pairs = ends.flatMap((a) => ends.map((b) => [a, b]));
  const all = z === undefined ? pairs : pairs.flatMap((pair) => ends.map((c) => [...pair, c]));
  const column = (k: number, rest: Float32Array) => Float32Array.from([...all.map((entries) => entries[k]!), ...rest]);
  const [first, second] = [column(0, x), column(1, y)];
  return { x: first, y: second, z: z === undefined ? first : column(2, z) };
}

describe("tests of bits", () => {
  const xs = collect(all, 1000);
  test("e_isNaN", async () => {
    const got = await evaluate(device, ["e_isNaN"], "e_isNaN(x)", xs, xs, "bool");
    expect([...got]).toEqual([...xs].map((x) => Number(Number.isNaN(x))));
  });
  test("e_isFinite", async () => {
    const got = await evaluate(device, ["e_isFinite"], "e_isFinite(x)", xs, xs, "bool");
    expect([...got]).toEqual([...xs].map((x) => Number(Number.isFinite(x))));
  });
  test("e_inf and e_nan", async () => {
    const got = await evaluate(device, ["e_inf"], "select(e_nan(), e_inf(), x > 0.0)", Float32Array.of(1, -1));
    expect([...got]).toEqual([INF, Number.NaN]);
  });
});
