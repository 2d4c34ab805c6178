import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "vite";
import { afterAll } from "vitest";
import { type TestPage, testPage } from "../support/page.ts";
import { root } from "../support/repository.ts";

/** Folder for screenshots, to be looked at: `PLAYGROUND_SCREENSHOTS=folder`. */
const screenshots = process.env.PLAYGROUND_SCREENSHOTS;

export interface Playground extends TestPage {
  readonly folder: string;
  /** Every address that the page or its worker asked for. */
  readonly requests: string[];
  open(slug: string): Promise<void>;
  /** The text of an element once it holds `words`. */
  waitFor(selector: string, words: string | RegExp, seconds?: number): Promise<string>;
  click(name: string): Promise<void>;
  look(name: string): Promise<void>;
  /** What axe-core finds serious or worse. */
  axe(): Promise<string[]>;
}

/** The playground as it would be published, in a real Chromium. */
export async function playground(): Promise<Playground> {
  const parent = join(root, "node_modules", ".cache");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "elbow-playground-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    configFile: join(root, "playground/vite.config.ts"),
    logLevel: "error",
    mode: "production",
    build: { outDir: folder, emptyOutDir: true },
  });
  const test = await testPage(folder);
  const { page } = test;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.setViewport({ width: 1200, height: 900 });
  return {
    ...test,
    folder,
    requests,
    async open(slug) {
      await page.goto(`${test.url}/#/example/${slug}`);
      await page.reload();
      await page.waitForSelector("#fit-heading");
    },
    async waitFor(selector, words, seconds = 40) {
      const pattern = typeof words === "string" ? words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : words.source;
      await page.waitForFunction(
        (where, text) => new RegExp(text).test(document.querySelector(where)?.textContent ?? ""),
        { timeout: seconds * 1000 },
        selector,
        pattern,
      );
      return page.$eval(selector, (element) => element.textContent ?? "");
    },
    click: (name) => page.locator(`::-p-aria([name="${name}"][role="button"])`).click(),
    async axe() {
      await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
      return test.run(`
        const { violations } = await axe.run();
        return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
          .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 200)));`);
    },
    async look(name) {
      if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    },
  };
}
