/** What a fit leaves behind: nothing that runs, and nothing on the device once that is disposed of. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { builtBundle } from "../support/bundle.ts";
import { testPage } from "../support/page.ts";

const bundle = await builtBundle({ backend: "src/compile/backend.ts" });
const { page, problems, run, url } = await testPage(bundle);

/** Counts what WebGPU is asked for, and timers that are still to come, from outside the library. */
const instruments = `
  const seen = { live: new Map(), devices: 0, modules: 0, submits: 0, timers: new Set(), waiting: 0, sideBySide: 0, blocking: 0 };
  globalThis.seen = seen;
  const wrap = (of, name, around) => {
    const original = of[name];
    of[name] = function (...given) { return around.call(this, (...args) => original.apply(this, args), ...given); };
  };
  wrap(GPUAdapter.prototype, "requestDevice", async (call, ...given) => { const made = await call(...given); seen.devices++; return made; });
  wrap(GPUDevice.prototype, "destroy", (call) => { seen.devices--; return call(); });
  wrap(GPUDevice.prototype, "createBuffer", (call, given) => { const made = call(given); seen.live.set(made, given.size); return made; });
  wrap(GPUBuffer.prototype, "destroy", function (call) { seen.live.delete(this); return call(); });
  wrap(GPUDevice.prototype, "createShaderModule", (call, given) => { seen.modules++; return call(given); });
  wrap(GPUDevice.prototype, "createComputePipeline", (call, given) => { seen.blocking++; return call(given); });
  wrap(GPUDevice.prototype, "createComputePipelineAsync", async (call, given) => {
    seen.sideBySide = Math.max(seen.sideBySide, ++seen.waiting);
    try { return await call(given); } finally { seen.waiting--; }
  });
  wrap(GPUQueue.prototype, "submit", (call, given) => { seen.submits++; return call(given); });
  wrap(globalThis, "setTimeout", (call, task, wait, ...rest) => {
    const id = call((...given) => { seen.timers.delete(id); task(...given); }, wait, ...rest);
    seen.timers.add(id);
    return id;
  });
  wrap(globalThis, "clearTimeout", (call, id) => { seen.timers.delete(id); return call(id); });
  wrap(globalThis, "setInterval", (call, ...given) => { const id = call(...given); seen.timers.add(id); return id; });
  wrap(globalThis, "clearInterval", (call, id) => { seen.timers.delete(id); return call(id); });
`;

/** Radon's shape in small: enough kernels for some to compile side by side. */
const model = `
  const groups = model("groups", ({ plate, sample, observe }, data) => {
    const group = plate("group", 4);
    const row = plate("row", data.y.length);
    const scale = sample("scale", halfNormal(1));
    const level = sample("level", normal(0, scale), [group]);
    observe("y", normal(level.at(index(data.group, [row], group)), 1), real(data.y, [row]));
  });
  const data = (shift) => ({
    group: Array.from({ length: 40 }, (_, i) => i % 4),
    y: Array.from({ length: 40 }, (_, i) => (i % 4) + Math.sin(i) + shift),
  });
  const check = { batches: 1, drawsPerBatch: 1000, summaryDraws: 1000, evidenceDraws: 1000 };
`;
const names = "fit, fullRank, halfNormal, index, meanField, model, normal, openDevice, real";

test("in a page: pipelines compile side by side and once; a finished fit is idle; a disposed device holds nothing", async () => {
  await page.evaluateOnNewDocument(instruments);
  await page.goto(url);
  await run(`
    const { ${names} } = await import("/index.js");
    ${model}
    globalThis.device = await openDevice({ kind: "gpu" });
    globalThis.again = (shift) => fit(groups, data(shift), { device, guide: meanField(), seed: 1, check });
    globalThis.posterior = await again(0);`);
  const compiled = await run<{ modules: number; sideBySide: number; blocking: number }>("return seen;");
  expect(compiled.modules).toBeGreaterThan(1);
  expect(compiled.sideBySide).toBeGreaterThan(1);
  expect(compiled.blocking).toBe(0);

  // Other data of the same shape: programs of the same structure, whose kernels there are already.
  const more = await run<number>(
    "const before = seen.modules; await (await again(1))[Symbol.asyncDispose](); return seen.modules - before;",
  );
  expect(more).toBe(0);

  const state = () =>
    run<{ submits: number; timers: number }>("return { submits: seen.submits, timers: seen.timers.size };");
  const before = { ...(await state()), busy: (await page.metrics()).TaskDuration! };
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = { ...(await state()), busy: (await page.metrics()).TaskDuration! };
  expect(before.timers).toBe(0);
  expect(after.timers).toBe(0);
  expect(after.submits).toBe(before.submits);
  // Of a second; what asking for these numbers takes is in it.
  expect(after.busy - before.busy).toBeLessThan(0.1);

  const bytes = "[...seen.live.values()].reduce((sum, size) => sum + size, 0)";
  expect(await run<number>(`return ${bytes};`)).toBeGreaterThan(0);
  await run("await posterior[Symbol.asyncDispose]();");
  const held = await run<{ bytes: number; kept: number }>(`return { bytes: ${bytes}, kept: device.device.liveBytes };`);
  // What a posterior held is gone; a few buffers for reading back stay for the next.
  expect(held.kept).toBe(0);
  expect(held.bytes).toBeLessThanOrEqual(64 * 2 ** 20);
  await run("await device[Symbol.asyncDispose]();");
  expect(
    await run(`return { bytes: ${bytes}, buffers: seen.live.size, devices: seen.devices, timers: seen.timers.size };`),
  ).toEqual({
    bytes: 0,
    buffers: 0,
    devices: 0,
    timers: 0,
  });
  expect(problems).toEqual([]);
}, 60_000);

test("in Node: a process whose fit has ended uses no CPU, and ends by itself", async () => {
  const href = (file: string) => JSON.stringify(pathToFileURL(join(bundle, file)).href);
  const script = `
    import { ${names} } from ${href("index.js")};
    import { gpuBackend } from ${href("backend.js")};
    import { openNodeGpu } from ${href("node.js")};
    ${model}
    const device = gpuBackend(await openNodeGpu());
    const posterior = await fit(groups, data(0), { device, guide: fullRank(), seed: 1, check });
    const resources = process.getActiveResourcesInfo();
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ stopped: posterior.toJSON().stopped, resources, seconds: (user + system) / 1e6 }));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { timeout: 50_000 });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect(code, output).toBe(0);
  const { stopped, resources, seconds } = JSON.parse(output.trim().split("\n").at(-1)!);
  expect(stopped).toBe("converged");
  expect(resources).not.toContain("Timeout");
  expect(seconds).toBeLessThan(0.1);
}, 60_000);
