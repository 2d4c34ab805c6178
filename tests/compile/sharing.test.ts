/** Sums over draws shared by the threads of a grid, which have their loops written out: values, and bits of many fits. */
import { describe, expect, it } from "vitest";
import { GpuBackend, gpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { writeInputs } from "../../src/fit/density.ts";
import { parameterNames, stateNames, stepProgram, traceNames } from "../../src/fit/step.ts";
import type { Backend, Executable } from "../../src/graph/program.ts";
import { fullRank, type Guide, meanField } from "../../src/guides/index.ts";
import { naturalGradient } from "../../src/optimizers/index.ts";
import { loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const options = { ...scheduleOptionsFor(device), residentOperations: 2e4, smallLevelOperations: 2e4 };
const inGrids = new GpuBackend(device, { ...options, lanes: true, sharingThreads: 256 });
const laneless = new GpuBackend(device, { ...options, lanes: false, sharingThreads: 64 });
const STEPS = 3;
const FITS = 3;

async function stepsOf(backend: Backend, draws: number, guide: Guide, seeds: readonly number[]) {
  const { model, data } = await loadExample("eight-schools");
  const traced = model.trace(data);
  const size = traced.coordinate.size;
  const start = {
    mean: Float64Array.from({ length: size }, (_, i) => 0.3 * Math.cos(i)),
    scale: new Float64Array(size).fill(0.05),
    factor: Float64Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 0.05 : 0)),
  };
  const bound = guide.bind(traced.coordinate, start);
  const settings = { draws, form: "joint", gradient: bound.gradientEstimator } as const;
  const { spec, states } = stepProgram(traced, bound, naturalGradient(), settings);
  const many = seeds.length > 1;
  const program: Executable = await backend.compile({ ...spec, ...(many && { fits: seeds.length }) });
  try {
    writeInputs(program, [
      ...traced.inputs,
      ...Object.entries(bound.constants).map(([n, { values }]) => [parameterNames.constant(n), values] as const),
      [parameterNames.seed, [seeds[0]!]],
      [parameterNames.drawOffset, [0]],
      [parameterNames.stepSize, [0.05]],
      [parameterNames.averaging, [1]],
    ]);
    if (many) for (const [fit, seed] of seeds.entries()) program.write(parameterNames.seed, [seed], fit);
    for (const [state, { initial }] of Object.entries(states)) program.write(state, initial);
    await program.run(STEPS);
    const values = await program.read([traceNames.elbo, ...Object.keys(bound.parameters).map(stateNames.lambda)]);
    return { values, wgsl: program.explain().kernels.map((kernel) => kernel.wgsl) };
  } finally {
    program.dispose();
  }
}

/** Whether sums over draws are shared in a grid: one that has no loop of one workgroup around it. */
const sharesInGrid = (wgsl: readonly string[]): boolean =>
  wgsl.some((text) => text.includes("over the thread's own draws") && text.includes("let block = "));

describe(`${STEPS} steps of eight schools in a grid with its loops written out`, () => {
  it.each([
    ["600 draws, so many a thread", inGrids, 600, meanField(), true],
    ["1,024 draws", inGrids, 1024, meanField(), true],
    ["an odd number of draws a thread, one at a time", laneless, 192, meanField(), true],
    // 4 × 263: no number of threads goes into it.
    ["1,052 draws, which no threads share", inGrids, 1052, meanField(), false],
    ["full rank, of more sums than a thread keeps", inGrids, 1024, fullRank(), false],
  ] as const)("%s: float64's values", async (_name, backend, draws, guide, shares) => {
    const expected = await stepsOf(cpuBackend(), draws, guide, [5]);
    const actual = await stepsOf(backend, draws, guide, [5]);
    expect(sharesInGrid(actual.wgsl)).toBe(shares);
    for (const [key, values] of Object.entries(expected.values)) {
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
      // As in steps.test.ts: some hundreds of rounding errors of the largest entry.
      values.forEach((value, i) => {
        expect(Math.abs(actual.values[key]![i]! - value)).toBeLessThan(5e-5 * scale);
      });
    }
  });

  it("gives each of many fits the bits it has alone", async () => {
    const seeds = Array.from({ length: FITS }, (_, fit) => 7 + fit);
    const together = await stepsOf(inGrids, 600, meanField(), seeds);
    expect(sharesInGrid(together.wgsl)).toBe(true);
    for (const [fit, seed] of seeds.entries()) {
      const alone = await stepsOf(inGrids, 600, meanField(), [seed]);
      for (const [key, values] of Object.entries(alone.values)) {
        const size = values.length;
        expect(together.values[key]!.slice(fit * size, (fit + 1) * size)).toEqual(values);
      }
    }
  });

  it("the default for this device keeps few draws in one workgroup", async () => {
    const { wgsl } = await stepsOf(gpuBackend(device), 64, meanField(), [1]);
    expect(sharesInGrid(wgsl)).toBe(false);
  });
});
