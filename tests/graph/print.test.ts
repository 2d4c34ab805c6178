import { expect, test } from "vitest";
import { Axis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { print } from "../../src/graph/print.ts";
import { shift } from "../../src/graph/reindex.ts";

test("a graph prints one node a line", () => {
  const i = new Axis("i", 3);
  const row = new Axis("row", 5);
  const x = g.input("x", [i], "parameter");
  const county = g.indexInput("county", [row], i);
  const y = x.at(county).mul(2).sum(row);
  expect(print({ y, moved: shift(x, i, 1) })).toBe(
    [
      '%1 = parameter "x" : f32[i:3]',
      '%2 = data "county" into i:3 : i32[row:5]',
      "%3 = %1[i := %2] : f32[row:5]",
      "%4 = mul(%3, 2) : f32[row:5]",
      "%5 = sum(%4) over row : f32[]",
      "%6 = %1[i := i + -1 where 0 ≤ i + -1 < 3] else 0 : f32[i:3]",
      "y = %5",
      "moved = %6",
    ].join("\n"),
  );
});
