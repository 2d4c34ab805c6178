/** The programs of examples/embedding, run as they stand on the built library. */
import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { builtBundle } from "../support/bundle.ts";
import { root } from "../support/repository.ts";

const bundle = await builtBundle();
// A package may import itself by name: the programs stand in the built one.
const exports = { ".": "./index.js", "./node": "./node.js" };
writeFileSync(join(bundle, "package.json"), JSON.stringify({ name: "elbow-gpu", type: "module", exports }));

/** What a program prints as its only line, in a process of its own that ends by itself. */
async function run(name: string): Promise<Record<string, unknown>> {
  const file = join(bundle, name);
  copyFileSync(join(root, "examples/embedding", name), file);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root, timeout: 110_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test("an optimizer from npm, in a worker that waits for the device, ends at the ELBO of fit", {
  timeout: 120_000,
}, async () => {
  const found = await run("outside-optimizer.mjs");
  const { value, standardError } = found.elbo as { value: number; standardError: number };
  const own = (found.fit as { value: number }).value;
  // Four standard errors of other draws, and the bias of a maximum over 4096 fixed ones: at most dim λ / (2 · 4096) · O(1).
  expect(Math.abs(value - own)).toBeLessThan(4 * standardError + 0.01);
  expect(found.evaluations).toBeLessThan(400);
});

test("a worker serves several programs on one device, in bounded memory, and lets go of what is cancelled", {
  timeout: 120_000,
}, async () => {
  const { verdict, ...found } = await run("service.mjs");
  expect(found).toEqual({ same: true, kept: 3, stopped: "cancelled", refused: 4 });
  expect(["reliable", "unreliable"]).toContain(verdict);
});
