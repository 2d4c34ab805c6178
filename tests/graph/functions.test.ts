/** The composed functions: their values are held to outside ones in tests/model/math.test.ts; here derivatives and GPU. */
import { describe, expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import * as f from "../../src/graph/functions.ts";
import { input, maximum, sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { randomNumbers } from "../support/numbers.ts";

const device = await testDevice();
const axis = new Axis("i", 16);
const x = input("x", [axis], "parameter");
const y = input("y", [axis], "parameter");

/** The value, and the intervals of x and y. */
const cases: readonly [string, Value, [number, number], [number, number]?][] = [
  ["tan", f.tan(x), [-1.2, 1.2]],
  ["asin", f.asin(x), [-0.9, 0.9]],
  ["acos", f.acos(x), [-0.9, 0.9]],
  ["atan2", f.atan2(y, x), [-2, 2], [0.2, 2]],
  ["sinh", f.sinh(x), [-3, 3]],
  ["cosh", f.cosh(x), [-3, 3]],
  ["asinh", f.asinh(x), [-3, 3]],
  ["acosh", f.acosh(x), [1.1, 5]],
  ["atanh", f.atanh(x), [-0.9, 0.9]],
  ["log2", f.log2(x), [0.1, 9]],
  ["log10", f.log10(x), [0.1, 9]],
  ["exp2", f.exp2(x), [-3, 3]],
  ["log1m", f.log1m(x), [-2, 0.9]],
  ["logDiffExp", f.logDiffExp(x, y), [1, 4], [-3, 0.9]],
  ["logMix", f.logMix(x, y, 0.3), [0.1, 0.9], [-3, 3]],
  ["logit", f.logit(x), [0.1, 0.9]],
  ["inverseCloglog", f.inverseCloglog(x), [-3, 1]],
  ["normalCdf", f.normalCdf(x), [-4, 4]],
  ["normalQuantile", f.normalQuantile(x), [0.05, 0.95]],
  ["tgamma", f.tgamma(x), [0.2, 5]],
  ["logChoose", f.logChoose(x, y), [5, 9], [0.5, 4]],
  ["gammaP", f.gammaP(x, y), [0.5, 5], [0.5, 5]],
  ["gammaQ", f.gammaQ(x, y), [0.5, 5], [0.5, 5]],
  ["incompleteBeta", f.incompleteBeta(x, 2, y), [0.5, 5], [0.1, 0.9]],
  ["cbrt", f.cbrt(x), [0.2, 3]],
  ["hypot", f.hypot(x, y), [-2, 2], [0.2, 3]],
  ["fdim", f.fdim(x, y), [-2, 0], [0.1, 2]],
  ["inverseSqrt", f.inverseSqrt(x), [0.2, 3]],
];
const random = randomNumbers(5);
const at = (xs: [number, number], ys: [number, number] = [0, 1]) => ({
  x: random.array(16, ...xs),
  y: random.array(16, ...ys),
});

describe("derivatives against differences", () => {
  test.each(cases)("%s", (_, value, xs, ys) => expectGradient(value, ys ? [x, y] : [x], at(xs, ys)));
});

test("values and derivatives on the GPU against float64", async () => {
  for (const [name, value, xs, ys] of cases) {
    const inputs = new Map(
      Object.entries(at(xs, ys)).map(([key, array]) => [key, Float64Array.from(array, Math.fround)]),
    );
    const roots = [value, ...gradient(value, ys ? [x, y] : [x])];
    await expectAgreement(device, scheduleOptionsFor(device), name, roots, inputs);
  }
});

test("every side of the plane, and whole numbers", () => {
  const angles: number[] = [];
  const expected: number[] = [];
  for (const [b, a] of [
    [0, 1],
    [0, -1],
    [1, 0],
    [-1, 0],
    [-1, -1],
    [1, -2],
    [0, 0],
  ] as const) {
    angles.push(evaluate([f.atan2(b, a)], new Map())[0]![0]!);
    expected.push(Math.atan2(b, a));
  }
  for (const [i, angle] of angles.entries()) expect(angle).toBeCloseTo(expected[i]!, 14);
  const whole = [-1.5, -1, -0.2, 0, 0.7, 2].map((v) =>
    evaluate([f.ceil(v), f.trunc(v)], new Map()).map((r) => r[0]! + 0),
  );
  expect(whole).toEqual([-1.5, -1, -0.2, 0, 0.7, 2].map((v) => [Math.ceil(v) + 0, Math.trunc(v) + 0]));
});

test("reductions say what they go over where a program without types hands them something else", () => {
  const [one, many] = [axis as unknown as Axis[], [axis] as unknown as Axis];
  expect(() => sum(x, one)).toThrow("sum: expected axes, such as plates, to go over: sum(value, [axis])");
  expect(() => x.sum(many)).toThrow(GraphError);
  expect(() => maximum(x, one)).toThrow("maximum: expected axes");
  expect(() => sum(x, undefined as unknown as Axis[])).toThrow(GraphError);
});
