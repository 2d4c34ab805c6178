import { expect, test } from "vitest";
import { builtBundle } from "../support/bundle.ts";
import { testPage } from "../support/page.ts";

const { page, problems, run } = await testPage(await builtBundle());

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
