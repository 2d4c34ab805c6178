/** The examples of README.md are run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJiti } from "jiti";
import { afterAll, expect, test, vi } from "vitest";
import * as elbow from "../../src/index.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "elbow-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
  ([, code]) => code!,
);

const blockWith = (text: string): string => blocks.find((code) => code.includes(text))!;

async function runCode(name: string, code: string): Promise<{ exported: Record<string, unknown>; output: string }> {
  const file = join(folder, name);
  writeFileSync(file, code);
  const jiti = createJiti(import.meta.url, { virtualModules: { "elbow-gpu": elbow }, interopDefault: false });
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const exported = await jiti.import<Record<string, unknown>>(file);
    return { exported, output: log.mock.calls.flat().join("\n") };
  } finally {
    log.mockRestore();
  }
}

test("the first example prints a summary and a diagnosis", async () => {
  const { output } = await runCode("first.ts", blocks[0]!);
  expect(output).toMatch(/theta\[8\] +\d/);
  expect(output).toMatch(/verdict +(reliable|unreliable)/);
});

test("so does the example of many fits", async () => {
  const first = blocks[0]!.replace(/const posterior =[\s\S]*/, "").replace("import { fit,", "import { fitMany,");
  const data = "const dataSets = [0, 1, 2, 3].map((k) => ({ ...data, y: data.y.map((y) => y + k) }));";
  const { output } = await runCode("many.ts", `${first}\n${data}\n${blockWith("fitMany(")}\ndevice.dispose();\n`);
  expect(output).toMatch(/theta\[8\] +\d/);
});

test("the embedding example goes on from it", async () => {
  const first = blocks[0]!.replace(/const posterior[\s\S]*/, "");
  const code = `${first}\n${blockWith("compileElbo(")}\nexport { value, standardError, gradient, nonFinite };\ndevice.dispose();\n`;
  const { exported } = await runCode("embedding.ts", code);
  expect(exported.value).toBeLessThan(-31.3);
  expect(exported.standardError).toBeGreaterThan(0);
  expect(exported.nonFinite).toBe(0);
  expect(Object.keys(exported.gradient as object).length).toBeGreaterThan(0);
});
