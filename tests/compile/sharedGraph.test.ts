/** Graphs in which every value is read twice: a walk that forgets where it has been takes 2^depth steps. */
import { expect, test } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { contract } from "../../src/graph/linalg.ts";
import * as o from "../../src/graph/ops.ts";
import type { ProgramSpec } from "../../src/graph/program.ts";
import { rename } from "../../src/graph/reindex.ts";
import { scan } from "../../src/graph/scan.ts";
import type { Value } from "../../src/graph/value.ts";
import { testDevice } from "../support/gpu.ts";

const DEPTH = 40;
const device = await testDevice();
const usual = scheduleOptionsFor(device);

/** v ↦ v (1 − v/4), so many times over: between 0 and 1 for v in (0, 1), however often. */
function deep(x: Value): Value {
  let v = x;
  for (let k = 0; k < DEPTH; k++) v = o.mul(v, o.sub(1, o.mul(v, 0.25)));
  return v;
}

const [row, column, other] = [new Axis("row", 6), new Axis("column", 8), new Axis("other", 12)];
const draw = drawAxis(8);
const x = o.input("x", [row, column], "parameter");
const y = o.input("y", [column, draw], "parameter");
const w = o.input("w", [column, other], "parameter");
const state = o.input("state", [row], "state");

const product = contract(deep(x), deep(y), column);
const programs: Record<string, Omit<ProgramSpec, "name">> = {
  maps: { outputs: { value: deep(x) } },
  "a contraction and its gradient": {
    outputs: {
      product,
      total: o.sum(deep(product), [row, draw]),
      slope: gradient(o.sum(deep(product), [row, draw]), [x])[0]!,
    },
  },
  "sums inside what is summed": {
    outputs: { value: o.sum(deep(o.mul(contract(w, y, column), 0.02)), [other]) },
  },
  "a recurrence": { outputs: { value: scan(column, 0.5, (c) => deep(o.mul(o.add(c, x), 0.5))) } },
  "a state": { outputs: {}, next: { state: o.add(deep(state), rename(o.mul(deep(state), 0), row, row)) } },
  "a state and what all of it makes": {
    outputs: {},
    next: { state: o.mul(deep(state), deep(o.div(o.sum(state, [row]), 6))) },
  },
};

const schedules = {
  resident: usual,
  "a dispatch a level, contractions in blocks": {
    ...usual,
    ...{ residentOperations: 0, smallLevelOperations: 0, smallestBlocked: 0, smallestAvoided: 1 },
  },
};

const values = (size: number, first: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => 0.1 + 0.8 * Math.abs(Math.sin(first + i)));

for (const [schedule, options] of Object.entries(schedules)) {
  for (const [name, spec] of Object.entries(programs)) {
    test(`${schedule}: ${name}, ${DEPTH} deep`, async () => {
      const run = async (backend: Pick<GpuBackend, "compile">): Promise<Record<string, Float64Array>> => {
        const program = await backend.compile({ name, ...spec });
        try {
          for (const [input, data] of [
            ["x", values(48, 1)],
            ["y", values(64, 2)],
            ["w", values(96, 3)],
            ["state", values(6, 4)],
          ] as const)
            if (program.hasInput(input)) program.write(input, data);
          await program.run(1);
          return await program.read([...Object.keys(spec.outputs), ...Object.keys(spec.next ?? {})]);
        } finally {
          program.dispose();
        }
      };
      const [expected, got] = [await run(cpuBackend()), await run(new GpuBackend(device, options))];
      for (const [key, found] of Object.entries(expected)) {
        // Three roundings a step, and a factor of at most 1 from step to step: 120 of 6e-8 and those of the sums.
        found.forEach((value, i) => {
          expect(Math.abs(got[key]![i]! - value)).toBeLessThan(2e-5 * (1 + Math.abs(value)));
        });
      }
    });
  }
}
