import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compactShaders } from "../build/compactShaders.ts";
import { gallery } from "./build/gallery.ts";
import { contentSecurityPolicy } from "./build/policy.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  resolve: { alias: [{ find: /^elbow-gpu$/, replacement: here("../src/index.ts") }] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", outDir: here("dist"), emptyOutDir: true, modulePreload: { polyfill: false } },
  // One file, so that nothing is asked for while a fit runs.
  worker: { format: "es", plugins: () => [compactShaders()], rolldownOptions: { output: { codeSplitting: false } } },
  plugins: [compactShaders(), gallery(here("../examples")), contentSecurityPolicy()],
});
