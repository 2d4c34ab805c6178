/** Transforms to spheres, zero sums and matrices: round trips, Jacobians in a chart, values known by hand. */
import { describe, expect, test } from "vitest";
import type { Support } from "../../src/distributions/support.ts";
import { vectorInSupport } from "../../src/distributions/support.ts";
import { Axis } from "../../src/graph/axis.ts";
import { TransformError, transformTo } from "../../src/transforms/index.ts";
import { logAbsDeterminant, runTransform } from "./support.ts";

const row = new Axis("row", 3);
const column = row.prime();
const K = new Axis("k", 4);
const lowerEntries = [0, 3, 4, 6, 7, 8];
const belowEntries = [3, 6, 7];

const kinds: readonly (readonly [Extract<Support, { row: Axis }>["kind"], readonly number[]])[] = [
  ["correlationCholesky", belowEntries],
  ["correlation", belowEntries],
  ["covarianceCholesky", lowerEntries],
  ["covariance", lowerEntries],
];
const points = [
  [0, 0, 0, 0, 0, 0],
  [0.4, -0.7, 0.3, 0.9, -0.2, -0.5],
  [-1.5, 1.1, 0.8, -0.4, 0.2, 0.6],
];

describe("matrices", () => {
  test.each(kinds)("%s: round trip, membership, Jacobian in its free entries", (kind, chart) => {
    const support: Support = { kind, row, column };
    const transform = transformTo(support);
    const free = transform.unconstrainedAxes!;
    expect(free.map((axis) => axis.size)).toEqual([chart.length]);
    for (const point of points) {
      const u = point.slice(0, chart.length);
      const { x, back, logJacobian } = runTransform(transform, u, free);
      expect(vectorInSupport(support, x)).toBe(true);
      for (const [i, value] of u.entries()) expect(back[i]).toBeCloseTo(value, 9);
      const h = 1e-5;
      const jacobian = u.map((_, j) => {
        const moved = (by: number) =>
          runTransform(
            transform,
            u.map((value, i) => (i === j ? value + by : value)),
            free,
          ).x;
        const [up, down] = [moved(h), moved(-h)];
        return chart.map((entry) => (up[entry]! - down[entry]!) / (2 * h));
      });
      expect(logJacobian).toHaveLength(1);
      expect(logJacobian[0]).toBeCloseTo(logAbsDeterminant(jacobian), 6);
    }
  });

  test("a 2 × 2 correlation is tanh u, with log(1 − r²)", () => {
    const two = new Axis("two", 2);
    const transform = transformTo({ kind: "correlationCholesky", row: two, column: two.prime() });
    const { x, logJacobian } = runTransform(transform, [0.8], transform.unconstrainedAxes!);
    const r = Math.tanh(0.8);
    const expected = [1, 0, r, Math.sqrt(1 - r * r)];
    for (const [i, value] of expected.entries()) expect(x[i]).toBeCloseTo(value, 14);
    expect(logJacobian[0]).toBeCloseTo(Math.log(1 - r * r), 13);
  });

  test("far out nothing overflows", () => {
    const transform = transformTo({ kind: "correlationCholesky", row, column });
    const { x, logJacobian } = runTransform(transform, [40, -300, 200], transform.unconstrainedAxes!);
    expect(x.every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(logJacobian[0])).toBe(true);
  });

  test("what is no such matrix is not in the support", () => {
    const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    for (const [kind] of kinds) {
      expect(vectorInSupport({ kind, row, column }, identity)).toBe(true);
      expect(vectorInSupport({ kind, row, column }, [1, 0, 0, 0, 1, 2, 0, 0, 1])).toBe(false);
      expect(vectorInSupport({ kind, row, column }, [1, 0, 0, 0, -1, 0, 0, 0, 1])).toBe(false);
    }
    expect(vectorInSupport({ kind: "correlation", row, column }, [2, 0, 0, 0, 1, 0, 0, 0, 1])).toBe(false);
    expect(vectorInSupport({ kind: "covariance", row, column }, [1, 2, 0, 2, 1, 0, 0, 0, 1])).toBe(false);
  });

  test("a matrix needs two axes of one extent", () => {
    expect(() => transformTo({ kind: "covariance", row, column: row })).toThrow(TransformError);
    expect(() => transformTo({ kind: "correlation", row, column: K })).toThrow(/square/);
  });
});

describe("sum to zero", () => {
  const transform = transformTo({ kind: "sumToZero", axis: K });
  const free = transform.unconstrainedAxes!;

  test("an isometry onto vectors of sum zero, and back", () => {
    for (const u of [
      [1, 0, 0],
      [0.3, -2, 1.1],
    ]) {
      const { x, back, logJacobian } = runTransform(transform, u, free);
      expect(x.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 14);
      expect(Math.hypot(...x)).toBeCloseTo(Math.hypot(...u), 13);
      for (const [i, value] of u.entries()) expect(back[i]).toBeCloseTo(value, 13);
      expect(logJacobian[0]).toBe(0);
      expect(vectorInSupport({ kind: "sumToZero", axis: K }, x)).toBe(true);
    }
  });

  test("Stan's own order: the first coordinate sets the first two entries apart", () => {
    const { x } = runTransform(transform, [Math.SQRT2, 0, 0], free);
    [1, -1, 0, 0].forEach((value, k) => {
      expect(x[k]).toBeCloseTo(value, 14);
    });
  });
});

test("unit vectors: of length one, with −½ uᵀu", () => {
  const transform = transformTo({ kind: "unitVector", axis: K });
  const u = [0.3, -2, 1.1, 0.5];
  const { x, logJacobian } = runTransform(transform, u, [K]);
  const length = Math.hypot(...u);
  for (const [i, value] of u.entries()) expect(x[i]).toBeCloseTo(value / length, 14);
  expect(logJacobian[0]).toBeCloseTo(-0.5 * length ** 2, 13);
  expect(vectorInSupport({ kind: "unitVector", axis: K }, x)).toBe(true);
});
