import puppeteer, { type Browser, type Page } from "puppeteer";
import { afterAll } from "vitest";
import { launchOptions } from "../../src/node/browser.ts";
import { type StaticServer, serve } from "./server.ts";

export interface TestPage {
  readonly page: Page;
  readonly url: string;
  /** Paths that page and workers have asked the server for. */
  readonly requested: readonly string[];
  /** Uncaught errors, failed loads and console errors of the page so far. */
  readonly problems: string[];
  /**
   * Runs the text of an async function's body in the page and returns its result. Text, since vitest rewrites `import()`
   * in a function handed to `page.evaluate`.
   */
  run<T>(body: string): Promise<T>;
}

/** A page in a real Chromium on http://localhost over `folder`; browser and server close after the file's last test. */
export async function testPage(folder: string): Promise<TestPage> {
  let browser: Browser | undefined;
  let server: StaticServer | undefined;
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  server = await serve(folder);
  browser = await puppeteer.launch(await launchOptions());
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error instanceof Error ? error.message : error}`));
  page.on("requestfailed", (request) => problems.push(`failed to load: ${request.url()}`));
  page.on("response", (response) => response.ok() || problems.push(`${response.status()}: ${response.url()}`));
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  await page.goto(server.url);
  const run = <T>(body: string) => page.evaluate(`(async () => { ${body} })()`) as Promise<T>;
  return { page, url: server.url, requested: server.requested, problems, run };
}
