import { expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { Axis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import { input } from "../../src/graph/ops.ts";
import type { Backend } from "../../src/graph/program.ts";
import { shuffledIndices } from "../../src/graph/shuffle.ts";
import { testDevice } from "../support/gpu.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

const source = {
  seed: input("seed", [], "parameter", "u32"),
  step: input("step", [], "parameter", "u32"),
  drawOffset: input("drawOffset", [], "parameter", "u32"),
};

async function shuffles(backend: Backend, count: number, size: number, steps: number): Promise<Float64Array[]> {
  const outputs = { index: shuffledIndices(new Axis("batch", count), size, source, 7) };
  const program = await backend.compile({ name: "shuffle", outputs });
  program.write("seed", [11]);
  program.write("drawOffset", [0]);
  const found: Float64Array[] = [];
  for (let step = 0; step < steps; step++) {
    program.write("step", [step]);
    await program.run();
    found.push((await program.read(["index"])).index!.slice());
  }
  program.dispose();
  return found;
}

it.each([[1], [2], [7], [97], [1000]])("all of %i positions are a permutation", async (size) => {
  for (const order of await shuffles(cpu, size, size, 5)) {
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
  }
});

it("large plates: distinct and in range", async () => {
  const size = 2 ** 30 - 3;
  const [order] = await shuffles(cpu, 5000, size, 1);
  expect(new Set(order).size).toBe(5000);
  expect(Math.min(...order!)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...order!)).toBeLessThan(size);
  // Uniform on the range: the mean of 5000 distinct positions has standard error size/√(12·5000).
  const mean = order!.reduce((a, b) => a + b) / 5000;
  expect(Math.abs(mean / size - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 5000));
});

it("every position, and every pair, is drawn as often as by chance", async () => {
  const [size, count, steps] = [12, 4, 6000];
  const single = new Float64Array(size);
  const pairs = new Float64Array(size * size);
  for (const order of await shuffles(cpu, count, size, steps)) {
    for (const i of order) {
      single[i]!++;
      for (const j of order) if (i < j) pairs[i * size + j]!++;
    }
  }
  const check = (frequency: number, probability: number): void => {
    // Five standard errors of a frequency: 78 are looked at.
    expect(Math.abs(frequency - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / steps));
  };
  for (const [i, times] of single.entries()) {
    check(times / steps, count / size);
    for (let j = i + 1; j < size; j++) {
      check(pairs[i * size + j]! / steps, (count * (count - 1)) / (size * (size - 1)));
    }
  }
});

it("the device draws the same positions", async () => {
  expect(await shuffles(gpu, 33, 1009, 3)).toEqual(await shuffles(cpu, 33, 1009, 3));
});

it("refuses more positions than there are", () => {
  expect(() => shuffledIndices(new Axis("batch", 5), 4, source, 0)).toThrow(GraphError);
});
