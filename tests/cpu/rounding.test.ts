import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { randomGraph } from "../support/random-graphs.ts";
import { float32Tolerance } from "../support/tolerance.ts";

const i = new Axis("i", 4);
const x = g.input("x", [i], "data");
const inputs = new Map([["x", Float64Array.of(0.5, 1.25, 3, 100)]]);

describe("float32 emulation", () => {
  test("rounds after every node", () => {
    const third = g.div(x, 3);
    const [rounded] = evaluate([third.mul(third)], inputs, { round: "f32" }) as [Float64Array];
    const once = Math.fround(0.5 / 3);
    expect(rounded[0]).toBe(Math.fround(once * once));
    expect([...evaluate([x.add(1e9)], inputs, { round: "f32" })[0]!]).toEqual([1e9, 1e9, 1e9, 1000000128]);
  });

  test("perturbs what is inexact, by a few ulp, and nothing else", () => {
    const [moved, kept] = evaluate([g.div(x, 3), x.neg().add(2)], inputs, { perturb: 1 }) as [
      Float64Array,
      Float64Array,
    ];
    expect([...kept]).toEqual([1.5, 0.75, -1, -98]);
    moved.forEach((value, k) => {
      const exact = inputs.get("x")![k]! / 3;
      expect(value).not.toBe(exact);
      expect(Math.abs(value / exact - 1)).toBeLessThan(3 * 2 ** -23);
    });
  });

  test("is the same for the same seed, another for another", () => {
    const at = (seed: number) => [...evaluate([x.exp()], inputs, { perturb: seed })[0]!];
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });
});

describe("tolerances", () => {
  test("see cancellation", () => {
    const cancelled = x.add(1 / 3).sub(x);
    const [tolerance] = float32Tolerance([cancelled], inputs) as [Float64Array];
    expect(tolerance[3]! / tolerance[0]!).toBeGreaterThan(20);
    expect(tolerance[3]!).toBeLessThan(1e-3);
  });

  test("hold for runs with errors that were not among those they come from", () => {
    for (let seed = 0; seed < 150; seed++) {
      const { roots, inputs: bound, name } = randomGraph({ seed, nodes: 25 });
      const tolerances = float32Tolerance(roots, bound);
      const exact = evaluate(roots, bound);
      const other = evaluate(roots, bound, { perturb: 1000 + seed, round: "f32" });
      exact.forEach((array, k) => {
        array.forEach((value, at) => {
          const error = Math.abs(value - other[k]![at]!);
          expect(error <= tolerances[k]![at]!, `${name} root ${k}[${at}]: ${error} of ${value}`).toBe(true);
        });
      });
    }
  });

  test("are of the size of float32 rounding on most random graphs", () => {
    const relative: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const { roots, inputs: bound } = randomGraph({ seed, nodes: 25 });
      const [array] = evaluate(roots, bound) as [Float64Array];
      const [tolerance] = float32Tolerance(roots, bound) as [Float64Array];
      const size = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      relative.push(tolerance.reduce((most, value) => Math.max(most, value)) / size);
    }
    relative.sort((a, b) => a - b);
    expect(relative[50]).toBeLessThan(1e-5);
    expect(relative[95]).toBeLessThan(1e-3);
  });
});
