import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { gallery } from "./build/gallery.ts";
import { contentSecurityPolicy } from "./build/policy.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  resolve: { alias: [{ find: /^elbow-gpu$/, replacement: here("../src/index.ts") }] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", outDir: here("dist"), emptyOutDir: true, modulePreload: { polyfill: false } },
  worker: { format: "es" },
  plugins: [gallery(here("../examples")), contentSecurityPolicy()],
});
