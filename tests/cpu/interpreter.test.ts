import { describe, expect, test } from "vitest";
import { compileEvaluator, evaluate } from "../../src/cpu/interpreter.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { at, diagonal, embedDiagonal, merge, pad, shift, slice, split } from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";

const run = (root: Value, inputs: Record<string, number[]> = {}): number[] => [
  ...evaluate([root], new Map(Object.entries(inputs).map(([name, values]) => [name, Float64Array.from(values)])))[0]!,
];

const i = new Axis("i", 2);
const j = new Axis("j", 3);
const x = g.input("x", [i], "data");
const y = g.input("y", [j], "data");
const m = g.input("m", [i, j], "data");
const M = { m: [1, 2, 3, 4, 5, 6] };

describe("maps", () => {
  test("broadcast to the union of axes, in canonical order", () => {
    expect(run(x.mul(y), { x: [2, 3], y: [1, 10, 100] })).toEqual([2, 20, 200, 3, 30, 300]);
    expect(run(y.sub(x), { x: [2, 3], y: [1, 10, 100] })).toEqual([-1, 8, 98, -2, 7, 97]);
    expect(run(m.add(y), { ...M, y: [10, 20, 30] })).toEqual([11, 22, 33, 14, 25, 36]);
    expect(run(m.div(x), { ...M, x: [1, 2] })).toEqual([1, 2, 3, 2, 2.5, 3]);
    expect(run(g.pow(m, 2), M)).toEqual([1, 4, 9, 16, 25, 36]);
  });

  test("select takes whole elements", () => {
    const chosen = g.select(g.gt(x, 0), y, m.neg());
    expect(run(chosen, { x: [1, -1], y: [7, 8, Number.NaN], ...M })).toEqual([7, 8, Number.NaN, -4, -5, -6]);
  });

  test("integers truncate, wrap and saturate as in WGSL; div() of the public face makes floats of them", () => {
    const a = g.input("a", [i], "data", "i32");
    const over = (build: (value: Value) => Value, values: number[]) => run(build(a), { a: values });
    expect(over((v) => g.binary("div", v, 2), [7, -7])).toEqual([3, -3]);
    expect(over((v) => g.mod(v, 3), [7, -7])).toEqual([1, -1]);
    expect(over((v) => g.binary("div", v, g.constant(0, "i32")), [7, -7])).toEqual([7, -7]);
    expect(over((v) => v.div(2), [7, -7])).toEqual([3.5, -3.5]);
    expect(over((v) => v.add(1), [2147483647, 0])).toEqual([-2147483648, 1]);
    expect(over((v) => g.castU32(v), [-1, 5])).toEqual([4294967295, 5]);
    expect(run(g.castI32(x), { x: [-1.7, 1e20] })).toEqual([-1, 2147483647]);
    expect(run(g.round(x), { x: [2.5, 3.5] })).toEqual([2, 4]);
  });
});

describe("reductions", () => {
  test("over each side and over both", () => {
    expect(run(m.sum(i), M)).toEqual([5, 7, 9]);
    expect(run(m.sum(j), M)).toEqual([6, 15]);
    expect(run(m.sum(i, j), M)).toEqual([21]);
    expect(run(g.maximum(m, [i]), M)).toEqual([4, 5, 6]);
    expect(run(x.sum(i, j), { x: [1, 2] })).toEqual([9]);
  });

  test("sums of products, formed as they are summed or beforehand", () => {
    const k = new Axis("k", 4);
    const left = g.input("left", [i, j], "data");
    const bound = new Map([
      ["left", Float64Array.of(1, 2, 3, 4, 5, 6)],
      ["right", Float64Array.from({ length: 24 }, (_, n) => (n * 7) % 11)],
    ]);
    for (const axes of [[j], [k], [j, k], [i, j, k]]) {
      const product = left.mul(g.input("right", axes, "data"));
      const given = new Map(bound).set(
        "right",
        bound.get("right")!.slice(
          0,
          axes.reduce((n, a) => n * a.size, 1),
        ),
      );
      const sums = [[i], [j], [k], [i, k], [j, k], [i, j, k]].map((over) => g.sum(product, over));
      // With the product itself among the roots it is stored, and the sums are plain.
      const stored = evaluate([product, ...sums], given).slice(1);
      expect(evaluate(sums, given)).toEqual(stored);
      expect(evaluate(sums.slice(0, 1), given)).toEqual(stored.slice(0, 1));
      expect(evaluate(sums.slice(5), given)).toEqual(stored.slice(5));
      for (const [n, sum] of sums.entries()) expect(evaluate([sum], given)).toEqual([stored[n]]);
    }
  });

  test("the maximum passes NaN on", () => {
    expect(run(g.maximum(y, [j]), { y: [1, Number.NaN, 3] })).toEqual([Number.NaN]);
  });

  test("log-sum-exp is stable and knows infinities", () => {
    expect(run(y.logSumExp(j), { y: [1000, 1000, 1000] })[0]).toBeCloseTo(1000 + Math.log(3), 10);
    const inf = Number.POSITIVE_INFINITY;
    expect(run(y.logSumExp(j), { y: [-inf, -inf, -inf] })).toEqual([-inf]);
    expect(run(y.logSumExp(j), { y: [-inf, 0, -inf] })).toEqual([0]);
    expect(run(y.logSumExp(j), { y: [inf, 0, 1] })).toEqual([inf]);
  });
});

describe("index maps", () => {
  const whole = new Axis("whole", 7);
  const w = g.input("w", [whole], "data");
  const W = { w: [0, 1, 2, 3, 4, 5, 6] };

  test("slice, pad, shift, at", () => {
    expect(run(slice(w, whole, j, 2), W)).toEqual([2, 3, 4]);
    expect(run(pad(y, j, whole, 3, -1), { y: [7, 8, 9] })).toEqual([-1, -1, -1, 7, 8, 9, -1]);
    expect(run(shift(y, j, 1), { y: [7, 8, 9] })).toEqual([0, 7, 8]);
    expect(run(shift(m, j, -1, 5), M)).toEqual([2, 3, 5, 5, 6, 5]);
    expect(run(at(m, j, 1), M)).toEqual([2, 5]);
  });

  test("diagonal and its embedding", () => {
    const k = j.prime();
    const square = g.input("s", [j, k], "data");
    expect(run(diagonal(square, j, k), { s: [1, 2, 3, 4, 5, 6, 7, 8, 9] })).toEqual([1, 5, 9]);
    expect(run(embedDiagonal(y, j, k), { y: [1, 2, 3] })).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 3]);
  });

  test("split and merge lay axes row-major", () => {
    expect(run(split(w, whole, [i, j], 1), W)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(run(split(w, whole, [j, i], 1), W)).toEqual([1, 3, 5, 2, 4, 6]);
    expect(run(merge(m, [i, j], whole, 1), M)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(run(merge(m, [j, i], whole, 0), M)).toEqual([1, 4, 2, 5, 3, 6, 0]);
  });
});

describe("indices known at run time", () => {
  const row = new Axis("row", 4);
  const index = g.indexInput("index", [row], j);
  const index2 = { index: [2, 0, 2, 1] };

  test("gather replaces an axis; a pick aligns", () => {
    expect(run(m.at(index), { ...M, ...index2 })).toEqual([3, 1, 3, 2, 6, 4, 6, 5]);
    const choice = g.input("choice", [i], "data", "i32");
    expect(run(m.at(choice, j), { ...M, choice: [1, 2] })).toEqual([2, 6]);
    expect(run(y.at(index), { y: [5, 6, 7], index: [3, 0, -1, 1] })).toEqual([Number.NaN, 5, Number.NaN, 6]);
  });

  test("segments: sums, maxima, empty ones, rows that x lacks", () => {
    const r = g.input("r", [row], "data");
    const R = { r: [1, 2, 4, 8], index: [2, 0, 2, 0] };
    expect(run(g.segment("sum", r, index, j), R)).toEqual([10, 0, 5]);
    expect(run(g.segment("max", r, index, j), R)).toEqual([8, Number.NEGATIVE_INFINITY, 4]);
    expect(run(g.segment("sum", x, index, j), { x: [1, 2], ...index2 })).toEqual([1, 1, 2, 2, 2, 4]);
  });
});

describe("triangular solve", () => {
  const k = j.prime();
  const L = g.input("L", [j, k], "data");
  const lower = [2, 99, 99, 1, 4, 99, 3, -1, 5];

  test("both directions; the upper triangle is not read", () => {
    expect(run(g.triangularSolve(L, y, j, k), { L: lower, y: [2, 9, 6] })).toEqual([1, 2, 1]);
    expect(run(g.triangularSolve(L, y, j, k, true), { L: lower, y: [7, 7, 5] })).toEqual([1, 2, 1]);
  });

  test("batched over axes of either operand", () => {
    const b = g.input("b", [i, j], "data");
    expect(run(g.triangularSolve(L, b, j, k), { L: lower, b: [2, 9, 6, 4, 18, 12] })).toEqual([1, 2, 1, 2, 4, 2]);
  });
});

describe("random leaves", () => {
  const source = { seed: g.constant(7, "u32"), step: g.constant(0, "u32"), drawOffset: g.constant(0, "u32") };
  const draw = drawAxis(8);

  test("a draw does not depend on how many there are, nor on chunking", () => {
    const all = run(g.random("normal", 1, [i, draw], source));
    const half = drawAxis(4);
    const head = run(g.random("normal", 1, [i, half], source));
    const tail = run(g.random("normal", 1, [i, half], { ...source, drawOffset: g.constant(4, "u32") }));
    expect([...head.slice(0, 4), ...tail.slice(0, 4), ...head.slice(4), ...tail.slice(4)]).toEqual(all);
    expect(new Set(all).size).toBe(16);
  });
});

describe("a compiled evaluator", () => {
  test("computes what depends on data alone once, until the array is another", () => {
    const state = g.input("state", [], "state");
    const evaluator = compileEvaluator([m.exp().sum(i, j).add(state)]);
    const data = Float64Array.from([0, 0, 0, 0, 0, 0]);
    const call = (array: Float64Array, s: number) =>
      evaluator(
        new Map([
          ["m", array],
          ["state", Float64Array.of(s)],
        ]),
      )[0]![0];
    expect(call(data, 1)).toBe(7);
    expect(call(data, 2)).toBe(8);
    expect(call(Float64Array.from([1, 0, 0, 0, 0, 0]), 2)).toBeCloseTo(7 + Math.E, 12);
  });

  test("returned arrays are the caller's", () => {
    const evaluator = compileEvaluator([x, x.neg()]);
    const given = Float64Array.of(1, 2);
    const [copy, negated] = evaluator(new Map([["x", given]])) as [Float64Array, Float64Array];
    copy[0] = 9;
    negated[0] = 9;
    expect([...evaluator(new Map([["x", given]]))[1]!]).toEqual([-1, -2]);
  });

  test("names what is missing or of the wrong length", () => {
    expect(() => evaluate([x], new Map())).toThrow(/"x" has no values/);
    expect(() => evaluate([x], new Map([["x", Float64Array.of(1)]]))).toThrow(/expected 2 values, got 1/);
  });
});
