import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import { cholesky, contract, logDeterminant, transpose } from "../../src/graph/linalg.ts";
import * as g from "../../src/graph/ops.ts";
import * as r from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { randomNumbers } from "../support/numbers.ts";

const row = new Axis("row", 4);
const column = row.prime();
const draw = drawAxis(2);

const compute = (value: Value, inputs: Record<string, readonly number[]>): number[] => [
  ...evaluate([value], new Map(Object.entries(inputs).map(([name, v]) => [name, Float64Array.from(v)])))[0]!,
];

/** A Aᵀ + I from a square input. */
function positiveDefinite(axes: readonly Axis[] = []): { A: Value; K: Value } {
  const A = g.input("A", [row, column, ...axes], "parameter");
  const inner = new Axis("inner", 4);
  const left = r.rename(A, column, inner);
  const ones = g.castF32(g.eq(g.iota(row), g.iota(column)));
  return { A, K: contract(left, r.rename(left, row, column), inner).add(ones) };
}

describe("cholesky", () => {
  test("a factor known by hand (Golub & Van Loan, §4.2: [[4, 12, −16], [12, 37, −43], [−16, −43, 98]])", () => {
    const [i, j] = [new Axis("i", 3), new Axis("j", 3)];
    const K = g.input("K", [i, j], "data");
    const factor = compute(cholesky(K, i, j), { K: [4, 12, -16, 12, 37, -43, -16, -43, 98] });
    expect(factor).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
    const determinant = compute(logDeterminant(cholesky(K, i, j), i, j), {
      K: [4, 12, -16, 12, 37, -43, -16, -43, 98],
    });
    expect(determinant[0]).toBeCloseTo(Math.log(36), 12);
  });

  test("L Lᵀ gives the matrix back, batch by batch", () => {
    const { K } = positiveDefinite([draw]);
    const L = cholesky(K, row, column);
    const inner = new Axis("k", 4);
    const left = r.rename(L, column, inner);
    const again = contract(left, r.rename(left, row, column), inner);
    const A = randomNumbers(1).array(32, -1, 1);
    const [expected, actual] = [compute(K, { A }), compute(again, { A })];
    for (const [k, x] of actual.entries()) expect(x).toBeCloseTo(expected[k]!, 12);
  });

  test("the derivative, of the factor and of a log determinant", () => {
    const { A, K } = positiveDefinite([draw]);
    const values = randomNumbers(2).array(32, -1, 1);
    expectGradient(cholesky(K, row, column), [A], { A: values });
    expectGradient(logDeterminant(cholesky(K, row, column), row, column), [A], { A: values });
  });

  test("rows and columns may be given either way round", () => {
    const { A, K } = positiveDefinite();
    const values = randomNumbers(3).array(16, -1, 1);
    const swapped = transpose(cholesky(K, column, row), row, column);
    expect(compute(swapped, { A: values })).toEqual(compute(cholesky(K, row, column), { A: values }));
    expectGradient(cholesky(K, column, row), [A], { A: values });
  });

  test("what is not positive definite has a NaN factor, and no other entry of the batch has", () => {
    const K = g.input("K", [row, column, draw], "data");
    const identity = (i: number, j: number): number => (i === j ? 1 : 0);
    const K2 = [0, 1, 2, 3].flatMap((i) =>
      [0, 1, 2, 3].flatMap((j) => [identity(i, j), i === 2 && j === 2 ? -1 : identity(i, j)]),
    );
    const factor = compute(cholesky(K, row, column), { K: K2 });
    factor.forEach((x, k) => {
      const bad =
        k % 2 === 1 &&
        Math.floor(k / 8) >= 2 &&
        Math.floor(k / 2) % 4 >= 2 &&
        Math.floor(k / 2) % 4 <= Math.floor(k / 8);
      expect(Number.isNaN(x), `entry ${k}`).toBe(bad);
    });
  });

  test("what is no square matrix is refused", () => {
    const x = g.input("x", [row], "data");
    expect(() => cholesky(x, row, row)).toThrow(/prime/);
    expect(() => cholesky(x, row, new Axis("other", 3))).toThrow(GraphError);
    expect(() => cholesky(x, row, column)).toThrow(/lacks/);
  });
});
