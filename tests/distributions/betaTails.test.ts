/** Distribution functions of counts whose probability is beta: against sums of masses, by differences, and on the GPU. */
import { describe, expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input, type Operand } from "../../src/graph/ops.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { scalar } from "./helpers.ts";

const device = await testDevice();

/** log Σ of positive terms from the first one's logarithm and the ratios of neighbours: nothing cancels. */
function logSum(first: number, from: number, to: number, ratio: (k: number) => number): number {
  let [term, total] = [1, 0];
  let log = first;
  for (let k = from; k <= to; k++) {
    total += term;
    term *= ratio(k);
    if (total > 1e200 || term > 1e200) {
      log += Math.log(1e200);
      term /= 1e200;
      total /= 1e200;
    }
  }
  return log + Math.log(total);
}

const logProduct = (n: number, factor: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(factor(i));
  return sum;
};

/** log P(X ≤ k) of the beta-binomial, from P(0) = Π (b + i)/(a + b + i). P(X > k) is that of the failures, below n − k. */
const betaBinomialSum = (n: number, a: number, b: number, k: number): number =>
  logSum(
    logProduct(n, (i) => (b + i) / (a + b + i)),
    0,
    k,
    (j) => ((n - j) * (j + a)) / ((j + 1) * (n - j - 1 + b)),
  );

/** The same of the beta negative binomial, r an integer: P(0) = Π (a + i)/(a + b + i). */
const betaNegativeBinomialSum = (r: number, a: number, b: number, k: number): number =>
  logSum(
    logProduct(r, (i) => (a + i) / (a + b + i)),
    0,
    k,
    (j) => ((r + j) * (b + j)) / ((j + 1) * (a + b + r + j)),
  );

describe("beta-binomial", () => {
  test.each([
    [10, 2, 3],
    [1, 1, 1],
    [50, 0.5, 0.5],
    [50, 0.05, 0.08],
    [400, 30, 2],
    [1000, 500, 700],
    [3000, 0.3, 1e4],
    [2000, 1e4, 1e4],
    [100, 0.01, 3],
  ] as const)("(%d, %d, %d) is the sum of its masses, in both tails", (n, a, b) => {
    const family = d.betaBinomial(n, a, b);
    for (const share of [0, 0.1, 0.3, 0.5, 0.8, 1]) {
      const k = Math.min(n - 1, Math.floor(share * n));
      // Rounding of log kernels grows with the concentrations: 1e-16 of about 1e4, times a few.
      const allowed = 1e-11;
      expect(Math.abs(scalar(family.logCdf!(k)) - betaBinomialSum(n, a, b, k)), `≤ ${k}`).toBeLessThan(allowed);
      const above = betaBinomialSum(n, b, a, n - k - 1);
      expect(Math.abs(scalar(family.logSurvival!(k)) - above), `> ${k}`).toBeLessThan(allowed);
    }
    expect(scalar(family.logCdf!(n))).toBe(0);
    expect(scalar(family.logSurvival!(n))).toBe(Number.NEGATIVE_INFINITY);
    expect(scalar(family.logCdf!(-1))).toBe(Number.NEGATIVE_INFINITY);
    expect(scalar(family.logSurvival!(-1))).toBe(0);
  });
});

describe("beta negative binomial", () => {
  test.each([
    [3, 2, 3],
    [1, 0.5, 0.5],
    [20, 5, 100],
    [1000, 1000, 10],
    [2, 0.05, 0.2],
    [10_000, 30, 5],
  ] as const)("(%d, %d, %d) is the sum of its masses, in both tails", (r, a, b) => {
    const family = d.betaNegativeBinomial(r, a, b);
    for (const k of [0, 1, 5, 40, 300, 3000]) {
      const allowed = 1e-10;
      expect(Math.abs(scalar(family.logCdf!(k)) - betaNegativeBinomialSum(r, a, b, k)), `≤ ${k}`).toBeLessThan(allowed);
      // More than k failures before the r-th success: fewer than r successes in k + r trials.
      const above = betaBinomialSum(k + r, a, b, r - 1);
      expect(Math.abs(scalar(family.logSurvival!(k)) - above), `> ${k}`).toBeLessThan(allowed);
    }
    expect(scalar(family.logCdf!(-1))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe.each<readonly [string, (...p: Operand[]) => d.Distribution, readonly number[], readonly number[]]>([
  ["betaBinomial", (a, b) => d.betaBinomial(30, a!, b!), [1.7, 4.2], [0, 3, 12, 29]],
  ["betaBinomial of small concentrations", (a, b) => d.betaBinomial(30, a!, b!), [0.4, 0.6], [0, 3, 12, 29]],
  ["betaNegativeBinomial", (r, a, b) => d.betaNegativeBinomial(r!, a!, b!), [2.5, 4.5, 3], [0, 2, 9, 60]],
])("%s", (name, make, parameters, points) => {
  const given = parameters.map((_, k) => input(`p${k}`, [], "parameter"));
  const family = make(...given);
  const k = input("k", [new Axis("point", points.length)], "data");
  const at = { ...Object.fromEntries(parameters.map((value, i) => [`p${i}`, [value]])), k: points };

  test("has the derivatives that differences say", () => {
    for (const f of [family.logCdf!, family.logSurvival!]) {
      expectGradient(f(k), given, at, { relative: 1e-5, absolute: 1e-6 });
    }
  });

  test("is on the GPU as in float64", async () => {
    const inputs = new Map(Object.entries(at).map(([key, v]) => [key, Float64Array.from(v, Math.fround)]));
    const roots = [family.logCdf!(k), family.logSurvival!(k)];
    expect(evaluate([family.logSurvival!(k)], inputs)[0]!.every(Number.isFinite)).toBe(true);
    await expectAgreement(device, scheduleOptionsFor(device), name, roots, inputs);
  });
});

test("derivatives on the GPU as in float64", async () => {
  // One tail and one parameter: a software driver takes seconds to compile each.
  const a = input("a", [], "parameter");
  const k = input("k", [new Axis("point", 3)], "data");
  const inputs = new Map([
    ["a", Float64Array.of(1.5)],
    ["k", Float64Array.of(0, 4, 17)],
  ]);
  const roots = gradient(d.betaBinomial(30, a, 4.25).logCdf!(k), [a]);
  await expectAgreement(device, scheduleOptionsFor(device), "derivative of betaBinomial", roots, inputs);
});
