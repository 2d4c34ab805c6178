import { chmodSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compactShaders } from "./build/compactShaders.ts";
import manifest from "./package.json" with { type: "json" };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// d3-dsv is not among these: it is bundled, so that a page can load dist/index.js as it stands.
const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, "@sparticuz/chromium": "" });

export default defineConfig({
  resolve: {
    alias: [
      { find: /^elbow-gpu$/, replacement: here("src/index.ts") },
      { find: /^elbow-gpu\/node$/, replacement: here("src/node/index.ts") },
    ],
  },
  build: {
    target: "es2022",
    sourcemap: true,
    lib: {
      entry: { index: here("src/index.ts"), node: here("src/node/index.ts"), cli: here("src/cli/index.ts") },
      formats: ["es"],
    },
    license: { fileName: "third-party.md" },
    rolldownOptions: {
      external: (id) => id.startsWith("node:") || external.some((name) => id === name || id.startsWith(`${name}/`)),
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        // Lines stay, so that a stack trace in Node shows one of them and not the whole file.
        minify: { compress: true, mangle: true, codegen: false },
      },
    },
  },
  plugins: [
    compactShaders(),
    {
      name: "executable-cli",
      apply: "build",
      generateBundle(_options, bundle) {
        const cli = bundle["cli.js"];
        if (cli?.type === "chunk" && !cli.code.startsWith("#!")) cli.code = `#!/usr/bin/env node\n${cli.code}`;
      },
      writeBundle({ dir }) {
        chmodSync(join(dir ?? here("dist"), "cli.js"), 0o755);
      },
    },
  ],
  test: {
    include: ["tests/**/*.test.ts"],
    // The Vulkan driver is chosen by the environment, and worker threads do not have the real one.
    pool: "forks",
    // Compilation of the costliest kernels takes half a minute on a software adapter with two cores to itself.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: ["default"],
    // A run that finds no tests is not a pass.
    passWithNoTests: false,
  },
});
