/** Every example's optimisation step on the GPU against the float64 interpreter, on the same draws. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { writeInputs } from "../../src/fit/density.ts";
import { parameterNames, stateNames, stepProgram, traceNames } from "../../src/fit/step.ts";
import type { Backend } from "../../src/graph/program.ts";
import { fullRank, type Guide, meanField } from "../../src/guides/index.ts";
import { naturalGradient } from "../../src/optimizers/index.ts";
import { type ExampleName, exampleNames, loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const STEPS = 3;

async function takeSteps(backend: Backend, name: ExampleName, guide: Guide) {
  const { model, data } = await loadExample(name);
  const traced = model.trace(data);
  const size = traced.coordinate.size;
  // Dense and uneven, so that no entry of the algebra is trivial.
  const factor = Float64Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    return i === j ? 0.05 : i > j ? 0.01 * Math.sin(1 + k) : 0;
  });
  const start = {
    mean: Float64Array.from({ length: size }, (_, i) => 0.3 * Math.cos(i)),
    scale: new Float64Array(size).fill(0.05),
    factor,
  };
  const bound = guide.bind(traced.coordinate, start);
  const settings = { draws: 16, form: "joint", gradient: bound.gradientEstimator } as const;
  const { spec, states } = stepProgram(traced, bound, naturalGradient(), settings);
  const program = await backend.compile(spec);
  try {
    writeInputs(program, [
      ...traced.inputs,
      ...Object.entries(bound.constants).map(([n, { values }]) => [parameterNames.constant(n), values] as const),
      [parameterNames.seed, [5]],
      [parameterNames.drawOffset, [0]],
      [parameterNames.stepSize, [0.05]],
      [parameterNames.averaging, [1]],
    ]);
    for (const [state, { initial }] of Object.entries(states)) program.write(state, initial);
    await program.run(STEPS);
    return await program.read([traceNames.elbo, ...Object.keys(bound.parameters).map(stateNames.lambda)]);
  } finally {
    program.dispose();
  }
}

describe(`${STEPS} steps, GPU against float64`, () => {
  for (const name of exampleNames) {
    for (const guide of [meanField(), fullRank()]) {
      it(`${name}, ${guide.name}`, async () => {
        const expected = await takeSteps(cpuBackend(), name, guide);
        const actual = await takeSteps(gpuBackend(device), name, guide);
        for (const [key, values] of Object.entries(expected)) {
          const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
          // Sums of N terms in float32, three steps deep: some hundreds of rounding errors of the largest entry.
          values.forEach((value, i) => {
            const error = Math.abs(actual[key]![i]! - value) / scale;
            if (!(error < 5e-5)) expect.fail(`${key}[${i}] is ${actual[key]![i]}, not ${value} (scale ${scale})`);
          });
        }
      });
    }
  }
});
