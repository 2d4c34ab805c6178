import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { constant, input } from "../../src/graph/ops.ts";
import { graphNoise, hostRandom, momentsOf, scalar } from "./helpers.ts";

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe("multivariate normal", () => {
  const row = new Axis("i", 3);
  const column = row.prime();
  const L = [
    [2, 0, 0],
    [0.6, 1.5, 0],
    [-1, 0.4, 0.7],
  ];
  const loc = [1, -2, 0.5];
  const x = [0.3, 1.1, -2];
  const covariance = L.map((a) => L.map((b) => dot(a, b)));
  // What lies above the diagonal must not matter.
  const dirty = L.flatMap((r, i) => r.map((value, j) => (j > i ? 9 : value)));
  const inputs = new Map([
    ["L", Float64Array.from(dirty)],
    ["loc", Float64Array.from(loc)],
    ["x", Float64Array.from(x)],
  ]);
  const distribution = d.multivariateNormal(input("loc", [row], "data"), {
    scaleTril: input("L", [row, column], "data"),
    row,
  });

  /** By cofactors, from the covariance alone. */
  function closedForm(): number {
    const [[a, b, c], [, e, f], [, , i]] = covariance as [number[], number[], number[]];
    const determinant = a! * (e! * i! - f! * f!) - b! * (b! * i! - f! * c!) + c! * (b! * f! - e! * c!);
    const adjugate = [
      [e! * i! - f! * f!, c! * f! - b! * i!, b! * f! - c! * e!],
      [c! * f! - b! * i!, a! * i! - c! * c!, b! * c! - a! * f!],
      [b! * f! - c! * e!, b! * c! - a! * f!, a! * e! - b! * b!],
    ];
    const r = x.map((value, k) => value - loc[k]!);
    const quadratic =
      dot(
        r,
        adjugate.map((line) => dot(line, r)),
      ) / determinant;
    return -0.5 * quadratic - 0.5 * Math.log(determinant) - 1.5 * Math.log(2 * Math.PI);
  }

  test("density by cofactors", () => {
    expect(scalar(distribution.logProb(input("x", [row], "data")), inputs)).toBeCloseTo(closedForm(), 11);
  });

  test("of one dimension it is the normal", () => {
    const one = new Axis("i", 1);
    const L1 = input("L", [one, one.prime()], "data");
    const univariate = scalar(d.normal(2, 3).logProb(constant(1)));
    const bound = new Map([
      ["L", Float64Array.of(3)],
      ["x", Float64Array.of(1)],
    ]);
    const value = d.multivariateNormal(2, { scaleTril: L1, row: one }).logProb(input("x", [one], "data"));
    expect(scalar(value, bound)).toBeCloseTo(univariate, 12);
  });

  test("entropy, axes and checks", () => {
    const logDeterminant = 2 * Math.log(2 * 1.5 * 0.7);
    const expected = 0.5 * logDeterminant + 1.5 * (1 + Math.log(2 * Math.PI));
    expect(scalar(distribution.entropy!(), inputs)).toBeCloseTo(expected, 12);
    expect(distribution.eventAxes).toEqual([row]);
    expect(distribution.batchAxes).toEqual([]);
    expect(distribution.checks.map((check) => check.parameter)).toEqual(["loc", "scaleTril", "diagonal of scaleTril"]);
  });

  const checkMoments = (draws: number[][]) => {
    for (let i = 0; i < 3; i++) {
      const { mean, standardError } = momentsOf(draws.map((draw) => draw[i]!));
      expect(Math.abs(mean - loc[i]!)).toBeLessThan(5 * standardError);
      for (let j = 0; j <= i; j++) {
        const product = momentsOf(draws.map((draw) => (draw[i]! - loc[i]!) * (draw[j]! - loc[j]!)));
        expect(Math.abs(product.mean - covariance[i]![j]!)).toBeLessThan(5 * product.standardError);
      }
    }
  };

  test("host draws have its mean and covariance", () => {
    const random = hostRandom(11);
    checkMoments(
      Array.from({ length: 20000 }, () => distribution.sample({ loc, scaleTril: dirty }, random) as number[]),
    );
  });

  test("graph draws have its mean and covariance", () => {
    const count = 20000;
    const { noise } = graphNoise(count, 5);
    const [values] = evaluate([distribution.rsample!(noise, [row])], inputs);
    checkMoments(Array.from({ length: count }, (_, s) => [0, 1, 2].map((i) => values![i * count + s]!)));
  });

  test("KL by the traces of the covariances", () => {
    const q = d.multivariateNormal(input("x", [row], "data"), { scaleTril: input("M", [row, column], "data"), row });
    const M = [
      [1, 0, 0],
      [0.2, 0.8, 0],
      [0.1, -0.3, 1.2],
    ];
    const bound = new Map([...inputs, ["M", Float64Array.from(M.flat())]]);
    // Along each axis of q's noise, KL is an expectation of log q − log p: quadratic, so sigma points are exact.
    const points = [0, 1, 2].flatMap((k) =>
      [-1, 1].map((sign) => x.map((center, i) => center + sign * Math.sqrt(3) * M[i]![k]!)),
    );
    const logRatio = (point: number[]) => {
      const at = input("at", [row], "data");
      return scalar(q.logProb(at).sub(distribution.logProb(at)), new Map([...bound, ["at", Float64Array.from(point)]]));
    };
    const expected = points.reduce((sum, point) => sum + logRatio(point) / points.length, 0);
    expect(scalar(d.klDivergence(q, distribution)!, bound)).toBeCloseTo(expected, 10);
    expect(scalar(d.klDivergence(q, q)!, bound)).toBeCloseTo(0, 12);
    const other = new Axis("j", 3);
    const elsewhere = d.multivariateNormal(0, { scaleTril: input("N", [other, other.prime()], "data"), row: other });
    expect(d.klDivergence(q, elsewhere)).toBeNull();
  });
});

describe("dirichlet", () => {
  const axis = new Axis("part", 3);
  const alpha = [2, 3, 1.5];
  const inputs = new Map([
    ["alpha", Float64Array.from(alpha)],
    ["x", Float64Array.of(0.2, 0.5, 0.3)],
  ]);
  const x = input("x", [axis], "data");
  const distribution = d.dirichlet(input("alpha", [axis], "data"), axis);

  test("density with factorials and Γ(½) = √π by hand", () => {
    // Γ(6.5) = 11!! √π / 2⁶ = 10395 √π / 64; Γ(2) = 1, Γ(3) = 2, Γ(1.5) = √π / 2.
    const root = Math.sqrt(Math.PI);
    const normaliser = (10395 * root) / 64 / (1 * 2 * (root / 2));
    const expected = Math.log(normaliser * 0.2 * 0.5 ** 2 * 0.3 ** 0.5);
    expect(scalar(distribution.logProb(x), inputs)).toBeCloseTo(expected, 12);
  });

  test("a scalar concentration is symmetric", () => {
    expect(scalar(d.dirichlet(1, axis).logProb(x), inputs)).toBeCloseTo(Math.log(2), 12);
    const expected = Math.log(120 * 0.2 * 0.5 * 0.3);
    expect(scalar(d.dirichlet(2, axis).logProb(x), inputs)).toBeCloseTo(expected, 12);
    expect(scalar(d.dirichlet(2, axis).mean!())).toBeCloseTo(1 / 3, 15);
  });

  test("of two parts it is a beta", () => {
    const two = new Axis("part", 2);
    const bound = new Map([
      ["a", Float64Array.of(2.5, 0.7)],
      ["p", Float64Array.of(0.3, 0.7)],
    ]);
    const asDirichlet = d.dirichlet(input("a", [two], "data"), two);
    const asBeta = d.beta(2.5, 0.7);
    expect(scalar(asDirichlet.logProb(input("p", [two], "data")), bound)).toBeCloseTo(scalar(asBeta.logProb(0.3)), 12);
    expect(scalar(asDirichlet.entropy!(), bound)).toBeCloseTo(scalar(asBeta.entropy!()), 12);
    const kl = d.klDivergence(asDirichlet, d.dirichlet(2, two));
    expect(scalar(kl!, bound)).toBeCloseTo(scalar(d.klDivergence(asBeta, d.beta(2, 2))!), 12);
  });

  test("host draws are on the simplex and have its mean", () => {
    const random = hostRandom(3);
    const draws = Array.from(
      { length: 20000 },
      () => distribution.sample({ concentration: alpha }, random) as number[],
    );
    for (let k = 0; k < 3; k++) {
      const { mean, standardError } = momentsOf(draws.map((draw) => draw[k]!));
      expect(Math.abs(mean - alpha[k]! / 6.5)).toBeLessThan(5 * standardError);
    }
    for (const draw of draws.slice(0, 100)) expect(d.vectorInSupport(distribution.support, draw)).toBe(true);
    // Tiny concentrations put all the mass on one part without 0/0.
    const sparse = d.dirichlet(1e-3, axis).sample({ concentration: 1e-3 }, random) as number[];
    expect(sparse.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
  });
});
