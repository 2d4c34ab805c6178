import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesUnder, root } from "../support/repository.ts";

test("shaders combine comparisons with & and |: && and || are branches (see ARCHITECTURE.md)", () => {
  const files = filesUnder("shaders", ".wgsl");
  expect(files.length).toBeGreaterThan(50);
  const withBranches = files.filter((file) => /&&|\|\|/.test(readFileSync(join(root, file), "utf8")));
  expect(withBranches).toEqual([]);
});
