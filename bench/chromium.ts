/** The suite in headless Chromium. Every row gets a fresh page, so that no cache or leak of one meets another. */
import puppeteer from "puppeteer";
import { launchOptions } from "../src/node/browser.ts";
import { root } from "./build.ts";
import type { Host } from "./host.ts";
import { serve } from "./server.ts";
import type { FirstResult } from "./suite/first.ts";

export async function chromium(site: string, onProgress: (text: string) => void): Promise<Host> {
  const server = await serve({ "/": site, "/examples/": `${root}/examples` });
  const browser = await puppeteer.launch({ ...(await launchOptions()), protocolTimeout: 0 });
  const inPage = async <T>(body: string, path = "/"): Promise<T> => {
    const page = await browser.newPage();
    try {
      await page.exposeFunction("benchProgress", onProgress);
      await page.goto(server.url + path);
      return (await page.evaluate(`(async () => { ${body} })()`)) as T;
    } finally {
      await page.close();
    }
  };
  const caller =
    (path: string): Host["call"] =>
    (method, ...args) =>
      inPage(`await import("/main.js"); return bench[${JSON.stringify(method)}](...${JSON.stringify(args)});`, path);
  return {
    name: `Chromium ${(await browser.version()).replace(/^.*\//, "")}`,
    call: caller("/"),
    plain: caller("/plain"),
    firstResult: () =>
      inPage<FirstResult & { importSeconds: number }>(`
        const data = await (await fetch("/examples/eight-schools/data.json")).json();
        const began = performance.now();
        const { first } = await import("/first.js");
        const importSeconds = (performance.now() - began) / 1000;
        return { importSeconds, ...await first(data) };`),
    async chart(file, model, results) {
      const page = await browser.newPage();
      await page.setViewport({ width: 760, height: 580 });
      await page.goto(server.url);
      await page.evaluate(
        `import("/chart.js").then((m) => m.drawGrowth(${JSON.stringify(model)}, ${JSON.stringify(results)}))`,
      );
      await page.screenshot({ path: file as `${string}.png` });
      await page.close();
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
