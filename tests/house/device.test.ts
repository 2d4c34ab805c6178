import { describe, expect, test } from "vitest";
import { openNodeGpu } from "../../src/node/gpu.ts";
import {
  DeviceLostError,
  GpuValidationError,
  MemoryPlanError,
  OutOfMemoryError,
  ShaderCompilationError,
} from "../../src/webgpu/errors.ts";
import { runKernel, testDevice, usage } from "../support/gpu.ts";

const device = await testDevice();

const double = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = 2.0 * x[id.x]; }`;

/** What `promise` is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable("it should have failed"),
    (error) => error,
  );

describe("the device", () => {
  test("computes", async () => {
    const input = Float32Array.from({ length: 128 }, (_, i) => i);
    expect(await runKernel(device, double, input, 2)).toEqual(input.map((x) => 2 * x));
  });

  test("says what it is, and stays at the web's floor", () => {
    expect(device.description).toMatch(/\w/);
    expect(/software/.test(device.description)).toBe(device.isSoftware);
    expect(device.limits).toMatchObject({ maxStorageBuffersPerShaderStage: 8, maxComputeWorkgroupStorageSize: 16384 });
    expect(device.raw.limits.maxStorageBuffersPerShaderStage).toBe(8);
    expect(device.raw.limits.maxComputeInvocationsPerWorkgroup).toBe(256);
    expect(device.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27);
  });

  test("plans under a smaller binding limit if told to", async () => {
    await using small = await openNodeGpu({ maxBindingBytes: 2 ** 20 });
    expect(small.limits.maxStorageBufferBindingSize).toBe(2 ** 20);
  });

  test("compiles equal text once", async () => {
    const sources = [1, 2].map((i) => ({ name: `kernel ${i}`, wgsl: double }));
    const [a, b] = await device.createPipelines(sources);
    const [c] = await device.createPipelines(sources);
    expect(b).toBe(a);
    expect(c).toBe(a);
  });

  test("reads several ranges of any length at once", async () => {
    const buffer = device.createBuffer("ranges", 64, usage.COPY_SRC | usage.COPY_DST);
    device.write(
      buffer,
      0,
      Uint8Array.from({ length: 64 }, (_, i) => i),
    );
    const [a, b, c] = await device.readBuffers([
      { buffer, offset: 4, bytes: 3 },
      { buffer, offset: 60, bytes: 4 },
      { buffer, offset: 0, bytes: 0 },
    ]);
    expect([...new Uint8Array(a!)]).toEqual([4, 5, 6]);
    expect([...new Uint8Array(b!)]).toEqual([60, 61, 62, 63]);
    expect(c!.byteLength).toBe(0);
    buffer.destroy();
  });

  test("counts what is alive", async () => {
    const before = { buffers: device.liveBuffers, bytes: device.liveBytes };
    const a = device.createBuffer("a", 10, usage.STORAGE);
    const b = device.createBuffer("b", 100, usage.STORAGE);
    expect(device.liveBuffers).toBe(before.buffers + 2);
    expect(device.liveBytes).toBe(before.bytes + 112);
    a.destroy();
    a.destroy();
    b.destroy();
    expect({ buffers: device.liveBuffers, bytes: device.liveBytes }).toEqual(before);
    for (let i = 0; i < 50; i++) await runKernel(device, double, new Float32Array(64), 1);
    expect({ buffers: device.liveBuffers, bytes: device.liveBytes }).toEqual(before);
  });
});

describe("typed errors", () => {
  test("broken WGSL names the kernel and quotes the line", async () => {
    const wgsl = "@compute @workgroup_size(64)\nfn main() { let x = undefinedName; }\n";
    const error = await failure(device.createPipelines([{ name: "broken/kernel", wgsl }]));
    expect(error).toBeInstanceOf(ShaderCompilationError);
    expect(error).toMatchObject({ code: "shader-compilation", kernel: "broken/kernel", wgsl });
    expect((error as Error).message).toMatch(/broken\/kernel:2:21: error: .*undefinedName.*\n.*2 \| fn main\(\)/);
  });

  test("a kernel over the limits is a validation error that names it", async () => {
    const wgsl = "@compute @workgroup_size(1024) fn main() {}";
    const error = await failure(device.createPipelines([{ name: "too wide", wgsl }]));
    expect(error).toBeInstanceOf(GpuValidationError);
    expect((error as Error).message).toContain("too wide");
  });

  test("a bad call under guard names its label, and the device lives on", async () => {
    const error = await failure(device.guard("bad buffer", () => device.raw.createBuffer({ size: 16, usage: 3 })));
    expect(error).toBeInstanceOf(GpuValidationError);
    expect((error as Error).message).toContain("bad buffer");
    expect([...(await runKernel(device, double, new Float32Array(64).fill(1), 1))]).toEqual(Array(64).fill(2));
  });

  test("a bad call outside guard is not lost: the next call throws it", async () => {
    await using other = await openNodeGpu();
    other.raw.createBuffer({ size: 16, usage: 3 });
    await other.queue.onSubmittedWorkDone();
    expect(() => other.createBuffer("next", 4, usage.STORAGE)).toThrow(GpuValidationError);
    other.createBuffer("after", 4, usage.STORAGE).destroy();
  });

  test("a buffer over the device's limit is refused before it is asked for", () => {
    const create = () => device.createBuffer("huge", 2 ** 50, usage.STORAGE);
    expect(create).toThrow(MemoryPlanError);
    expect(create).toThrow(/"huge": needs 1024 TiB/);
    expect(device.liveBuffers).toBe(0);
  });

  test("memory that is not there is an out-of-memory error, and leaves nothing counted", async () => {
    await using other = await openNodeGpu();
    const size = other.limits.maxBufferSize;
    // No machine holds this many of the largest buffers; on a real GPU a few are granted first.
    const fillUp = async () => {
      for (let i = 0; i < 4096; i++) await other.allocate("filler", size, usage.STORAGE);
    };
    const error = await failure(fillUp());
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect((error as Error).message).toContain('"filler"');
    expect(other.liveBytes).toBe(other.liveBuffers * size);
  });

  test("a lost device fails what is pending and what comes after, saying why", async () => {
    await using other = await openNodeGpu();
    const buffer = other.createBuffer("kept", 64, usage.COPY_SRC);
    const pending = failure(other.readBuffer(buffer));
    other.raw.destroy();
    expect(await pending).toBeInstanceOf(DeviceLostError);
    expect(await other.lost).toMatchObject({ code: "device-lost", reason: "destroyed" });
    expect(other.isLost).toBe(true);
    expect(() => other.createBuffer("later", 4, usage.STORAGE)).toThrow(/later: the GPU device is lost \(destroyed/);
    expect(await failure(other.createPipelines([{ name: "double", wgsl: double }]))).toBeInstanceOf(DeviceLostError);
  });

  test("a disposed device says that it was disposed, and holds nothing", async () => {
    const other = await openNodeGpu();
    other.createBuffer("forgotten", 64, usage.STORAGE);
    await other[Symbol.asyncDispose]();
    other.dispose();
    expect(other.liveBytes).toBe(0);
    expect(await failure(other.guard("late", () => 1))).toMatchObject({ reason: "disposed" });
  });
});
