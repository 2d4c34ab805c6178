/** Code blocks of a document, run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJiti } from "jiti";
import { afterAll, vi } from "vitest";
import * as elbow from "../../src/index.ts";
import { root } from "./repository.ts";

/** The TypeScript blocks of a document of the repository, in order. */
export const codeBlocks = (path: string): string[] =>
  [...readFileSync(join(root, path), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!);

export interface Ran {
  readonly exported: Record<string, unknown>;
  /** What it wrote to the console. */
  readonly output: string;
}

/** Call once at the top of a test file: runs code as a module that may import "elbow-gpu". */
export function snippetRunner(): (name: string, code: string) => Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "elbow-snippets-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return async (name, code) => {
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
  };
}
