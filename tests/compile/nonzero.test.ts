/** Where values can differ from zero, and sums that stop there: triangular products against the float64 interpreter. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { nonzeroWhere } from "../../src/compile/nonzero.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { embedDiagonal, pad, rename } from "../../src/graph/reindex.ts";
import { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { graphShapes, randomGraph } from "../support/random-graphs.ts";

const device = await testDevice();
const usual = scheduleOptionsFor(device);

/** The bounds as text, i and j for the axes of a matrix. */
const textOf = (value: Value, names: ReadonlyMap<Axis, string>): string[] =>
  nonzeroWhere(value)
    .map(({ terms, offset }) => {
      const parts = [...terms].map(([axis, c]) => `${c > 0 ? "+" : "-"}${names.get(axis)}`).sort();
      return `${parts.join("")}${offset < 0 ? offset : `+${offset}`}`;
    })
    .sort();

function triangles(n: number) {
  const row = new Axis("row", n);
  const column = row.prime();
  const middle = column.prime();
  const [a, b] = [g.input("a", [row, column], "parameter"), g.input("b", [row, column], "parameter")];
  const d = g.input("d", [row], "parameter");
  const below = (x: Value): Value => g.select(g.gt(g.iota(row), g.iota(column)), x, 0);
  const lower = below(a).add(embedDiagonal(d, row, column));
  const strict = below(b);
  const product = g.sum(g.mul(rename(lower, column, middle), rename(strict, row, middle)), [middle]);
  return { row, column, middle, a, b, d, lower, strict, product };
}

describe("where values may differ from zero", () => {
  it("triangles, diagonals, their products and transposes", () => {
    const { row, column, lower, strict, product } = triangles(6);
    const names = new Map([
      [row, "i"],
      [column, "j"],
    ]);
    expect(textOf(strict, names)).toEqual(["+i-j-1"]);
    expect(textOf(lower, names)).toEqual(["+i-j+0"]);
    expect(textOf(product, names)).toContain("+i-j-1");
    const third = column.prime();
    const transposed = rename(rename(rename(strict, row, third), column, row), third, column);
    expect(textOf(transposed, names)).toEqual(["+j-i-1"]);
    expect(textOf(g.exp(strict), names)).toEqual([]);
    expect(textOf(strict.add(1), names)).toEqual([]);
  });

  it("300 random graphs: nothing outside of the bounds is other than zero or NaN", () => {
    let bounded = 0;
    fc.assert(
      fc.property(graphShapes(), (shape) => {
        const graph = randomGraph(shape);
        const values = Value.topological(graph.roots).filter(
          (v) => v.op.kind !== "input" && nonzeroWhere(v).length > 0,
        );
        evaluate(values, graph.inputs).forEach((entries, k) => {
          const { axes } = values[k]!;
          bounded++;
          entries.forEach((entry, at) => {
            let rest = at;
            const indices = new Map<Axis, number>();
            for (const axis of [...axes].reverse()) {
              indices.set(axis, rest % axis.size);
              rest = Math.floor(rest / axis.size);
            }
            const inside = nonzeroWhere(values[k]!).every(
              ({ terms, offset }) => [...terms].reduce((sum, [axis, c]) => sum + c * indices.get(axis)!, offset) >= 0,
            );
            if (!inside && !Number.isNaN(entry))
              expect(entry, `${graph.name}, node ${values[k]!.id}`).toBeCloseTo(0, 12);
          });
        });
      }),
      { numRuns: 300, seed: 3 },
    );
    expect(bounded).toBeGreaterThan(100);
  });
});

const schedules: Record<string, ScheduleOptions> = {
  usual,
  "blocked along two axes, several items a thread": {
    ...usual,
    ...{ residentOperations: 0, smallLevelOperations: 0, smallestBlocked: 1, passThreads: 1, mostWorkgroups: 2 },
  },
  "tiled, no lanes": {
    ...usual,
    ...{ residentOperations: 0, smallLevelOperations: 0, smallestSplit: 1, smallestTile: 8, threads: 1 << 20 },
    lanes: false,
  },
};

describe("sums over triangles, GPU against float64", () => {
  for (const [name, options] of Object.entries(schedules)) {
    for (const n of [5, 37, 70]) {
      it(`${n} × ${n}, ${name}`, async () => {
        const { row, column, a, b, d, lower, strict, product } = triangles(n);
        const draw = drawAxis(8);
        const e = g.input("e", [column, draw], "parameter");
        const longer = new Axis("longer", n + 11);
        const roots = [
          product,
          g.sum(lower.mul(e), [column]),
          g.sum(lower.mul(rename(e, column, row)), [row]),
          g.sum(g.mul(rename(strict, row, row.prime().prime()), lower), [column]),
          // Padded on both sides: the sum runs over the middle.
          g.sum(pad(a, column, longer, 4).mul(g.castF32(g.iota(longer)).mul(0.1)), [longer]),
          // A triangle and a full matrix in one pass.
          g.sum(strict, [column]).add(g.sum(b, [column])),
        ];
        const numbers = (count: number, step: number): Float64Array =>
          Float64Array.from({ length: count }, (_, k) => Math.fround(Math.sin(step * (k + 1))));
        const inputs = new Map([
          ["a", numbers(a.size, 0.7)],
          ["b", numbers(b.size, 1.1)],
          ["d", numbers(d.size, 0.3)],
          ["e", numbers(e.size, 1.9)],
        ]);
        await expectAgreement(device, options, `triangles of ${n}`, roots, inputs);
      });
    }
  }
});
