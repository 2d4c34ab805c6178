/** Random graphs of every kind of node: kernels against the float64 interpreter, under schedules of every shape. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { testDevice } from "../support/gpu.ts";
import { graphShapes, type RandomGraph, randomGraph } from "../support/random-graphs.ts";
import { float32Tolerance } from "../support/tolerance.ts";

const device = await testDevice();
const usual = scheduleOptionsFor(device);

/** Each forces a path that small graphs would not take by themselves. */
const schedules: Record<string, ScheduleOptions> = {
  resident: usual,
  "a dispatch a level, no lanes": { ...usual, residentOperations: 0, smallLevelOperations: 0, lanes: false },
  "tiled, blocked, sums in place": {
    ...usual,
    residentOperations: 0,
    smallestSplit: 1,
    smallestTile: 4,
    smallestBlocked: 1,
    smallestAvoided: 1,
    threads: 1 << 20,
  },
};

async function compare(options: ScheduleOptions, graph: RandomGraph, roots: readonly Value[]): Promise<void> {
  const expected = evaluate(roots, graph.inputs);
  const tolerance = float32Tolerance(roots, graph.inputs);
  const outputs = Object.fromEntries(roots.map((root, i) => [`out${i}`, root]));
  const program = await new GpuBackend(device, options).compile({ name: graph.name, outputs });
  try {
    for (const [name, values] of graph.inputs) {
      if (program.hasInput(name)) program.write(name, values);
    }
    await program.run();
    const actual = await program.read(Object.keys(outputs));
    expected.forEach((values, k) => {
      const got = actual[`out${k}`]!;
      values.forEach((value, i) => {
        if (!Number.isFinite(value) || Number.isNaN(tolerance[k]![i]!)) return;
        const error = Math.abs(got[i]! - value);
        if (!(error <= tolerance[k]![i]!)) {
          expect.fail(`${graph.name}: out${k}[${i}] is ${got[i]}, not ${value} ± ${tolerance[k]![i]}`);
        }
      });
    });
  } finally {
    program.dispose();
  }
}

describe("random graphs, GPU against float64", () => {
  for (const [name, options] of Object.entries(schedules)) {
    it(`200 graphs, ${name}`, async () => {
      const shapes = graphShapes({ draws: 8 });
      await fc.assert(
        fc.asyncProperty(shapes, async (shape) => {
          const graph = randomGraph(shape);
          await compare(options, graph, graph.roots);
        }),
        { numRuns: 200, seed: 1 },
      );
    }, 240_000);

    it(`40 gradients, ${name}`, async () => {
      const shapes = graphShapes({ draws: 8, nodes: 12, smooth: true });
      await fc.assert(
        fc.asyncProperty(shapes, async (shape) => {
          const graph = randomGraph(shape);
          const floats = graph.roots.filter((root) => root.dtype === "f32");
          if (floats.length === 0 || graph.parameters.length === 0) return;
          const total = floats.map((root) => sum(root, root.axes)).reduce((a, b) => a.add(b));
          await compare(options, graph, gradient(total, graph.parameters));
        }),
        { numRuns: 40, seed: 2 },
      );
    }, 240_000);
  }
});
