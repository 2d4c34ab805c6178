import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { builtBundle } from "../support/bundle.ts";
import { root } from "../support/repository.ts";

const bundle = await builtBundle();

/** Runs `body` in a Node of its own on the built library, with `env` on top of ours. */
async function inNode(body: string, env: Record<string, string> = {}) {
  const entry = JSON.stringify(pathToFileURL(join(bundle, "node.js")).href);
  const args = ["--input-type=module", "--eval", `import { openNodeGpu } from ${entry};\n${body}`];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, timeout: 30_000 });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

test.each([
  ["after dispose", "await device[Symbol.asyncDispose]();"],
  ["without it", ""],
])("a process that used the GPU ends by itself, %s", async (_, end) => {
  const { code, output } = await inNode(`const device = await openNodeGpu();
    await device.readBuffer(device.createBuffer("x", 64, 0x4));
    ${end}
    console.log("done");`);
  expect(output).toContain("done");
  expect(code).toBe(0);
});

test("no adapter where one is expected is a loud failure that says the remedy", async () => {
  const { code, output } = await inNode("await openNodeGpu();", { VK_ICD_FILENAMES: "/nonexistent/icd.json" });
  expect(code).toBe(1);
  expect(output).toMatch(/NoAdapterError: .*\/nonexistent\/icd\.json.*npm install/);
});

test("a hardware GPU is given, or refused, as required", async () => {
  const { code, output } = await inNode(`
    const device = await openNodeGpu();
    const verdict = await openNodeGpu({ requireHardware: true }).then((d) => (d.dispose(), "given"), (e) => e.code);
    console.log(JSON.stringify({ software: device.isSoftware, verdict }));
    device.dispose();`);
  const { software, verdict } = JSON.parse(output.trim().split("\n").at(-1) ?? "");
  expect(verdict).toBe(software ? "no-adapter" : "given");
  expect(code).toBe(0);
});
