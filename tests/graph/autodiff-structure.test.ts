import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient, vjp } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import * as g from "../../src/graph/ops.ts";
import * as r from "../../src/graph/reindex.ts";
import { sumOut } from "../../src/graph/sums.ts";
import { Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { randomNumbers } from "../support/numbers.ts";

const i = new Axis("i", 3);
const j = new Axis("j", 4);
const k = new Axis("k", 2);
const whole = new Axis("whole", 14);
const draw = drawAxis(2);
const random = randomNumbers(5);
const values = (value: Value, low = -2, high = 2): number[] => random.array(value.size, low, high);

describe("index maps", () => {
  const x = g.input("x", [i, j, draw], "parameter");
  const w = g.input("w", [whole, k], "parameter");
  const c = g.input("c", [k], "parameter");
  const i2 = i.prime();
  const cases: Record<string, readonly [Value, Value]> = {
    rename: [r.rename(x, i, i2), x],
    slice: [r.slice(x, j, k, 1), x],
    "strided window": [r.window(x, j, k, 1, 0, 2), x],
    "strided window over the edge": [r.window(x, j, k, -1, 9, 2), x],
    pad: [r.pad(x, i, new Axis("longer", 5), 1, 7), x],
    shift: [r.shift(x, j, 1, 3), x],
    "shift back": [r.shift(x, j, -2), x],
    at: [r.at(x, j, 2), x],
    place: [r.place(c, j, 2), c],
    "diagonal of an outer product": [r.diagonal(x.mul(r.rename(x, i, i2)), i, i2), x],
    embedDiagonal: [r.embedDiagonal(x, i, i2), x],
    split: [r.split(w, whole, [i, j], 1), w],
    "split, other order": [r.split(w, whole, [j, i], 2), w],
    "split of one part": [r.split(w, whole, [j], 3), w],
    merge: [r.merge(x, [i, j], whole, 1), x],
    "merge, other order": [r.merge(x, [j, i], whole, 2), x],
    expand: [expand(c, [i, j]), c],
  };
  for (const [name, [value, leaf]] of Object.entries(cases)) {
    test(name, () => {
      const name = leaf.op.kind === "input" ? leaf.op.name : "";
      expectGradient(value.mul(value), [leaf], { [name]: values(leaf) });
    });
  }

  test("an input without the source axis", () => {
    const map = affineSlice(j, k);
    expectGradient(g.reindex(c.sum(k), map[0], map[1]).exp(), [c], { c: values(c) });
  });

  function affineSlice(from: Axis, to: Axis) {
    const made = r.slice(g.input("any", [from], "data"), from, to, 1).op;
    if (made.kind !== "reindex") throw new Error("unreachable");
    return [made.map, made.transposed] as const;
  }

  test("a constant cotangent passes through guards", () => {
    const [ofSlice] = gradient(r.slice(x, j, k, 1), [x]) as [Value];
    const [array] = evaluate([ofSlice], new Map());
    expect([...array!]).toEqual([0, 1, 1, 0]);
  });
});

describe("gathers and segments", () => {
  const row = new Axis("row", 6);
  const x = g.input("x", [j, draw], "parameter");
  const index = g.indexInput("index", [row], j);
  const inputs = { x: values(x), index: [3, 0, 3, 1, 0, 3] };

  test("gather", () => expectGradient(x.at(index).square(), [x], inputs));
  test("gather by an index over two axes", () => {
    const two = g.indexInput("two", [row, k], j);
    expectGradient(x.at(two).square(), [x], { x: values(x), two: [3, 0, 3, 1, 0, 3, 2, 2, 1, 0, 3, 1] });
  });
  test("gather by a scalar index", () => {
    const one = g.indexInput("one", [], j);
    expectGradient(x.at(one).square(), [x], { x: values(x), one: [2] });
  });
  test("pick", () => {
    const logits = g.input("logits", [row, j], "parameter");
    expectGradient(logits.at(index).square(), [logits], { logits: values(logits), index: inputs.index });
  });
  test("an index that shares some axes with x", () => {
    const table = g.input("table", [i, j], "parameter");
    const mixed = g.indexInput("mixed", [i, k], j);
    expectGradient(table.at(mixed).square(), [table], { table: values(table), mixed: [3, 0, 3, 1, 0, 3] });
  });
  test("the gradient of a gather is a segment sum", () => {
    const [adjoint] = gradient(x.at(index).square(), [x]) as [Value];
    expect(Value.topological([adjoint]).map((value) => value.op.kind)).toContain("segment");
  });

  for (const reducer of ["sum", "max"] as const) {
    test(`segment ${reducer}`, () => {
      const y = g.input("y", [row, draw], "parameter");
      expectGradient(g.segment(reducer, y, index, i).square(), [y], { y: values(y), index: [2, 0, 2, 1, 0, 2] });
    });
  }
  test("segment sum of what lacks rows", () => {
    const y = g.input("y", [draw], "parameter");
    expectGradient(g.segment("sum", y, index, i).square(), [y], { y: values(y), index: [2, 0, 2, 1, 0, 2] });
  });
  test("segment onto the axis of the index", () => {
    const next = g.input("next", [j], "data", "i32");
    const y = g.input("y", [k], "parameter");
    const spread = g.segment("sum", y, next, j);
    expectGradient(spread.square(), [y], { y: values(y), next: [1, 1, 3, 0] });
  });
  test("ties of a segment maximum share", () => {
    const y = g.input("y", [row], "parameter");
    const [shares] = gradient(g.segment("max", y, index, i), [y]) as [Value];
    const bound = new Map([
      ["y", Float64Array.of(1, 1, 2, 2, 0, 2)],
      ["index", Float64Array.of(0, 0, 1, 1, 1, 1)],
    ]);
    expect([...evaluate([shares], bound)[0]!].map((share) => Math.round(share * 6))).toEqual([3, 3, 2, 2, 0, 2]);
  });
});

describe("reductions", () => {
  const x = g.input("x", [i, j, draw], "parameter");
  for (const over of [[i], [j], [draw], [i, draw], [i, j, draw]]) {
    for (const reducer of ["sum", "max", "logSumExp"] as const) {
      test(`${reducer} over ${over.join(", ")}`, () => {
        expectGradient(g.reduce(reducer, x, over).square(), [x], { x: values(x) });
      });
    }
  }
  test("over an axis that x lacks", () => {
    const y = g.input("y", [i], "parameter");
    expectGradient(y.square().sum(i, j), [y], { y: values(y) });
    expectGradient(y.logSumExp(i, j), [y], { y: values(y) });
  });
  test("log-sum-exp of nothing but −∞, and of NaN", () => {
    const y = g.input("y", [i], "parameter");
    const [weights] = gradient(y.logSumExp(i), [y]) as [Value];
    const at = (array: number[]) => [...evaluate([weights], new Map([["y", Float64Array.from(array)]]))[0]!];
    const low = Number.NEGATIVE_INFINITY;
    expect(at([low, low, low])).toEqual([0, 0, 0]);
    expect(at([low, 0, low])).toEqual([0, 1, 0]);
    expect(at([0, Number.NaN, 0]).some(Number.isNaN)).toBe(true);
  });
  test("ties of a maximum share", () => {
    const y = g.input("y", [i], "parameter");
    const [shares] = gradient(g.maximum(y, [i]), [y]) as [Value];
    expect([...evaluate([shares], new Map([["y", Float64Array.of(2, 1, 2)]]))[0]!]).toEqual([0.5, 0, 0.5]);
  });
});

describe("triangular solve", () => {
  const i2 = i.prime();
  const L = g.input("L", [i, i2], "parameter");
  const lower = [1.5, 0.3, -0.2, 0.4, 2, 0.7, -0.6, 0.5, 1.2];
  for (const transpose of [false, true]) {
    test(transpose ? "Lᵀ x = b" : "L x = b", () => {
      const b = g.input("b", [i], "parameter");
      expectGradient(g.triangularSolve(L, b, i, i2, transpose).square(), [L, b], { L: lower, b: [1, -2, 0.5] });
    });
    test(`batched b, ${transpose}`, () => {
      const b = g.input("b", [i, draw], "parameter");
      expectGradient(g.triangularSolve(L, b, i, i2, transpose).square(), [L, b], { L: lower, b: values(b) });
    });
    test(`batched L, ${transpose}`, () => {
      const b = g.input("b", [i], "parameter");
      const batch = g.input("batch", [k, i, i2], "parameter");
      const solved = g.triangularSolve(batch, b, i, i2, transpose).square();
      // Axes of the input are in canonical order: i, k, i′.
      const rows = [0, 1, 2].flatMap((row) =>
        [1, 2].flatMap((s) => lower.slice(3 * row, 3 * row + 3).map((v) => v * s)),
      );
      expectGradient(solved, [batch, b], { batch: rows, b: [1, -2, 0.5] });
    });
  }
});

describe("shape of adjoints", () => {
  const obs = new Axis("obs", 50);
  const c = g.input("c", [draw], "parameter");
  const x = g.input("x", [obs], "data");

  test("what does not vary along a summed axis is outside the sum", () => {
    const [dc] = gradient(c.mul(x).sum(obs), [c]) as [Value];
    for (const value of Value.topological([dc])) {
      if (value.op.kind === "map") expect(value.hasAxis(obs)).toBe(false);
    }
    const [dc2] = gradient(c.mul(x).sub(c.exp()).sum(obs).neg(), [c]) as [Value];
    expect(Value.topological([dc2]).every((value) => !(value.hasAxis(obs) && value.hasAxis(draw)))).toBe(true);
  });

  test("factors that share no summed axis are summed apart", () => {
    const a = g.input("a", [i, draw], "data");
    const b = g.input("b", [j], "data");
    const total = sumOut(a.mul(b).mul(c), [i, j]);
    expect(Value.topological([total]).some((value) => value.hasAxis(i) && value.hasAxis(j))).toBe(false);
    const bound = new Map([
      ["a", Float64Array.from(values(a))],
      ["b", Float64Array.from(values(b))],
      ["c", Float64Array.from(values(c))],
    ]);
    const [split, plain] = evaluate([total, a.mul(b).mul(c).sum(i, j)], bound) as [Float64Array, Float64Array];
    split.forEach((value, n) => {
      expect(value).toBeCloseTo(plain[n]!, 12);
    });
  });

  test("cotangents with axes of their own, and intermediate values", () => {
    const p = g.input("p", [i], "parameter");
    const middle = p.square();
    const weights = g.input("weights", [draw], "data");
    const [dp, dMiddle] = vjp([{ value: middle.sum(i), cotangent: weights }], [p, middle]) as [Value, Value];
    const bound = new Map([
      ["p", Float64Array.of(1, 2, 3)],
      ["weights", Float64Array.of(10, 20)],
    ]);
    const [forP, forMiddle] = evaluate([dp, dMiddle], bound) as [Float64Array, Float64Array];
    expect([...forP]).toEqual([60, 120, 180]);
    expect([...forMiddle]).toEqual([30]);
  });
});
