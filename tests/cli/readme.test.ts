/** The examples of README.md are run as they stand there. */
import { expect, test } from "vitest";
import { codeBlocks, snippetRunner } from "../support/snippets.ts";

const runCode = snippetRunner();
const blocks = codeBlocks("README.md");

const blockWith = (text: string): string => blocks.find((code) => code.includes(text))!;

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
