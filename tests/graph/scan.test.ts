import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { vjp } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import * as g from "../../src/graph/ops.ts";
import { print } from "../../src/graph/print.ts";
import * as r from "../../src/graph/reindex.ts";
import { substitute } from "../../src/graph/rewrite.ts";
import { cumulativeProduct, cumulativeSum, lastOf, scan, scanAll } from "../../src/graph/scan.ts";
import { simplify } from "../../src/graph/simplify.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectGradient } from "../support/gradients.ts";
import { randomNumbers } from "../support/numbers.ts";
import { recurrences } from "../support/recurrences.ts";

const time = new Axis("time", 5);
const plate = new Axis("plate", 3);
const draw = drawAxis(2);
const x = g.input("x", [time], "data");

const compute = (value: Value, inputs: Record<string, readonly number[]>): number[] => [
  ...evaluate([value], new Map(Object.entries(inputs).map(([name, v]) => [name, Float64Array.from(v)])))[0]!,
];

describe("values", () => {
  const given = { x: [1, 2, 3, 4, 5] };

  test("cumulative sums and products, in both directions", () => {
    expect(compute(cumulativeSum(x, time), given)).toEqual([1, 3, 6, 10, 15]);
    expect(compute(cumulativeSum(x, time, { reverse: true }), given)).toEqual([15, 14, 12, 9, 5]);
    expect(compute(cumulativeProduct(x, time), given)).toEqual([1, 2, 6, 24, 120]);
    expect(compute(lastOf(cumulativeProduct(x, time), time), given)).toEqual([120]);
  });

  test("carries that need each other: the Fibonacci numbers", () => {
    const [a, b] = scanAll(time, [0, 1], ([a, b]) => [b!, a!.add(b!)]) as [Value, Value];
    expect(compute(a, {})).toEqual([1, 1, 2, 3, 5]);
    expect(compute(b, {})).toEqual([1, 2, 3, 5, 8]);
  });

  test("the forward algorithm sums over all paths of a hidden Markov chain", () => {
    const [from, state] = [new Axis("from", 3), new Axis("state", 3)];
    const emission = g.input("emission", [time, state], "data");
    const transition = g.input("transition", [from, state], "data");
    const first = g.input("first", [state], "data");
    const forward = scan(time, first, (log) =>
      g.logSumExp(r.rename(log, state, from).add(transition), [from]).add(emission),
    );
    const random = randomNumbers(3);
    const [e, a, f] = [random.array(15, -2, 0), random.array(9, -2, 0), random.array(3, -2, 0)];
    let total = 0;
    for (let path = 0; path < 3 ** 6; path++) {
      const states = Array.from({ length: 6 }, (_, t) => Math.floor(path / 3 ** t) % 3);
      let log = f[states[0]!]!;
      for (let t = 0; t < 5; t++) log += a[3 * states[t]! + states[t + 1]!]! + e[3 * t + states[t + 1]!]!;
      total += Math.exp(log);
    }
    const log = compute(lastOf(forward, time).logSumExp(state), { emission: e, transition: a, first: f });
    expect(log[0]).toBeCloseTo(Math.log(total), 10);
  });
});

describe("axes", () => {
  test("a draw axis given to an input reaches the carries", () => {
    const scale = g.input("scale", [], "parameter");
    const carried = scan(time, 0, (c) => c.mul(scale).add(x));
    const drawn = g.input("drawn", [draw], "parameter");
    const [batched] = substitute([carried], new Map([[scale, drawn]])) as [Value];
    expect(carried.axes).toEqual([time]);
    expect(batched.axes).toEqual([time, draw]);
    expect(compute(batched, { x: [1, 1, 1, 1, 1], drawn: [0, 2] })).toEqual([1, 1, 1, 3, 1, 7, 1, 15, 1, 31]);
  });

  test("carries of one recurrence share the axes along which series run side by side", () => {
    const start = g.input("start", [plate], "data");
    const [count, total] = scanAll(time, [0, start], ([n, s]) => [n!.add(1), s!.add(n!)]) as [Value, Value];
    expect(total.axes).toEqual([plate, time].sort((a, b) => a.order - b.order));
    expect(count.axes).toEqual(total.axes);
  });

  test("a step may not look along the axis, start on it, or change its type", () => {
    expect(() => scan(time, 0, (c) => c.add(x).sum(time))).toThrow(GraphError);
    expect(() => scan(time, 0, (c) => r.shift(c.add(x), time, 1))).toThrow(/one entry of the axis at a time/);
    expect(() => scan(time, x, (c) => c)).toThrow(/first value/);
    expect(() => scan(time, 0, (c) => g.castI32(c))).toThrow(/carry 0 starts as f32 and becomes i32/);
    expect(() => scanAll(time, [0], () => [])).toThrow(/1 first values/);
  });
});

describe("simplification", () => {
  test("equal recurrences become one, constants enter the step, what is not read is dropped", () => {
    const nothing = g.constant(0).mul(3);
    const one = scan(time, 0, (c) => c.mul(0.5).add(x));
    const two = scan(time, 0, (c) => g.mul(0.5, c).add(x).add(nothing));
    const [a, b] = simplify([one, two]) as [Value, Value];
    expect(a).toBe(b);
    const sum = simplify([scan(time, 0, (c) => c.add(x).add(nothing))])[0]!;
    expect(print([sum])).toContain("over (%1) { add(p0, e0) }");
  });

  test("a simplified recurrence computes the same", () => {
    for (const { name, value, inputs } of recurrences()) {
      const [simplified] = simplify([value]) as [Value];
      const [before, after] = [compute(value, inputs), compute(simplified, inputs)];
      expect(after.length, name).toBe(before.length);
      for (const [k, y] of after.entries()) expect(y, name).toBeCloseTo(before[k]!, 12);
    }
  });
});

describe("derivatives", () => {
  for (const { name, value, inputs } of recurrences()) {
    test(name, () => {
      const leaves = Object.keys(inputs).map((input) => leafOf(value, input));
      expectGradient(
        value,
        leaves.filter(({ dtype }) => dtype === "f32"),
        inputs,
      );
    });
  }

  test("the carries of one recurrence are differentiated together: one recurrence more", () => {
    const w = g.input("w", [], "parameter");
    const [a, b] = scanAll(time, [w, 1], ([a, b]) => [a!.add(b!).tanh(), b!.mul(a!).add(x)]) as [Value, Value];
    const [dw] = vjp([{ value: a.mul(b).sum(time), cotangent: g.constant(1) }], [w]);
    const printed = print(simplify([dw!]));
    expect(printed.match(/scan backwards/g)?.length).toBeLessThanOrEqual(2);
    expectGradient(a.mul(b), [w, x], { w: [0.3], x: [0.1, -0.4, 0.2, 0.5, -0.3] });
  });

  test("second derivatives: the adjoint is a recurrence like any other", () => {
    const w = g.input("w", [], "parameter");
    const first = vjp([{ value: scan(time, w, (c) => c.mul(c).add(x)).sum(time), cotangent: g.constant(1) }], [w])[0]!;
    expectGradient(first, [w, x], { w: [0.3], x: [0.1, -0.4, 0.2, 0.5, -0.3] });
  });
});

function leafOf(value: Value, name: string): Value {
  const seen = new Set<Value>();
  const find = (v: Value): Value | undefined => {
    if (seen.has(v)) return undefined;
    seen.add(v);
    if (v.op.kind === "input" && v.op.name === name) return v;
    for (const x of v.inputs) {
      const found = find(x);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = find(value);
  if (found === undefined) throw new Error(`no input ${name}`);
  return found;
}
