/** A device against the float64 interpreter, within what float32 arithmetic may do. */
import { expect } from "vitest";
import { GpuBackend } from "../../src/compile/backend.ts";
import type { ScheduleOptions } from "../../src/compile/schedule.ts";
import { evaluate, type Inputs } from "../../src/cpu/interpreter.ts";
import type { Value } from "../../src/graph/value.ts";
import type { GpuDevice } from "../../src/webgpu/device.ts";
import { float32Tolerance } from "./tolerance.ts";

/** Compiles `roots`, runs them on the device, and compares every finite element; see float32Tolerance. */
export async function expectAgreement(
  device: GpuDevice,
  options: ScheduleOptions,
  name: string,
  roots: readonly Value[],
  inputs: Inputs,
): Promise<void> {
  const expected = evaluate(roots, inputs);
  const tolerance = float32Tolerance(roots, inputs);
  const outputs = Object.fromEntries(roots.map((root, i) => [`out${i}`, root]));
  const program = await new GpuBackend(device, options).compile({ name, outputs });
  try {
    for (const [input, values] of inputs) if (program.hasInput(input)) program.write(input, values);
    await program.run();
    const actual = await program.read(Object.keys(outputs));
    expected.forEach((values, k) => {
      const got = actual[`out${k}`]!;
      values.forEach((value, i) => {
        if (!Number.isFinite(value) || Number.isNaN(tolerance[k]![i]!)) return;
        const error = Math.abs(got[i]! - value);
        if (!(error <= tolerance[k]![i]!)) {
          expect.fail(`${name}: out${k}[${i}] is ${got[i]}, not ${value} ± ${tolerance[k]![i]}`);
        }
      });
    });
  } finally {
    program.dispose();
  }
}
