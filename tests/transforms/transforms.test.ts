import { describe, expect, test } from "vitest";
import type { Support } from "../../src/distributions/support.ts";
import { vectorInSupport } from "../../src/distributions/support.ts";
import { Axis, unionAxes, withoutAxes } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { type Transform, TransformError, transformTo } from "../../src/transforms/index.ts";
import { logAbsDeterminant, runTransform } from "./support.ts";

const plate = new Axis("plate", 5);
const K = new Axis("k", 4);
const bound = input("bound", [plate], "data");
const far = input("far", [plate], "data");
const data = new Map([
  ["bound", Float64Array.of(-2, 0, 1, 3, 10)],
  ["far", Float64Array.of(-1, 4, 1.5, 100, 11)],
]);

const scalars: readonly (readonly [string, Support])[] = [
  ["real", { kind: "real" }],
  ["positive", { kind: "positive" }],
  ["nonNegative", { kind: "nonNegative" }],
  ["lower", { kind: "lower", lower: -3 }],
  ["lower by data", { kind: "lower", lower: bound }],
  ["upper", { kind: "upper", upper: 2 }],
  ["upper by data", { kind: "upper", upper: bound }],
  ["unit interval", { kind: "interval", lower: 0, upper: 1 }],
  ["interval", { kind: "interval", lower: -2, upper: 7 }],
  ["interval by data", { kind: "interval", lower: bound, upper: far }],
];
const U = [-2.5, -0.3, 0, 1.1, 3];

const run = (transform: Transform, u: readonly number[], axes: readonly Axis[]) =>
  runTransform(transform, u, axes, data);

describe("scalar transforms", () => {
  test.each(scalars)("%s: round trip, derivative, membership", (_, support) => {
    const transform = transformTo(support);
    expect(transform.eventAxes).toEqual([]);
    const { x, back, logJacobian } = run(transform, U, [plate]);
    const h = 1e-5;
    const up = run(
      transform,
      U.map((u) => u + h),
      [plate],
    ).x;
    const down = run(
      transform,
      U.map((u) => u - h),
      [plate],
    ).x;
    for (const [i, u] of U.entries()) {
      expect(back[i]).toBeCloseTo(u, 10);
      const slope = (up[i]! - down[i]!) / (2 * h);
      expect(logJacobian[i] ?? logJacobian[0]).toBeCloseTo(Math.log(Math.abs(slope)), 8);
    }
    expect(x.every(Number.isFinite)).toBe(true);
  });

  test("stay finite far out", () => {
    const { x, logJacobian } = run(
      transformTo({ kind: "interval", lower: 0, upper: 1 }),
      [-700, -40, 0, 40, 700],
      [plate],
    );
    expect(x[0]).toBeGreaterThan(0);
    expect(logJacobian[0]).toBeCloseTo(-700, 9);
    expect(logJacobian[4]).toBeCloseTo(-700, 9);
  });
});

describe("vector transforms", () => {
  const supports: readonly (readonly [string, Support, number])[] = [
    ["simplex", { kind: "simplex", axis: K }, 3],
    ["ordered", { kind: "ordered", axis: K }, 4],
    ["positiveOrdered", { kind: "positiveOrdered", axis: K }, 4],
    ["realVector", { kind: "realVector", axis: K }, 4],
  ];
  const points = [
    [0, 0, 0, 0],
    [0.4, -1.2, 2, 0.7],
    [-6, 5, -3, 1],
  ];

  test.each(supports)("%s: round trip and numerical Jacobian", (_, support, free) => {
    const transform = transformTo(support);
    expect(transform.eventAxes).toEqual([K]);
    const axes = transform.unconstrainedAxes ?? transform.eventAxes;
    expect(axes.map((axis) => axis.size)).toEqual([free]);
    for (const point of points) {
      const u = point.slice(0, free);
      const { x, back, logJacobian } = run(transform, u, axes);
      expect(vectorInSupport(support, x)).toBe(true);
      for (const [i, value] of u.entries()) expect(back[i]).toBeCloseTo(value, 9);
      const h = 1e-5;
      const jacobian = u.map((_, j) => {
        const moved = (by: number) =>
          run(
            transform,
            u.map((value, i) => (i === j ? value + by : value)),
            axes,
          ).x;
        const [up, down] = [moved(h), moved(-h)];
        // A simplex has its first K − 1 entries as coordinates.
        return u.map((_, i) => (up[i]! - down[i]!) / (2 * h));
      });
      expect(logJacobian).toHaveLength(1);
      expect(logJacobian[0]).toBeCloseTo(logAbsDeterminant(jacobian), 6);
    }
  });

  test("simplex: zero is the centre, in Stan's stick-breaking", () => {
    const transform = transformTo({ kind: "simplex", axis: K });
    const { x } = run(transform, [0, 0, 0], transform.unconstrainedAxes!);
    for (const part of x) expect(part).toBeCloseTo(0.25, 14);
    // A 2-simplex is (p, 1 − p) with p = 1/(1 + e⁻ᵘ).
    const two = transformTo({ kind: "simplex", axis: new Axis("k", 2) });
    const pair = run(two, [1.3], two.unconstrainedAxes!);
    expect(pair.x[0]).toBeCloseTo(1 / (1 + Math.exp(-1.3)), 14);
    expect(pair.logJacobian[0]).toBeCloseTo(Math.log(pair.x[0]!) + Math.log(pair.x[1]!), 12);
  });

  test("simplex: keeps small parts far from the centre", () => {
    const transform = transformTo({ kind: "simplex", axis: K });
    const { x, back } = run(transform, [-50, 30, -20], transform.unconstrainedAxes!);
    expect(x.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 13);
    expect(Math.min(...x)).toBeGreaterThan(0);
    for (const [i, u] of [-50, 30, -20].entries()) expect(back[i]).toBeCloseTo(u, 8);
  });

  test("ordered: a huge first coordinate is not exponentiated", () => {
    const transform = transformTo({ kind: "ordered", axis: K });
    const { x, logJacobian } = run(transform, [5000, 0, 1, 2], [K]);
    expect(x).toEqual([5000, 5001, 5001 + Math.E, 5001 + Math.E + Math.exp(2)]);
    expect(logJacobian[0]).toBe(3);
  });

  test.each(supports)("%s: plates are independent", (_, support, free) => {
    const transform = transformTo(support);
    const event = transform.unconstrainedAxes ?? transform.eventAxes;
    const axes = unionAxes([plate], event);
    const value = input("u", axes, "data");
    const x = transform.forward(value);
    expect(withoutAxes(x.axes, [K])).toEqual([plate]);
    const rows = U.map((u) => [u, -u, 0.5, 1].slice(0, free));
    // Plates of this file were made before the transform's axes, so that they are outer in canonical order.
    const together = run(transform, rows.flat(), axes);
    for (const [i, row] of rows.entries()) {
      const alone = run(transform, row, event);
      for (let k = 0; k < K.size; k++) expect(together.x[i * K.size + k]).toBeCloseTo(alone.x[k]!, 13);
      const jacobian = together.logJacobian[i] ?? together.logJacobian[0];
      expect(jacobian).toBeCloseTo(alone.logJacobian[0]!, 12);
    }
  });
});

describe("what has no transform", () => {
  test.each([
    [{ kind: "nonNegativeInteger" }, /discrete/],
    [{ kind: "integerInterval", lower: 0, upper: 1 }, /0 or 1/],
    [{ kind: "interval", lower: 2, upper: 2 }, /must exceed/],
    [{ kind: "simplex", axis: new Axis("one", 1) }, /only be 1/],
  ] as const)("%o", (support, message) => {
    expect(() => transformTo(support)).toThrow(TransformError);
    expect(() => transformTo(support)).toThrow(message);
  });
});
