import { afterAll } from "vitest";
import { openNodeGpu } from "../../src/node/gpu.ts";
import type { GpuDevice, GpuOpenOptions } from "../../src/webgpu/device.ts";

/**
 * The file's device: call once at the top, `const device = await testDevice()`; it is disposed after the last test.
 * Where there is no adapter this throws, and the whole file fails: a missing GPU is never a skip.
 */
export async function testDevice(options: GpuOpenOptions = {}): Promise<GpuDevice> {
  const device = await openNodeGpu(options);
  afterAll(() => device[Symbol.asyncDispose]());
  return device;
}

/** WebGPU's `GPUBufferUsage`, which Node has no global for. */
export const usage = { COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const;

/**
 * Runs one kernel once over `input` (binding 0, read-write) and returns what it leaves there.
 * For tests of single shaders; `workgroups` are counted along x.
 */
export async function runKernel<T extends Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(
  device: GpuDevice,
  wgsl: string,
  input: T,
  workgroups: number,
  name = "test kernel",
): Promise<T> {
  const [pipeline] = await device.createPipelines([{ name, wgsl }]);
  const buffer = await device.allocate(name, input.byteLength, usage.STORAGE | usage.COPY_SRC | usage.COPY_DST);
  try {
    device.write(buffer, 0, input);
    await device.guard(name, () => {
      const group = device.raw.createBindGroup({
        layout: pipeline!.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: buffer.raw } }],
      });
      const encoder = device.raw.createCommandEncoder({ label: name });
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline!);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups);
      pass.end();
      device.submit(encoder);
    });
    const data = await device.readBuffer(buffer);
    return new (input.constructor as new (data: ArrayBuffer) => T)(data);
  } finally {
    buffer.destroy();
  }
}
