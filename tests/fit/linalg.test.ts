import { describe, expect, it } from "vitest";
import {
  cholesky,
  inverseFromCholesky,
  invertLower,
  lowerTimes,
  lowerTransposedTimes,
  multiply,
  solveLower,
  solveLowerTransposed,
  symmetricEigen,
  transpose,
} from "../../src/fit/linalg.ts";
import { factorOfInverse } from "../../src/fit/start/gaussian.ts";
import { randomNumbers } from "../support/numbers.ts";

const random = randomNumbers(3);

function positiveDefinite(n: number): Float64Array {
  const a = Float64Array.from(random.array(n * n, -1, 1));
  const square = multiply(a, transpose(a, n), n);
  for (let i = 0; i < n; i++) square[i * n + i]! += 0.1;
  return square;
}

const expectClose = (got: Float64Array, wanted: Float64Array, digits = 8): void => {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i]!, digits);
  });
};

for (const n of [1, 2, 7, 40]) {
  describe(`matrices of side ${n}`, () => {
    const a = positiveDefinite(n);
    const l = cholesky(a, n)!;
    const v = Float64Array.from(random.array(n, -1, 1));
    const unit = new Float64Array(n * n).map((_, k) => (k % (n + 1) === 0 ? 1 : 0));

    it("L Lᵀ = A, and solves undo products", () => {
      expectClose(multiply(l, transpose(l, n), n), a);
      expectClose(solveLower(l, lowerTimes(l, v, n), n), v);
      expectClose(solveLowerTransposed(l, lowerTransposedTimes(l, v, n), n), v);
      expectClose(multiply(l, invertLower(l, n), n), unit);
      expectClose(multiply(a, inverseFromCholesky(l, n), n), unit, 6);
    });

    it("the factor of the inverse", () => {
      const w = factorOfInverse(a, n)!;
      expectClose(multiply(a, multiply(w, transpose(w, n), n), n), unit, 6);
    });

    it("A V = V diag(λ), V orthogonal", () => {
      const { values, vectors } = symmetricEigen(a, n);
      const scaled = vectors.map((x, k) => x * values[k % n]!);
      expectClose(multiply(a, vectors, n), scaled);
      expectClose(multiply(transpose(vectors, n), vectors, n), unit);
    });
  });
}

it("a matrix that is not positive definite has no factor", () => {
  expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
  expect(cholesky(Float64Array.of(Number.NaN), 1)).toBeNull();
});
