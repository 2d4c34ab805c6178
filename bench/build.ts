import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/**
 * The library as it is now, with the suite, the peers and the first-result page, each a chunk of its own, in a folder of
 * this run's own, which goes with the process.
 */
export async function buildSite(): Promise<string> {
  mkdirSync(`${root}/bench/out`, { recursive: true });
  const site = mkdtempSync(`${root}/bench/out/site-`);
  process.once("exit", () => rmSync(site, { recursive: true, force: true }));
  const entry = Object.fromEntries(["main", "first", "chart"].map((name) => [name, `${root}/bench/suite/${name}.ts`]));
  await build({
    root,
    configFile: false,
    mode: "production",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: { alias: [{ find: /^elbow-gpu$/, replacement: `${root}/src/index.ts` }] },
    build: {
      outDir: site,
      emptyOutDir: true,
      target: "es2022",
      minify: false,
      sourcemap: true,
      lib: { entry, formats: ["es"] },
      rolldownOptions: {
        external: (id: string) => id.startsWith("node:") || id === "elbow-gpu/node",
        output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  });
  return site;
}
