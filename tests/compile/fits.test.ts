/** Programs of many fits: each instance has the bits it would have alone, and the values of the interpreter. */
import { describe, expect, it } from "vitest";
import { GpuBackend, gpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as o from "../../src/graph/ops.ts";
import type { Backend, Executable, ProgramSpec } from "../../src/graph/program.ts";
import type { Value } from "../../src/graph/value.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const gpu = gpuBackend(device);
const options = scheduleOptionsFor(device);
/** The same device without the resident regime, and without four draws a thread. */
const stepwise = new GpuBackend(device, { ...options, residentOperations: 0, smallLevelOperations: 0 });
const laneless = new GpuBackend(device, { ...options, lanes: false });
const cpu = cpuBackend();

const FITS = 3;
const GROUPS = 3;
const group = new Axis("group", GROUPS);
const row = new Axis("row", 12);
const draw = drawAxis(8);

/** Steps up the gradient of a regression with group intercepts, data, index and seed being each fit's own. */
function climb(fits?: number): ProgramSpec {
  const x = o.input("x", [row], "data");
  const y = o.input("y", [row], "data");
  const which = o.indexInput("which", [row], group);
  const weights = o.input("weights", [group], "parameter");
  const loc = o.input("loc", [group], "state");
  const step = o.input("step", [], "state", "u32");
  const source = { seed: o.input("seed", [], "parameter", "u32"), step, drawOffset: o.constant(0, "u32") };
  const z = o.add(loc, o.mul(o.random("normal", 1, [group, draw], source), 0.1));
  // log y² depends on data alone and is computed on the host.
  const target = o.log(o.square(y));
  const residual = o.sub(target, o.mul(x, o.gather(z, group, which)));
  const density = o.sub(
    o.mul(o.sum(o.square(residual), [row]), -0.5),
    o.mul(o.sum(o.mul(o.square(z), weights), [group]), 0.5),
  );
  const [score] = gradient(o.sum(density, [draw]), [z]) as [Value];
  const moved = o.add(loc, o.mul(o.sum(score, [draw]), 0.01 / draw.size));
  return {
    name: "climb",
    outputs: { density, moved },
    next: { loc: moved, step: o.add(step, 1) },
    trace: { mean: o.mean(density, [draw]), first: o.sum(o.square(loc), [group]) },
    ...(fits !== undefined && { fits, shared: new Set(["x"]) }),
  };
}

const ramp = (n: number, f: (i: number) => number): Float64Array => Float64Array.from({ length: n }, (_, i) => f(i));

/** What one fit is given. */
const inputsOf = (fit: number): Record<string, ArrayLike<number>> => ({
  y: ramp(row.size, (i) => 1.5 + Math.sin(fit + i)),
  which: ramp(row.size, (i) => (i * (fit + 1) + fit) % GROUPS),
  weights: ramp(GROUPS, (g) => 1 + g + fit),
  loc: ramp(GROUPS, (g) => 0.1 * (g - fit)),
  step: [fit],
  seed: [40 + fit],
});
const shared = { x: ramp(row.size, (i) => Math.cos(i)) };
const NAMES = ["density", "moved", "loc", "step", "mean", "first"];

function writeFit(program: Executable, fit: number, as: number | undefined): void {
  for (const [name, values] of Object.entries(inputsOf(fit))) program.write(name, values, as);
}

async function alone(backend: Backend, fit: number, runs: readonly number[]) {
  const program = await backend.compile(climb());
  try {
    program.write("x", shared.x);
    writeFit(program, fit, undefined);
    for (const steps of runs) await program.run(steps);
    return await program.read(NAMES);
  } finally {
    program.dispose();
  }
}

async function together(backend: Backend, runs: readonly (number | readonly number[])[]) {
  const program = await backend.compile(climb(FITS));
  try {
    program.write("x", shared.x);
    for (let fit = 0; fit < FITS; fit++) writeFit(program, fit, fit);
    for (const steps of runs) await program.run(steps);
    return { values: await program.read(NAMES), explanation: program.explain() };
  } finally {
    program.dispose();
  }
}

const rowOf = (values: Float64Array, fit: number): number[] => {
  const size = values.length / FITS;
  return [...values.subarray(fit * size, (fit + 1) * size)];
};

describe("a program of many fits", () => {
  for (const [name, backend, regime] of [
    ["resident", gpu, "resident"],
    ["in dispatches", stepwise, "draw-parallel"],
    ["one draw a thread", laneless, "resident"],
    ["interpreted", cpu, "cpu"],
  ] as const) {
    it(`${name}: gives each fit the bits it has alone`, async () => {
      const { values, explanation } = await together(backend, [4, 3]);
      expect(explanation.kernels.map((kernel) => kernel.regime)).toContain(regime);
      for (let fit = 0; fit < FITS; fit++) {
        const expected = await alone(backend, fit, [4, 3]);
        for (const key of NAMES) expect(rowOf(values[key]!, fit), `${key} of fit ${fit}`).toEqual([...expected[key]!]);
      }
    });

    it(`${name}: lets each fit take its own number of steps`, async () => {
      const counts = [2, 0, 5];
      const { values } = await together(backend, [3, counts]);
      for (const [fit, count] of counts.entries()) {
        const expected = await alone(backend, fit, count === 0 ? [3] : [3, count]);
        for (const key of ["density", "moved", "loc", "step"]) {
          expect(rowOf(values[key]!, fit), `${key} of fit ${fit}`).toEqual([...expected[key]!]);
        }
        const trace = rowOf(values.mean!, fit);
        expect(trace.length).toBe(5);
        if (count > 0) expect(trace.slice(0, count)).toEqual([...expected.mean!]);
        expect(trace.slice(count).every(Number.isNaN)).toBe(true);
      }
    });
  }

  it("agrees with the interpreter", async () => {
    const [expected, actual] = [await together(cpu, [7]), await together(gpu, [7])];
    for (const key of NAMES) {
      const scale = Math.max(...expected.values[key]!.map(Math.abs));
      // Sums of a dozen terms in float32, seven steps deep.
      actual.values[key]!.forEach((value, i) => {
        expect(Math.abs(value - expected.values[key]![i]!), `${key}[${i}]`).toBeLessThan(2e-5 * scale);
      });
    }
  });

  it("is one dispatch for all fits, a workgroup each", async () => {
    const { explanation } = await together(gpu, [1]);
    expect(explanation.kernels.map(({ workgroups }) => workgroups)).toEqual([FITS]);
    expect(explanation.stepsPerDispatch).toBeGreaterThan(1);
  });

  it("computes what follows from shared data once, and for new data of one fit that fit's alone", async () => {
    const program = await gpu.compile(climb(FITS));
    try {
      program.write("x", shared.x);
      for (let fit = 0; fit < FITS; fit++) writeFit(program, 0, fit);
      await program.run();
      const before = (await program.read(["density"])).density!;
      for (let fit = 0; fit < FITS; fit++) expect(rowOf(before, fit)).toEqual(rowOf(before, 0));
      for (const name of ["loc", "step"]) program.write(name, inputsOf(0)[name]!);
      program.write("y", inputsOf(2).y!, 1);
      await program.run();
      const { density } = await program.read(["density"], [2, 1]);
      const size = density!.length / 2;
      expect([...density!.subarray(0, size)]).toEqual(rowOf(before, 0));
      expect([...density!.subarray(size)]).not.toEqual(rowOf(before, 0));
    } finally {
      program.dispose();
    }
  });

  it("refuses what makes no sense, naming input and fit", async () => {
    const program = await gpu.compile(climb(FITS));
    try {
      expect(() => program.write("x", shared.x, 1)).toThrow(/"x" is shared/);
      expect(() => program.write("seed", [1], FITS)).toThrow(/no fit 3/);
      expect(() => program.write("y", [1], 0)).toThrow(/takes 12 values, got 1/);
      program.write("x", shared.x);
      writeFit(program, 0, 0);
      await expect(program.run()).rejects.toThrow(/no values yet for fit 1/);
      await program.run([1, 0, 0]);
      await expect(program.run([1, 1])).rejects.toThrow(/steps for 2 fits, where there are 3/);
    } finally {
      program.dispose();
    }
    await expect(gpu.compile({ ...climb(FITS), fits: 0 })).rejects.toThrow(/positive integer/);
    await expect(gpu.compile({ ...climb(FITS), shared: new Set(["loc"]) })).rejects.toThrow(/state "loc"/);
  });

  it("gives its memory back", async () => {
    const before = device.liveBytes;
    await together(gpu, [2]);
    expect(device.liveBytes).toBe(before);
  });
});
