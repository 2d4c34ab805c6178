/** Contractions by tiles and maps by fours, where the adapter's threads go in fours: against the float64 interpreter. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { plan } from "../../src/compile/plan.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { rename } from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const usual = scheduleOptionsFor(device);
/** Everything as large programs have it, however small it is. */
const tiled: ScheduleOptions = {
  ...usual,
  ...{ residentOperations: 0, smallLevelOperations: 0, smallestWide: 1 },
  smallestQuads: device.hasQuads ? 1 << 10 : 0,
};
const LIMITS = { maxBindingBytes: 1 << 27, maxWorkgroups: 65535 };

const numbers = (count: number, step: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => Math.fround(Math.sin(step * (k + 1))));

const inputsOf = (...values: readonly Value[]): Map<string, Float64Array> =>
  new Map(values.map((value, i) => [(value.op as { name: string }).name, numbers(value.size, 0.3 + 0.4 * i)]));

/** The kernels that go by tiles. */
function tilesIn(roots: readonly Value[], options: ScheduleOptions): string[] {
  const outputs = Object.fromEntries(roots.map((root, i) => [`out${i}`, root]));
  const { kernels } = plan({ name: "tiles", outputs }, options, LIMITS);
  return kernels.map(({ wgsl }) => wgsl).filter((wgsl) => wgsl.includes("quadSwapX"));
}

describe("contractions by tiles", () => {
  it("20 of random extents, layouts and factors agree with float64", async () => {
    const shape = fc.record({
      sizes: fc.tuple(
        fc.integer({ min: 49, max: 70 }),
        fc.integer({ min: 49, max: 70 }),
        fc.integer({ min: 3, max: 150 }),
      ),
      fours: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      order: fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 }),
      draws: fc.boolean(),
      batch: fc.integer({ min: 1, max: 3 }),
      factor: fc.constantFrom("none", "constant", "row", "column", "term"),
    });
    let tiles = 0;
    await fc.assert(
      fc.asyncProperty(shape, async ({ sizes, fours, order, draws, batch, factor }) => {
        const axes: Axis[] = [];
        for (const i of order) axes[i] = new Axis("rkc"[i]!, fours[i] ? 4 * Math.ceil(sizes[i]! / 4) : sizes[i]!);
        if (draws) axes[1] = drawAxis(4 * Math.ceil(sizes[1] / 4));
        const [r, c, k] = axes as [Axis, Axis, Axis];
        const each = batch > 1 ? [new Axis("batch", batch)] : [];
        const x = g.input("x", [...each, r, k], "parameter");
        const y = g.input("y", [k, c], "parameter");
        const z = g.input("z", factor === "row" ? [r] : factor === "column" ? [c] : [k], "parameter");
        const scaled = factor === "none" ? y : factor === "constant" ? y.mul(-70.3125) : y.mul(g.exp(z));
        const root = g.sum(g.mul(x, scaled), [k]);
        tiles += tilesIn([root], tiled).length;
        await expectAgreement(device, tiled, `${axes.join()} ${factor}`, [root], inputsOf(x, y, z));
      }),
      { numRuns: 20, seed: 5 },
    );
    expect(tiles).toBe(device.hasQuads ? 20 : 0);
  });

  it("a triangle times a triangle stops at the diagonal", async () => {
    for (const n of [67, 96]) {
      const row = new Axis("row", n);
      const column = row.prime();
      const middle = column.prime();
      const [a, b] = [g.input("a", [row, column], "parameter"), g.input("b", [row, column], "parameter")];
      const below = (x: Value): Value => g.select(g.ge(g.iota(row), g.iota(column)), x, 0);
      const root = g.sum(g.mul(rename(below(a), column, middle), rename(below(b), row, middle)), [middle]);
      const tiles = tilesIn([root], tiled);
      expect(tiles.length).toBe(device.hasQuads ? 1 : 0);
      for (const wgsl of tiles) expect(wgsl).toMatch(/let n\d+ = /);
      await expectAgreement(device, tiled, `triangles of ${n}`, [root], inputsOf(a, b));
    }
  });

  it("rows that are looked up, as in a minibatch", async () => {
    const [all, few, pixel, hidden] = [
      new Axis("all", 90),
      new Axis("few", 52),
      new Axis("pixel", 64),
      new Axis("hidden", 80),
    ];
    const data = g.input("data", [all, pixel], "data");
    const index = g.input("index", [few], "parameter", "i32");
    const weight = g.input("weight", [hidden, pixel], "parameter");
    const delta = g.input("delta", [hidden, few], "parameter");
    const rows = g.gather(data, all, index);
    const roots = [g.sum(rows.mul(weight), [pixel]), g.sum(rows.mul(delta), [few])];
    expect(tilesIn(roots, tiled).length).toBe(device.hasQuads ? 1 : 0);
    const inputs = inputsOf(data, weight, delta);
    inputs.set(
      "index",
      Float64Array.from({ length: few.size }, (_, i) => (i * 37) % all.size),
    );
    await expectAgreement(device, tiled, "minibatch", roots, inputs);
  });

  it("what becomes of a result is computed elsewhere, four at a time", async () => {
    const [r, c, k] = [new Axis("r", 64), new Axis("c", 84), new Axis("k", 33)];
    const [x, y, bias] = [
      g.input("x", [r, k], "parameter"),
      g.input("y", [c, k], "parameter"),
      g.input("bias", [r], "parameter"),
    ];
    const sum = g.sum(g.mul(x, y), [k]);
    const roots = [g.tanh(sum.add(bias)), g.sum(g.sigmoid(sum), [c]), g.castF32(g.gt(sum, 0.001))];
    expect(tilesIn(roots, tiled).length).toBe(device.hasQuads ? 1 : 0);
    await expectAgreement(device, tiled, "a layer", roots, inputsOf(x, y, bias));
  });

  it("many fits: each by tiles of its own", async () => {
    const [r, c, k] = [new Axis("r", 52), new Axis("c", 67), new Axis("k", 40)];
    const [x, y] = [g.input("x", [r, k], "data"), g.input("y", [c, k], "parameter")];
    const product = g.sum(g.mul(x, y), [k]);
    const spec = { name: "fits", outputs: { product, squares: g.square(product) }, fits: 3, shared: new Set(["x"]) };
    const given = { x: numbers(x.size, 0.7), y: [0, 1, 2].map((fit) => numbers(y.size, 0.9 + 0.1 * fit)) };
    const program = await new GpuBackend(device, tiled).compile(spec);
    try {
      expect(program.explain().kernels.some(({ wgsl }) => wgsl.includes("quadSwapX"))).toBe(device.hasQuads);
      program.write("x", given.x);
      given.y.forEach((values, fit) => void program.write("y", values, fit));
      await program.run([1, 1, 1]);
      const found = await program.read(["product", "squares"]);
      given.y.forEach((values, fit) => {
        const inputs = new Map([
          ["x", given.x],
          ["y", values],
        ]);
        const [expected] = evaluate([product], inputs) as [Float64Array];
        expected.forEach((value, i) => {
          // 40 terms of at most 1, each rounded: 40 × 40 × 2^-24 at the very most, and 80 times that for a square.
          expect(Math.abs(found.product![fit * expected.length + i]! - value)).toBeLessThan(1e-4);
          expect(Math.abs(found.squares![fit * expected.length + i]! - value * value)).toBeLessThan(1e-2);
        });
      });
    } finally {
      program.dispose();
    }
  });

  it("small ones, and devices without quads, have none", () => {
    const [r, c, k] = [new Axis("r", 64), new Axis("c", 64), new Axis("k", 32)];
    const root = g.sum(g.mul(g.input("x", [r, k], "parameter"), g.input("y", [k, c], "parameter")), [k]);
    expect(tilesIn([root], usual)).toEqual([]);
    expect(tilesIn([root], scheduleOptionsFor({ isSoftware: false }))).toEqual([]);
    expect(tilesIn([root], { ...tiled, smallestQuads: 0 })).toEqual([]);
  });
});
