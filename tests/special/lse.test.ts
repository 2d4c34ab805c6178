import { describe, expect, test } from "vitest";
import { leafClosure } from "../../src/compile/leaves.ts";
import { runKernel, testDevice } from "../support/gpu.ts";
import { span } from "./points.ts";

const device = await testDevice();

const INF = Number.POSITIVE_INFINITY;
const LENGTH = 32;

/** Each thread takes a row: merges its halves term by term from empty, joins the two states, finishes. */
const kernel = `${leafClosure(["e_lseEmpty", "e_lseMerge", "e_lseJoin", "e_lseFinish"])}
@group(0) @binding(0) var<storage, read_write> data: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x * ${LENGTH}u;
  if (row >= arrayLength(&data)) { return; }
  var left = e_lseEmpty();
  var right = e_lseEmpty();
  for (var i = 0u; i < ${LENGTH / 2}u; i++) { left = e_lseMerge(left, data[row + i]); }
  for (var i = ${LENGTH / 2}u; i < ${LENGTH}u; i++) { right = e_lseMerge(right, data[row + i]); }
  data[row] = e_lseFinish(e_lseJoin(left, right));
}`;

async function logSumExp(rows: readonly number[][]): Promise<number[]> {
  const out = await runKernel(device, kernel, Float32Array.from(rows.flat()), Math.ceil(rows.length / 64));
  return rows.map((_, i) => out[i * LENGTH]!);
}

function exact(row: readonly number[]): number {
  const x = row.map(Math.fround);
  const top = Math.max(...x);
  return Number.isFinite(top) ? top + Math.log(x.reduce((sum, v) => sum + Math.exp(v - top), 0)) : top;
}

const row = (fill: number, changes: Record<number, number> = {}) =>
  Array.from({ length: LENGTH }, (_, i) => changes[i] ?? fill);

describe("online log-sum-exp", () => {
  test("random rows of several spreads, some entries -inf", async () => {
    const rows: number[][] = [];
    for (const [stream, spread] of [0.01, 1, 10, 80, 1000].entries()) {
      const values = span(-spread, spread)(1000 * LENGTH, stream);
      for (let r = 0; r < 1000; r++) rows.push(values.slice(r * LENGTH, (r + 1) * LENGTH));
    }
    for (const [r, values] of rows.entries()) if (r % 3 === 0) for (let i = 0; i < r % LENGTH; i++) values[i] = -INF;
    const got = await logSumExp(rows);
    for (const [i, values] of rows.entries()) {
      const want = exact(values);
      // 2 ulp of the result and the rounding of a sum of LENGTH terms.
      expect(Math.abs(got[i]! - want), `row ${i}: ${got[i]}, should be ${want}`).toBeLessThanOrEqual(
        2 ** -22 * Math.abs(want) + LENGTH * 2 ** -24,
      );
    }
  });

  test.each<[string, number[], number]>([
    ["nothing but -inf", row(-INF), -INF],
    ["one finite among -inf, left", row(-INF, { 3: 2.5 }), 2.5],
    ["one finite among -inf, right", row(-INF, { 20: -7 }), -7],
    ["one inf", row(1, { 5: INF }), INF],
    ["two inf, one half each", row(1, { 5: INF, 30: INF }), INF],
    ["inf and -inf", row(-INF, { 0: INF }), INF],
    ["equal terms", row(0), Math.log(LENGTH)],
    ["large negative terms", row(-1e30), -1e30],
    ["largest float", row(3.4e38), 3.4e38],
    ["a NaN first", row(1, { 0: Number.NaN }), Number.NaN],
    ["a NaN in the middle", row(1, { 17: Number.NaN }), Number.NaN],
    ["a NaN among -inf", row(-INF, { 9: Number.NaN }), Number.NaN],
    ["a NaN and an inf", row(1, { 2: Number.NaN, 4: INF }), Number.NaN],
  ])("%s", async (_name, values, want) => {
    const [got] = await logSumExp([values]);
    if (Number.isFinite(want)) expect(Math.abs(got! - want)).toBeLessThanOrEqual(2 ** -22 * Math.abs(want));
    else expect(got).toBe(want);
  });
});
