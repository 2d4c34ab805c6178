/** Random graphs of every kind of node: kernels against the float64 interpreter, under schedules of every shape. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { graphShapes, type RandomGraph, randomGraph } from "../support/random-graphs.ts";

const device = await testDevice();
const usual = scheduleOptionsFor(device);

/** Each forces a path that small graphs would not take by themselves. */
const schedules: Record<string, ScheduleOptions> = {
  resident: usual,
  "a dispatch a level, several items a thread, four words at a time": {
    ...usual,
    ...{ residentOperations: 0, smallLevelOperations: 0, workgroupSize: 4, mostWorkgroups: 2, smallestApart: 1 },
    ...{ lanes: false, smallestWide: 1 },
  },
  "one workgroup, threads share draws, all loops written out": {
    ...usual,
    residentOperations: 1e9,
    singleWorkgroupSize: 2,
    mostUnrolled: 1e4,
  },
  "tiled, blocked, sums in place": {
    ...usual,
    residentOperations: 0,
    smallestSplit: 1,
    smallestTile: 4,
    smallestBlocked: 1,
    smallestAvoided: 1,
    mostUnrolled: 0,
    threads: 1 << 20,
    passThreads: 1 << 20,
    smallestPass: 4,
  },
  "as for hardware, passes over rows held in variables": {
    ...usual,
    residentOperations: 0,
    smallestSplit: 1,
    smallestTile: 4,
    smallestBlocked: 1,
    smallestAvoided: 1,
    lanes: false,
    threadArrays: false,
    passThreads: 1 << 20,
    smallestPass: 4,
  },
};

const compare = (options: ScheduleOptions, graph: RandomGraph, roots: readonly Value[]): Promise<void> =>
  expectAgreement(device, options, graph.name, roots, graph.inputs);

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
