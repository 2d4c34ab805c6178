import { describe, expect, it } from "vitest";
import { GpuBackend, gpuBackend } from "../../src/compile/backend.ts";
import { invertIndex } from "../../src/compile/csr.ts";
import { plan } from "../../src/compile/plan.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as o from "../../src/graph/ops.ts";
import type { Backend, ProgramSpec } from "../../src/graph/program.ts";
import { GpuDevice } from "../../src/webgpu/device.ts";
import { MemoryPlanError } from "../../src/webgpu/errors.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();

function regression(rows: number, predictors: number, draws: number): ProgramSpec {
  const n = new Axis("n", rows);
  const k = new Axis("k", predictors);
  const draw = drawAxis(draws);
  const b = o.input("b", [k, draw], "parameter");
  const eta = o.sum(o.mul(o.input("X", [n, k], "data"), b), [k]);
  const residual = o.sub(o.input("y", [n], "data"), eta);
  return { name: "regression", outputs: { loss: o.sum(o.square(residual), [n]) } };
}

const wave = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(0.7 * i));

async function evaluate(backend: Backend, spec: ProgramSpec, sizes: Record<string, number>) {
  const program = await backend.compile(spec);
  try {
    for (const [name, size] of Object.entries(sizes)) program.write(name, wave(size));
    await program.run();
    return { loss: (await program.read(["loss"])).loss!, explanation: program.explain() };
  } finally {
    program.dispose();
  }
}

describe("memory", () => {
  it("200 programs made, run and disposed leave nothing behind", async () => {
    const backend = gpuBackend(device);
    const spec = regression(50, 3, 8);
    const before = { bytes: device.liveBytes, buffers: device.liveBuffers };
    for (let i = 0; i < 200; i++) await evaluate(backend, spec, { X: 150, y: 50, b: 24 });
    expect({ bytes: device.liveBytes, buffers: device.liveBuffers }).toEqual(before);
  });

  it("data larger than a binding goes into several", async () => {
    const sizes = { X: 20000 * 5, y: 20000, b: 5 * 8 };
    const spec = regression(20000, 5, 8);
    const limits = { maxBindingBytes: 256 * 1024, maxWorkgroups: 65535 };
    const expected = await evaluate(cpuBackend(), spec, sizes);
    const options = gpuBackend(device).options;
    expect([...plan(spec, options, limits).bufferBytes.keys()]).toContain("data1");
    // 400,000 bytes of X at 256 KiB a binding.
    const small = await GpuDevice.open(device.gpu, { maxBindingBytes: limits.maxBindingBytes });
    try {
      const actual = await evaluate(new GpuBackend(small), spec, sizes);
      for (const [i, value] of actual.loss.entries()) expect(value / expected.loss[i]!).toBeCloseTo(1, 5);
      for (const kernel of actual.explanation.kernels) {
        expect(kernel.wgsl.match(/var<storage/g)?.length ?? 0).toBeLessThanOrEqual(8);
      }
    } finally {
      await small[Symbol.asyncDispose]();
    }
  });

  it("more than the bindings can hold is refused before anything is allocated", () => {
    const limits = { maxBindingBytes: 16 * 1024, maxWorkgroups: 65535 };
    expect(() => plan(regression(6000, 5, 8), gpuBackend(device).options, limits)).toThrow(MemoryPlanError);
  });

  it("a predictor that one kernel needs once is never kept", async () => {
    const rows = 5000;
    const { explanation } = await evaluate(gpuBackend(device), regression(rows, 24, 64), {
      X: rows * 24,
      y: rows,
      b: 24 * 64,
    });
    expect(Math.max(...explanation.buffers.map((buffer) => buffer.bytes))).toBeLessThan(4 * rows * 64);
  });

  it("two runs give the same bits", async () => {
    const backend = gpuBackend(device);
    const spec = regression(3000, 7, 16);
    const sizes = { X: 21000, y: 3000, b: 112 };
    const first = await evaluate(backend, spec, sizes);
    const second = await evaluate(backend, spec, sizes);
    expect([...second.loss]).toEqual([...first.loss]);
  });

  it("an index is inverted group by group, in row order", () => {
    const { starts, rows } = invertIndex([2, 0, 2, 1, 0, 2], 4);
    expect([...starts]).toEqual([0, 2, 3, 6, 6]);
    expect([...rows]).toEqual([1, 4, 3, 0, 2, 5]);
  });
});
