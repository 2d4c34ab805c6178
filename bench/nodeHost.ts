/** The suite on Dawn in Node: the same built files, imported. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { nodeGpu } from "../src/node/index.ts";
import { root, site } from "./build.ts";
import type { Host } from "./host.ts";
import type { Suite } from "./suite/main.ts";

export async function nodeHost(onProgress: (text: string) => void): Promise<Host> {
  const gpu = await nodeGpu();
  // Node 20 has no navigator, Node 21 has one without gpu.
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const examples = ["eight-schools", "wells", "diamonds", "radon"];
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
    firstResult: async () => null,
    chart: () => Promise.reject(new Error("charts are drawn in Chromium")),
    close: async () => {},
  };
}
