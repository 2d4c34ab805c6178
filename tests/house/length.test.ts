import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, root } from "../support/repository.ts";

test("a file holds one idea: about 400 lines, never over 450", () => {
  const lengths = ["src", "shaders", "playground", "bench", "tests"]
    .flatMap((folder) => filesUnder(folder, ".ts", ".tsx", ".wgsl"))
    .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length - 1 }));
  for (const { file, lines } of lengths) if (lines > 400) console.warn(`${file} has ${lines} lines: split it soon`);
  expect(lengths.filter(({ lines }) => lines > 450)).toEqual([]);
});
