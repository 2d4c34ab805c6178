import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { afterAll } from "vitest";
import { root } from "./repository.ts";

/**
 * Builds the library as `npm run build` does, from the source as it is now, into a folder of the test file's own, which
 * goes after the last test. It lies under node_modules so that its imports of dependencies resolve.
 */
export async function builtBundle(): Promise<string> {
  const parent = join(root, "node_modules", ".cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "elbow-bundle-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    mode: "production",
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true },
  });
  return folder;
}
