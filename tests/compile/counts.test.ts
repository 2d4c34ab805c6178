/** What does not depend on the machine: dispatches, buffers and bindings of every example's optimisation step. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { stepProgram } from "../../src/fit/step.ts";
import type { Explanation } from "../../src/graph/program.ts";
import { fullRank, type Guide, meanField } from "../../src/guides/index.ts";
import { naturalGradient } from "../../src/optimizers/index.ts";
import { type ExampleName, exampleNames, loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const backend = gpuBackend(device);

async function explainStep(name: ExampleName, guide: Guide, draws: number): Promise<Explanation> {
  const { model, data } = await loadExample(name);
  const traced = model.trace(data);
  const size = traced.coordinate.size;
  const factor = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 0.1 : 0));
  const start = { mean: new Float64Array(size), scale: new Float64Array(size).fill(0.1), factor };
  const bound = guide.bind(traced.coordinate, start);
  const settings = { draws, form: "joint", gradient: bound.gradientEstimator } as const;
  // Compiles every shader of the step: an error in one is an error here.
  const program = await backend.compile(stepProgram(traced, bound, naturalGradient(), settings).spec);
  try {
    return program.explain();
  } finally {
    program.dispose();
  }
}

const largestBuffer = (explanation: Explanation): number => Math.max(...explanation.buffers.map(({ bytes }) => bytes));

describe("the optimisation step", () => {
  for (const name of exampleNames) {
    for (const guide of [meanField(), fullRank()]) {
      it(`of ${name}, ${guide.name}: compiles, within eight storage bindings a kernel, and branches for no && or ||`, async () => {
        const explanation = await explainStep(name, guide, 16);
        for (const { wgsl } of explanation.kernels) {
          // Each of these in a loop doubles the time that SwiftShader takes to compile: 20 of them 1 s, 26 of them 37 s.
          expect(wgsl.replaceAll(/\/\/.*/g, "")).not.toMatch(/&&|\|\|/);
          expect(wgsl.match(/var<storage/g)?.length ?? 0).toBeLessThanOrEqual(8);
        }
      });
    }
  }

  it("of eight schools with 64 draws is resident: one dispatch for many steps", async () => {
    for (const guide of [meanField(), fullRank()]) {
      const explanation = await explainStep("eight-schools", guide, 64);
      expect(explanation.kernels.map((kernel) => kernel.regime)).toEqual(["resident"]);
      expect(explanation.stepsPerDispatch).toBeGreaterThanOrEqual(100);
    }
  });

  it("of wells and radon, mean-field, takes at most four dispatches and keeps nothing of size draws × data", async () => {
    for (const [name, rows] of [
      ["wells", 3020],
      ["radon", 919],
    ] as const) {
      const explanation = await explainStep(name, meanField(), 16);
      expect(explanation.dispatchesPerStep).toBeLessThanOrEqual(4);
      expect(explanation.kernels.map((kernel) => kernel.regime)).toContain("data-parallel");
      expect(largestBuffer(explanation)).toBeLessThan(4 * 16 * rows);
    }
  });

  it("of wells and radon with 64 draws does no worse", async () => {
    for (const [name, rows] of [
      ["wells", 3020],
      ["radon", 919],
    ] as const) {
      const explanation = await explainStep(name, meanField(), 64);
      expect(explanation.dispatchesPerStep).toBeLessThanOrEqual(4);
      expect(largestBuffer(explanation)).toBeLessThan(4 * 64 * rows);
    }
  });

  it("of diamonds, a contraction, takes at most six dispatches", async () => {
    for (const guide of [meanField(), fullRank()]) {
      const explanation = await explainStep("diamonds", guide, 16);
      expect(explanation.kernels.map((kernel) => kernel.regime)).toContain("contraction");
      expect(explanation.dispatchesPerStep).toBeLessThanOrEqual(6);
    }
  });
});
