/** Distribution functions: against @stdlib, against integrals of the densities, by their derivatives, and on the GPU. */
import betaCdf from "@stdlib/stats-base-dists-beta";
import cauchyCdf from "@stdlib/stats-base-dists-cauchy";
import chiSquaredCdf from "@stdlib/stats-base-dists-chisquare-cdf";
import exponentialCdf from "@stdlib/stats-base-dists-exponential";
import frechetLogcdf from "@stdlib/stats-base-dists-frechet-logcdf";
import gammaCdf from "@stdlib/stats-base-dists-gamma";
import gumbelLogcdf from "@stdlib/stats-base-dists-gumbel-logcdf";
import inverseGammaCdf from "@stdlib/stats-base-dists-invgamma";
import laplaceCdf from "@stdlib/stats-base-dists-laplace";
import logisticCdf from "@stdlib/stats-base-dists-logistic";
import logNormalCdf from "@stdlib/stats-base-dists-lognormal";
import normalCdf from "@stdlib/stats-base-dists-normal";
import paretoLogcdf from "@stdlib/stats-base-dists-pareto-type1-logcdf";
import rayleighLogcdf from "@stdlib/stats-base-dists-rayleigh-logcdf";
import studentTCdf from "@stdlib/stats-base-dists-t";
import uniformCdf from "@stdlib/stats-base-dists-uniform";
import weibullLogcdf from "@stdlib/stats-base-dists-weibull-logcdf";
import { describe, expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { supportBounds } from "../../src/distributions/support.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input, type Operand } from "../../src/graph/ops.ts";
import { constant, type Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { logProbs, quadrature } from "./helpers.ts";

const device = await testDevice();

interface Case {
  /** From its parameters, which may be graph values. */
  readonly make: (...parameters: Operand[]) => d.Distribution;
  readonly parameters: readonly number[];
  /** From the far lower tail to the far upper one, and the middle. */
  readonly points: readonly number[];
  /** P(X ≤ x) or its logarithm from elsewhere. */
  readonly cdf?: (x: number) => number;
  readonly logcdf?: (x: number) => number;
}

const cases: readonly Case[] = [
  { make: d.normal, parameters: [1, 2], points: [-5, -1, 1, 2.5, 7], cdf: (x) => normalCdf.cdf(x, 1, 2) },
  { make: d.halfNormal, parameters: [3], points: [0.1, 2, 9], cdf: (x) => 2 * normalCdf.cdf(x, 0, 3) - 1 },
  {
    make: d.logNormal,
    parameters: [0.3, 0.8],
    points: [0.1, 1, 1.5, 9],
    logcdf: (x) => logNormalCdf.logcdf(x, 0.3, 0.8),
  },
  ...[1, 3, 4.5, 200].map(
    (df): Case => ({
      make: (loc, scale) => d.studentT(df, loc, scale),
      parameters: [-1, 2],
      points: [-30, -3, -1.5, -1, 0.2, 3, 30],
      cdf: (x) => studentTCdf.cdf((x + 1) / 2, df),
    }),
  ),
  {
    make: d.studentT,
    parameters: [3.3, 0.5, 2],
    points: [-9, -0.2, 0.50001, 1.5, 9],
    cdf: (x) => studentTCdf.cdf((x - 0.5) / 2, 3.3),
  },
  { make: d.halfStudentT, parameters: [5, 2], points: [0.1, 2, 5, 30], cdf: (x) => 2 * studentTCdf.cdf(x / 2, 5) - 1 },
  { make: d.cauchy, parameters: [1, 0.5], points: [-200, 0, 1, 1.3, 300], cdf: (x) => cauchyCdf.cdf(x, 1, 0.5) },
  { make: d.halfCauchy, parameters: [5], points: [0.1, 4, 6, 900], cdf: (x) => 2 * cauchyCdf.cdf(x, 0, 5) - 1 },
  { make: d.exponential, parameters: [0.7], points: [0.01, 1, 20], cdf: (x) => exponentialCdf.cdf(x, 0.7) },
  { make: d.gamma, parameters: [2.5, 3], points: [0.01, 0.5, 0.8, 1.5, 8], cdf: (x) => gammaCdf.cdf(x, 2.5, 3) },
  { make: d.gamma, parameters: [0.4, 1], points: [0.001, 0.2, 0.5, 8], cdf: (x) => gammaCdf.cdf(x, 0.4, 1) },
  { make: d.gamma, parameters: [80, 2], points: [20, 39, 41, 70], cdf: (x) => gammaCdf.cdf(x, 80, 2) },
  { make: d.inverseGamma, parameters: [4, 3], points: [0.2, 0.7, 1, 9], cdf: (x) => inverseGammaCdf.cdf(x, 4, 3) },
  { make: d.beta, parameters: [2, 3.5], points: [0.01, 0.3, 0.4, 0.95], cdf: (x) => betaCdf.cdf(x, 2, 3.5) },
  { make: d.beta, parameters: [0.4, 0.7], points: [0.001, 0.3, 0.6, 0.999], cdf: (x) => betaCdf.cdf(x, 0.4, 0.7) },
  { make: d.uniform, parameters: [-2, 5], points: [-1.99, 1, 4.9], cdf: (x) => uniformCdf.cdf(x, -2, 5) },
  {
    make: (loc, scale) => d.skewNormal(loc, scale, 0),
    parameters: [1, 2],
    points: [-5, -1, 1, 1.05, 2.5, 7],
    cdf: (x) => normalCdf.cdf(x, 1, 2),
  },
  { make: d.skewNormal, parameters: [1, 2, 60], points: [0.9, 1, 1.03, 1.1, 2.5, 7] },
  { make: d.skewNormal, parameters: [1, 2, 0.4], points: [-5, 0.5, 1.5, 7] },
  { make: d.skewNormal, parameters: [1, 2, -3], points: [-5, -1, 0.5, 1.5, 2.5] },
  { make: d.vonMises, parameters: [0.4, 2], points: [-3, -1, 0.3, 0.5, 2, 3] },
  { make: d.vonMises, parameters: [-8.4, 300], points: [-2.5, -2.2, -2.1, -2] },
  { make: d.laplace, parameters: [1, 2], points: [-20, 0.5, 1.5, 25], cdf: (x) => laplaceCdf.cdf(x, 1, 2) },
  { make: d.logistic, parameters: [-1, 0.7], points: [-20, -1.5, 0, 20], cdf: (x) => logisticCdf.cdf(x, -1, 0.7) },
  { make: d.gumbel, parameters: [1, 0.7], points: [-1, 1, 2, 15], logcdf: (x) => gumbelLogcdf(x, 1, 0.7) },
  { make: d.weibull, parameters: [1.7, 2], points: [0.01, 1, 2, 9], logcdf: (x) => weibullLogcdf(x, 1.7, 2) },
  { make: d.frechet, parameters: [2.5, 2], points: [0.5, 2, 3, 90], logcdf: (x) => frechetLogcdf(x, 2.5, 2, 0) },
  { make: d.rayleigh, parameters: [1.3], points: [0.01, 1, 2, 8], logcdf: (x) => rayleighLogcdf(x, 1.3) },
  { make: d.pareto, parameters: [0.5, 3.5], points: [0.501, 0.6, 1, 20], logcdf: (x) => paretoLogcdf(x, 3.5, 0.5) },
  {
    make: d.paretoType2,
    parameters: [-1, 2, 3.5],
    points: [-0.99, 0, 1, 30],
    logcdf: (x) => paretoLogcdf(x + 1 + 2, 3.5, 2),
  },
  { make: d.chiSquared, parameters: [3], points: [0.01, 2, 3, 40], cdf: (x) => chiSquaredCdf(x, 3) },
  { make: d.inverseChiSquared, parameters: [6], points: [0.05, 0.2, 0.3, 5], cdf: (x) => 1 - chiSquaredCdf(1 / x, 6) },
  {
    make: d.scaledInverseChiSquared,
    parameters: [6, 1.5],
    points: [0.5, 2, 3, 50],
    cdf: (x) => 1 - chiSquaredCdf((6 * 1.5 ** 2) / x, 6),
  },
  {
    make: d.betaProportion,
    parameters: [0.3, 6],
    points: [0.01, 0.25, 0.5, 0.9],
    cdf: (x) => betaCdf.cdf(x, 1.8, 4.2),
  },
  {
    make: d.logLogistic,
    parameters: [2, 3.5],
    points: [0.1, 1.5, 3, 60],
    logcdf: (x) => logisticCdf.logcdf(Math.log(x), Math.log(2), 1 / 3.5),
  },
  { make: d.exponentiallyModifiedNormal, parameters: [0.5, 1, 0.8], points: [-3, 0.5, 2, 25] },
  { make: d.skewDoubleExponential, parameters: [1, 2, 0.3], points: [-20, 0, 4, 30] },
];

const named = cases.map((entry) => {
  const { name } = entry.make(...entry.parameters);
  return [`${name}(${entry.parameters.join(", ")})`, entry] as const;
});

const valuesAt = (points: readonly number[], f: (x: Value) => Value): number[] => {
  const axis = new Axis("point", points.length);
  return Array.from(evaluate([f(input("x", [axis], "data"))], new Map([["x", Float64Array.from(points)]]))[0]!);
};

/** ∫ p from the lower end to x, and from x to the upper end. */
function masses(distribution: d.Distribution, x: number): [number, number] {
  const numbers = supportBounds(distribution.support);
  const value = (bound: Operand | undefined) =>
    bound === undefined ? undefined : valuesAt([0], (z) => z.mul(0).add(bound))[0]!;
  const [a, b] = [value(numbers.lower), value(numbers.upper)];
  const half = quadrature(0, Number.POSITIVE_INFINITY);
  const below = a === undefined ? { x: half.x.map((t) => x - t), w: half.w } : quadrature(a, x);
  const above = b === undefined ? { x: half.x.map((t) => x + t), w: half.w } : quadrature(x, b);
  const mass = ({ x: points, w }: typeof half) =>
    logProbs(distribution, points).reduce((sum, l, i) => (l > -700 ? sum + Math.exp(l) * w[i]! : sum), 0);
  return [mass(below), mass(above)];
}

describe.each(named)("%s", (_, { make, parameters, points, cdf, logcdf }) => {
  const distribution = make(...parameters);
  const logs = () => [valuesAt(points, distribution.logCdf!), valuesAt(points, distribution.logSurvival!)] as const;

  test("is what is known from elsewhere, and its own integral", () => {
    const [lower, upper] = logs();
    for (const [i, x] of points.entries()) {
      const known = logcdf?.(x) ?? (cdf && Math.log(cdf(x)));
      // @stdlib forms some of these from differences: 1e-9 of one, or of the logarithm.
      if (known !== undefined && known > -30)
        expect(Math.abs(Math.exp(lower[i]!) - Math.exp(known)), `at ${x}`).toBeLessThan(1e-9);
      if (logcdf !== undefined) expect(lower[i]! / known!, `log at ${x}`).toBeCloseTo(1, 9);
      expect(Math.exp(lower[i]!) + Math.exp(upper[i]!), `total at ${x}`).toBeCloseTo(1, 13);
      const [below, above] = masses(distribution, x);
      // In logarithms, since tails are to keep their relative accuracy; the larger side follows from the total.
      const [found, integral] = below < above ? [lower[i]!, below] : [upper[i]!, above];
      expect(found - Math.log(integral), `tail at ${x}`).toBeCloseTo(0, 7);
    }
  });

  test("its derivative is the density, and in the parameters what differences say", () => {
    const axis = new Axis("point", points.length);
    const x = input("x", [axis], "parameter");
    const inputs = new Map([["x", Float64Array.from(points)]]);
    const [slope] = gradient(distribution.cdf!(x), [x]);
    const [density, found] = evaluate([distribution.logProb(x).add(x.mul(0)), slope!], inputs);
    for (const [i, value] of density!.entries()) expect(found![i]! / Math.exp(value)).toBeCloseTo(1, 7);
    const given = parameters.map((_, k) => input(`p${k}`, [], "parameter"));
    const family = make(...given);
    const at = Object.fromEntries(parameters.map((value, k) => [`p${k}`, [value]]));
    const middle = points.slice(1, -1);
    for (const f of [family.logCdf!, family.logSurvival!]) {
      const y = input("y", [new Axis("middle", middle.length)], "parameter");
      expectGradient(f(y), [...given, y], { ...at, y: middle }, { relative: 1e-5, absolute: 1e-6 });
    }
  });

  test("its quantiles", () => {
    if (distribution.icdf === undefined) return;
    const levels = [0.01, 0.3, 0.5, 0.62, 0.99];
    const back = valuesAt(levels, (p) => distribution.cdf!(distribution.icdf!(p)));
    for (const [i, p] of levels.entries()) expect(back[i]).toBeCloseTo(p, 12);
  });

  test("on the GPU as in float64, with derivatives", async () => {
    const inputs = new Map([["x", Float64Array.from(points, Math.fround)]]);
    const given = parameters.map((value, k) => {
      inputs.set(`p${k}`, Float64Array.of(Math.fround(value)));
      return input(`p${k}`, [], "parameter");
    });
    const family = make(...given);
    const x = input("x", [new Axis("point", points.length)], "data");
    const roots = [family.logProb, family.logCdf!, family.logSurvival!].flatMap((f) => {
      const value = f(x).add(x.mul(0));
      return [value, ...gradient(value, given)];
    });
    await expectAgreement(device, scheduleOptionsFor(device), distribution.name, roots, inputs);
  });
});

test("a Student t is straight through its centre", () => {
  const [loc, scale] = [input("loc", [], "parameter"), input("scale", [], "parameter")];
  const value = d.studentT(3, loc, scale).logCdf!(0);
  const at = new Map([
    ["loc", Float64Array.of(0)],
    ["scale", Float64Array.of(1)],
  ]);
  const [half, byLoc, byScale] = evaluate([value, ...gradient(value, [loc, scale])], at).map((array) => array[0]!);
  expect(half).toBeCloseTo(-Math.LN2, 14);
  expect(byLoc).toBeCloseTo(-2 * Math.exp(logProbs(d.studentT(3, 0, 1), [0])[0]!), 12);
  expect(byScale).toBeCloseTo(0, 14);
});

test("cdf is there where its logarithm is, and only there", () => {
  expect(d.normal(0, 1).cdf).toBeDefined();
  expect(d.hypergeometric(5, 4, 7).cdf).toBeUndefined();
  expect(evaluate([d.normal(0, 1).cdf!(constant(0))], new Map())[0]![0]).toBeCloseTo(0.5, 15);
});
