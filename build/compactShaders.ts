import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const SHADER = /\.wgsl\?raw$/;
const REQUIRES = /^\/\/ requires: /;

/** A shader without comments (save what it requires, which the compiler reads), indentation and empty lines. */
export function compact(wgsl: string): string {
  return wgsl
    .split("\n")
    .map((line) => (REQUIRES.test(line) ? line : line.replace(/\/\/.*$/, "").trim()))
    .filter((line) => line !== "")
    .join("\n");
}

/** Shaders are built into the library as what a compiler needs of them. */
export const compactShaders = (): Plugin => ({
  name: "compact-shaders",
  apply: "build",
  enforce: "pre",
  load: {
    filter: { id: SHADER },
    handler: (id) => `export default ${JSON.stringify(compact(readFileSync(id.replace(/\?.*$/, ""), "utf8")))};`,
  },
});
