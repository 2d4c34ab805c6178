/** Families over vectors and matrices with a scale matrix: against one dimension, closed forms and moments of draws. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { contract } from "../../src/graph/linalg.ts";
import { input } from "../../src/graph/ops.ts";
import { rename } from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, logProbs, momentsOf } from "./helpers.ts";

const row = new Axis("row", 2);
const column = row.prime();
const one = new Axis("one", 1);
const L = input("L", [row, column], "data");
const W = input("W", [row, column], "data");
const FACTOR = [1.2, 0, -0.5, 0.8];
const at = (value: Value, inputs: Record<string, readonly number[]>): number =>
  evaluate([value], new Map(Object.entries(inputs).map(([name, v]) => [name, Float64Array.from(v)])))[0]![0]!;
const square = (x: readonly number[]): number[] => {
  const [a, b, c, e] = x as [number, number, number, number];
  return [a * a + b * b, a * c + b * e, a * c + b * e, c * c + e * e];
};

test("a normal by its covariance is the normal by its factor", () => {
  const x = input("x", [row], "data");
  const C = input("C", [row, column], "data");
  const given = { x: [0.3, -1], L: FACTOR, C: square(FACTOR) };
  const byFactor = at(d.multivariateNormal(0.5, { scaleTril: L, row, column }).logProb(x), given);
  expect(at(d.multivariateNormal(0.5, { covariance: C, row, column }).logProb(x), given)).toBeCloseTo(byFactor, 12);
});

describe("Student t", () => {
  const x = input("x", [row], "parameter");
  test("in one dimension it is the scalar family", () => {
    const [s, y] = [input("s", [one, one.prime()], "data"), input("y", [one], "data")];
    const found = at(d.multivariateStudentT(4, 1, { scaleTril: s, row: one }).logProb(y), { s: [2], y: [-0.7] });
    expect(found).toBeCloseTo(logProbs(d.studentT(4, 1, 2), [-0.7])[0]!, 12);
  });

  test("in two dimensions the density in closed form (ν = 2: (1 + q/2)^{−2}/(2π det L))", () => {
    const found = at(d.multivariateStudentT(2, 0, { scaleTril: L, row, column }).logProb(x), {
      L: FACTOR,
      x: [0.6, 0.2],
    });
    const z0 = 0.6 / 1.2;
    const z1 = (0.2 + 0.5 * z0) / 0.8;
    const expected = -2 * Math.log(1 + (z0 * z0 + z1 * z1) / 2) - Math.log(2 * Math.PI * 1.2 * 0.8);
    expect(found).toBeCloseTo(expected, 12);
  });

  test("draws have the covariance ν/(ν − 2) Σ", () => {
    const random = hostRandom(6);
    const family = d.multivariateStudentT(8, 0, { scaleTril: L, row, column });
    const draws = Array.from(
      { length: 20000 },
      () => family.sample({ df: 8, loc: 0, scaleTril: FACTOR }, random) as number[],
    );
    const { mean, standardError } = momentsOf(draws.map(([a, b]) => a! * b!));
    expect(Math.abs(mean - (8 / 6) * square(FACTOR)[1]!)).toBeLessThan(5 * standardError);
  });
});

describe("Wishart", () => {
  const [w, v] = [input("w", [one, one.prime()], "data"), input("v", [one, one.prime()], "data")];

  test("in one dimension a gamma, its inverse an inverse gamma", () => {
    const given = { w: [1.7], v: [Math.sqrt(0.6)] };
    const gamma = logProbs(d.gamma(2.5, 1 / 1.2), [1.7])[0]!;
    expect(at(d.wishart(5, { scaleTril: v, row: one }).logProb(w), given)).toBeCloseTo(gamma, 11);
    const inverse = logProbs(d.inverseGamma(2.5, 0.3), [1.7])[0]!;
    expect(at(d.inverseWishart(5, { scaleTril: v, row: one }).logProb(w), given)).toBeCloseTo(inverse, 11);
  });

  test("in two dimensions by its definition", () => {
    const matrix = [2, 0.4, 0.4, 1.1];
    const V = square(FACTOR);
    const det = (m: number[]) => m[0]! * m[3]! - m[1]! * m[2]!;
    const trace = (V[3]! * matrix[0]! - 2 * V[1]! * matrix[1]! + V[0]! * matrix[3]!) / det(V);
    const nu = 5;
    // Γ₂(5/2) = √π Γ(5/2) Γ(2)
    const logGamma2 = Math.log(Math.sqrt(Math.PI) * 1.329340388179137);
    const expected =
      0.5 * (nu - 3) * Math.log(det(matrix)) - 0.5 * trace - nu * Math.LN2 - 0.5 * nu * Math.log(det(V)) - logGamma2;
    expect(at(d.wishart(nu, { scaleTril: L, row, column }).logProb(W), { W: matrix, L: FACTOR })).toBeCloseTo(
      expected,
      11,
    );
  });

  test("of the factor: the density of the matrix and the Jacobian 2^D Π L_kk^{D − k + 1}", () => {
    const F = input("F", [row, column], "parameter");
    const factor = [1.4, 0, 0.3, 0.9];
    const given = { L: FACTOR, W: square(factor), F: factor };
    const jacobian = 2 * Math.LN2 + 2 * Math.log(1.4) + Math.log(0.9);
    for (const [ofMatrix, ofFactor] of [
      [d.wishart, d.wishartCholesky],
      [d.inverseWishart, d.inverseWishartCholesky],
    ] as const) {
      const scale = { scaleTril: L, row, column };
      const whole = at(ofMatrix(4.5, scale).logProb(W), given) + jacobian;
      expect(at(ofFactor(4.5, scale).logProb(F), given)).toBeCloseTo(whole, 11);
    }
  });

  test("draws have the means ν V and Ψ/(ν − D − 1)", () => {
    const random = hostRandom(8);
    const scale = { scaleTril: L, row, column };
    const V = square(FACTOR);
    for (const [family, df, factor] of [
      [d.wishart(6, scale), 6, 6],
      [d.inverseWishart(9, scale), 9, 1 / 6],
    ] as const) {
      const draws = Array.from({ length: 8000 }, () => family.sample({ df, scaleTril: FACTOR }, random) as number[]);
      for (const entry of [0, 1, 3]) {
        const { mean, standardError } = momentsOf(draws.map((draw) => draw[entry]!));
        expect(Math.abs(mean - factor * V[entry]!)).toBeLessThan(5 * standardError);
      }
    }
  });

  test("too few degrees of freedom are a failed check", () => {
    const { checks } = d.wishart(0.5, { scaleTril: L, row, column });
    expect(checks.map(({ parameter }) => parameter)).toContain("df − 1");
  });
});

test("LKJ of the matrix and of its factor differ by the Jacobian", () => {
  const K = new Axis("k", 3);
  const [i, j, inner] = [K, K.prime(), new Axis("inner", 3)];
  const F = input("F", [i, j], "parameter");
  const factor = [1, 0, 0, 0.3, Math.sqrt(0.91), 0, 0.2, -0.4, Math.sqrt(0.8)];
  const left = rename(F, j, inner);
  const matrix = contract(left, rename(left, i, j), inner);
  const difference = d
    .lkjCholesky(i, j, 1.7)
    .logProb(F)
    .sub(d.lkj(i, j, 1.7).logProb(matrix));
  expect(at(difference, { F: factor })).toBeCloseTo(0.5 * Math.log(0.91), 11);
});

describe("Gaussian processes", () => {
  const time = new Axis("time", 4);
  const x = input("x", [time], "data");
  const X = [0, 0.7, 1.1, 3];
  const lengthScale = input("lengthScale", [], "parameter");
  const kernels = {
    exponentiatedQuadratic: [
      d.exponentiatedQuadratic(x, time, { scale: 1.5, lengthScale }),
      (r: number) => Math.exp(-0.5 * (r / 0.9) ** 2),
    ],
    matern32: [
      d.matern32(x, time, { scale: 1.5, lengthScale }),
      (r: number) => (1 + (Math.sqrt(3) * r) / 0.9) * Math.exp((-Math.sqrt(3) * r) / 0.9),
    ],
    matern52: [
      d.matern52(x, time, { scale: 1.5, lengthScale }),
      (r: number) => (1 + (Math.sqrt(5) * r) / 0.9 + (5 * r * r) / (3 * 0.81)) * Math.exp((-Math.sqrt(5) * r) / 0.9),
    ],
    periodic: [
      d.periodic(x, time, { scale: 1.5, lengthScale, period: 2 }),
      (r: number) => Math.exp(-2 * (Math.sin((Math.PI * r) / 2) / 0.9) ** 2),
    ],
  } as const;
  for (const [name, [kernel, expected]] of Object.entries(kernels)) {
    test(`${name}: its values, a density and its gradient`, () => {
      const inputs = new Map(
        Object.entries({ x: X, lengthScale: [0.9] }).map(([key, v]) => [key, Float64Array.from(v)]),
      );
      const [values] = evaluate([kernel], inputs);
      X.forEach((a, k) => {
        X.forEach((b, l) => {
          expect(values![4 * k + l]).toBeCloseTo(2.25 * expected(Math.abs(a - b)), 12);
        });
      });
      const density = d.gaussianProcess(time, { covariance: kernel, noise: 0.3 }).logProb(input("y", [time], "data"));
      expectGradient(density, [lengthScale], { x: X, lengthScale: [0.9], y: [0.2, -1, 0.4, 1] });
    });
  }
});
