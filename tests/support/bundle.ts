import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { afterAll } from "vitest";
import { root } from "./repository.ts";

/**
 * Builds the library as `npm run build` does, from the source as it is now, into a folder of the test file's own, which
 * goes after the last test. It lies under node_modules so that its imports of dependencies resolve. `extra` names further
 * entries, as in `{ device: "src/webgpu/device.ts" }` for a `device.js` beside `index.js`.
 */
export async function builtBundle(extra: Readonly<Record<string, string>> = {}): Promise<string> {
  const parent = join(root, "node_modules", ".cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "elbow-bundle-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const entry = Object.fromEntries(Object.entries(extra).map(([name, file]) => [name, join(root, file)]));
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    mode: "production",
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true, lib: { entry } },
  });
  return folder;
}
