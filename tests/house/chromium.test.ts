import { expect, test } from "vitest";
import { builtBundle } from "../support/bundle.ts";
import { testPage } from "../support/page.ts";

const { page, problems, run } = await testPage(await builtBundle({ device: "src/webgpu/device.ts" }));

test("a real Chromium has a WebGPU adapter and a device", async () => {
  const found = await page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter?.requestDevice();
    return device && { secure: isSecureContext, bindings: device.limits.maxStorageBuffersPerShaderStage };
  });
  expect(found).toEqual({ secure: true, bindings: 8 });
});

test("the built bundle loads in a page as it stands", async () => {
  expect(await run('return typeof (await import("/index.js"))')).toBe("object");
  expect(problems).toEqual([]);
});

test("the device computes and types its errors as it does in Node", async () => {
  const found = await run(`
    const { GpuDevice } = await import("/device.js");
    const device = await GpuDevice.open(navigator.gpu);
    const fails = (promise) => promise.then(() => "nothing", (e) => e.code + (e.kernel ? " " + e.kernel : ""));
    const wgsl = "@group(0) @binding(0) var<storage, read_write> x: array<f32>;" +
      "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) i: vec3u) { x[i.x] = f32(i.x); }";
    const [pipeline] = await device.createPipelines([{ name: "iota", wgsl }]);
    const buffer = await device.allocate("x", 256, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const encoder = device.raw.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = [{ binding: 0, resource: { buffer: buffer.raw } }];
    pass.setBindGroup(0, device.raw.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    device.submit(encoder);
    const last = new Float32Array(await device.readBuffer(buffer, 252, 4))[0];
    const broken = await fails(device.createPipelines([{ name: "broken", wgsl: "fn main() { nonsense }" }]));
    const wide = "@compute @workgroup_size(1024) fn main() {}";
    const tooWide = await fails(device.createPipelines([{ name: "wide", wgsl: wide }]));
    const invalid = await fails(device.guard("invalid", () => device.raw.createBuffer({ size: 16, usage: 3 })));
    const fillUp = async () => { for (;;) await device.allocate("filler", device.limits.maxBufferSize, 0x80); };
    const full = await fails(fillUp());
    device.raw.destroy();
    await device.lost;
    const lost = await fails(device.readBuffer(buffer));
    device.dispose();
    return { last, broken, tooWide, invalid, full, lost, liveBytes: device.liveBytes };
  `);
  expect(found).toEqual({
    last: 63,
    broken: "shader-compilation broken",
    tooWide: "gpu-validation",
    invalid: "gpu-validation",
    full: "out-of-memory",
    lost: "device-lost",
    liveBytes: 0,
  });
});
