/** Kernels of recurrences, and of their adjoints, against the float64 interpreter. */
import { describe, expect, test } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as g from "../../src/graph/ops.ts";
import { programInputs } from "../../src/graph/program.ts";
import * as r from "../../src/graph/reindex.ts";
import { scan, scanAll } from "../../src/graph/scan.ts";
import type { Value } from "../../src/graph/value.ts";
import { MemoryPlanError } from "../../src/webgpu/errors.ts";
import { testDevice } from "../support/gpu.ts";
import { recurrences } from "../support/recurrences.ts";
import { float32Tolerance } from "../support/tolerance.ts";

const device = await testDevice();
const usual = scheduleOptionsFor(device);
const schedules: Record<string, ScheduleOptions> = {
  resident: usual,
  "a dispatch a level, no lanes": { ...usual, residentOperations: 0, smallLevelOperations: 0, lanes: false },
  "a dispatch a level, lanes": { ...usual, residentOperations: 0, smallLevelOperations: 0, lanes: true },
};

async function expectEqual(
  name: string,
  roots: readonly Value[],
  inputs: Readonly<Record<string, readonly number[]>>,
  options: ScheduleOptions,
): Promise<void> {
  const bound = new Map(Object.entries(inputs).map(([input, v]) => [input, Float64Array.from(v)]));
  const expected = evaluate(roots, bound);
  const tolerance = float32Tolerance(roots, bound);
  const outputs = Object.fromEntries(roots.map((root, k) => [`out${k}`, root]));
  const program = await new GpuBackend(device, options).compile({ name, outputs });
  try {
    for (const [input, values] of bound) if (program.hasInput(input)) program.write(input, values);
    await program.run();
    const actual = await program.read(Object.keys(outputs));
    expected.forEach((values, k) => {
      for (const [i, value] of values.entries()) {
        const [got, allowed] = [actual[`out${k}`]![i]!, tolerance[k]![i]!];
        expect(Math.abs(got - value) <= allowed, `out${k}[${i}] is ${got}, not ${value} ± ${allowed}`).toBe(true);
      }
    });
  } finally {
    program.dispose();
  }
}

const inputsOf = (value: Value): Value[] => [...programInputs({ name: "inputs", outputs: { value } }).values()];

for (const [schedule, options] of Object.entries(schedules)) {
  describe(schedule, () => {
    for (const { name, value, inputs } of recurrences({ steps: 7, draws: 8 })) {
      test(`${name}, and its gradient`, () =>
        expectEqual(name, [value, ...gradient(value, inputsOf(value))], inputs, options));
    }
  });
}

test("a long series: 2,000 steps of stochastic volatility, with the gradient in every shock", async () => {
  const time = new Axis("time", 2000);
  const draw = drawAxis(4);
  const [phi, shocks] = [g.input("phi", [draw], "parameter"), g.input("shocks", [time, draw], "parameter")];
  const h = scan(time, 0, (before) => before.mul(phi).add(shocks));
  const log = h.mul(-0.5).sub(g.exp(h.neg()).mul(0.1)).sum(time);
  const noise = Array.from({ length: 8000 }, (_, k) => 0.2 * Math.sin(k * 12.9898));
  await expectEqual(
    "volatility",
    [log, ...gradient(log, [phi, shocks])],
    { phi: [0.9, 0.95, 0.5, -0.3], shocks: noise },
    usual,
  );
});

test("the carries of a recurrence share one kernel", async () => {
  const time = new Axis("time", 64);
  const x = g.input("x", [time], "parameter");
  const [a, b] = scanAll(time, [0, 1], ([a, b]) => [b!.mul(0.5).add(x), a!.sub(b!)]) as [Value, Value];
  const program = await new GpuBackend(device, { ...usual, residentOperations: 0 }).compile({
    name: "two carries",
    outputs: { a, b },
  });
  expect(program.explain().kernels.map(({ regime }) => regime)).toEqual(["scan"]);
  program.dispose();
});

test("carries too large for a thread are refused before anything runs, by name", async () => {
  const [unit, from] = [new Axis("unit", 1500), new Axis("from", 1500)];
  const weights = g.input("weights", [unit], "parameter");
  const time = new Axis("time", 3);
  const wide = scan(time, weights, (h) => h.sub(g.sum(r.rename(h, unit, from), [from])));
  const compiled = new GpuBackend(device, usual).compile({ name: "wide", outputs: { wide } });
  await expect(compiled).rejects.toThrow(MemoryPlanError);
  await expect(compiled).rejects.toThrow(/recurrence along "time"/);
});
