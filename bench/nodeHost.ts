/** The suite on Dawn in Node: the same built files, imported. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { nodeGpu } from "../src/node/index.ts";
import { root } from "./build.ts";
import type { Host } from "./host.ts";
import type { Suite } from "./suite/main.ts";

export async function nodeHost(site: string, onProgress: (text: string) => void): Promise<Host> {
  const gpu = await nodeGpu();
  // Node 20 has no navigator, later ones have one without gpu. jax-js looks at the user agent.
  const navigator = { gpu, userAgent: `Node.js/${process.version}`, hardwareConcurrency: availableParallelism() };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const examples = ["eight-schools", "wells", "diamonds", "radon", "vae-digits"];
  const read = (name: string): unknown => JSON.parse(readFileSync(`${root}/examples/${name}/data.json`, "utf8"));
  Object.assign(globalThis, {
    benchProgress: onProgress,
    benchData: Object.fromEntries(examples.map((name) => [name, read(name)])),
  });
  await import(pathToFileURL(`${site}/main.js`).href);
  const { bench } = globalThis as unknown as { bench: Suite };
  return {
    name: `Node ${process.version} with Dawn`,
    call: async (method, ...args) => await (bench[method] as (...a: unknown[]) => never)(...args),
    plain: null,
    firstResult: async () => null,
    chart: () => Promise.reject(new Error("charts are drawn in Chromium")),
    close: async () => {},
  };
}
