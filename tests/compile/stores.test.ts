/** What gets memory of its own, and what is computed where it is needed. */
import { describe, expect, it } from "vitest";
import { chooseStores } from "../../src/compile/stores.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { exp, input, log, mul, softplus, sum } from "../../src/graph/ops.ts";
import { window } from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";

describe("stores", () => {
  it("of what is read at several indices, unless it is soon computed", () => {
    const [row, wide, draw] = [new Axis("row", 3), new Axis("wide", 8), drawAxis(4)];
    const x = input("x", [row, draw], "parameter");
    const storedOf = (value: Value, offsets: readonly number[]): boolean => {
      const readers = offsets.map((offset) => window(value, row, wide, offset));
      return chooseStores(readers, [], 1).has(value);
    };
    const coordinates = exp(mul(log(exp(x)), 3));
    expect(storedOf(coordinates, [0, -5])).toBe(false);
    expect(storedOf(coordinates, [0, -2, -5])).toBe(true);
    expect(storedOf(mul(x, 3), [0, -2, -5])).toBe(false);
    expect(storedOf(mul(x, 3), [0])).toBe(false);
  });

  it.each([
    ["a product of matrices, by tiles", 200, 784, true],
    ["but not of few terms", 8, 784, false],
    ["nor of more elements than memory is spent on", 200, 78_400, false],
  ])("of what one sum needs: %s", (_, terms, pixels, stored) => {
    const [row, unit, pixel, draw] = [
      new Axis("row", 128),
      new Axis("unit", terms),
      new Axis("pixel", pixels),
      drawAxis(8),
    ];
    const weight = input("weight", [unit, pixel], "parameter");
    const hidden = input("hidden", [row, unit, draw], "parameter");
    const logits = sum(mul(weight, hidden), [unit]);
    expect(chooseStores([sum(softplus(logits), [pixel])], [], 1 << 16).has(logits)).toBe(stored);
  });
});
