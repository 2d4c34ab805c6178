import { tableFromIPC } from "apache-arrow";
import { expect, test } from "vitest";
import type { Playground } from "./support.ts";

export function takingAway(site: Playground): void {
  const { page } = site;

  /** Opens an example whose workers run `code` first: they are blobs that import their script. */
  async function openWith(code: string, slug: string): Promise<void> {
    const { identifier } = await page.evaluateOnNewDocument(`
      globalThis.Blob = class extends Blob {
        constructor(parts, options) {
          super(options?.type === "text/javascript" ? [...parts, ${JSON.stringify(`\n${code}`)}] : parts, options);
        }
      };`);
    await site.open(slug);
    await page.removeScriptToEvaluateOnNewDocument(identifier);
  }

  /** Keeps what the page would save: name and bytes as text, one character a byte. */
  async function saved(button: string): Promise<{ name: string; text: string }> {
    await site.run(`
      globalThis.savedFile = undefined;
      HTMLAnchorElement.prototype.click = function () {
        const name = this.download;
        fetched.then((bytes) => { globalThis.savedFile = { name, text: bytes }; });
      };
      let done;
      const fetched = new Promise((resolve) => { done = resolve; });
      globalThis.createUrl ??= URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        blob.arrayBuffer().then((buffer) => done(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join("")));
        return globalThis.createUrl.call(URL, blob);
      };`);
    await site.click(button);
    const handle = await page.waitForFunction("globalThis.savedFile");
    return (await handle.jsonValue()) as { name: string; text: string };
  }

  test("a lost device is told, and the fit goes on on a new one to its end", async () => {
    const noted = `
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        globalThis.lastDevice = await request.apply(this, options);
        return globalThis.lastDevice;
      };`;
    await openWith(noted, "eight-schools");
    const worker = page.workers()[0]!;
    await page.$eval(".controls input", (input) => {
      (input as HTMLInputElement).value = "8192";
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await site.click("Fit");
    await site.waitFor("[role=status]", /step \d\d/);
    await worker.evaluate("globalThis.lastDevice.destroy()");
    await site.waitFor(".notice", /The GPU device was lost at step \d+/);
    await site.waitFor("[role=status]", "Done", 50);
    expect(await page.$eval("[data-verdict]", (element) => element.getAttribute("data-verdict"))).toBe("reliable");
    await site.look("device-lost");
  });

  test("without WebGPU the fit runs on the CPU, and says so", async () => {
    await openWith('Object.defineProperty(navigator, "gpu", { value: undefined });', "eight-schools");
    await site.click("Fit");
    await site.waitFor(".notice", "There is no WebGPU here, so the fit runs on the CPU");
    await site.waitFor("[role=status]", "Done", 50);
    expect(await page.$eval("[data-verdict]", (element) => element.getAttribute("data-verdict"))).toBe("reliable");
  });

  test("draws, summary and InferenceData can be taken away", async () => {
    await site.open("eight-schools");
    await site.click("Fit");
    await site.waitFor("[role=status]", "Done");
    const csv = await saved("Draws as CSV");
    expect(csv.name).toBe("eight-schools.csv");
    const [header, ...rows] = csv.text
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    expect(header).toMatch(/^lp_approx__,lp__,mu,tau,eta\.1/);
    expect(rows).toHaveLength(4000);

    const arrow = await saved("Draws as Arrow");
    const table = tableFromIPC(Uint8Array.from(arrow.text, (letter) => letter.charCodeAt(0)));
    expect(table.numRows).toBe(4000);
    expect(table.getChild("mu")!.get(0)).toBe(Number(rows[0]!.split(",")[2]));

    const summary = JSON.parse((await saved("Summary as JSON")).text);
    expect(summary.verdict).toBe("reliable");

    const summaryRows = (await saved("Summary as CSV")).text.trim().split("\n");
    expect(summaryRows[0]).toBe("parameter,mean,sd,q05,q50,q95");
    expect(summaryRows).toHaveLength(1 + Object.keys(summary.parameters).length);
    expect(summaryRows[1]).toBe(`"mu",${Object.values(summary.parameters.mu).join(",")}`);

    const inference = JSON.parse((await saved("InferenceData as JSON")).text);
    expect(inference.posterior.mu).toHaveLength(1);
    expect(inference.posterior.theta[0]).toHaveLength(4000);
    expect(inference.posterior.theta[0][0]).toHaveLength(8);
    expect(inference.posterior_predictive.y[0][0]).toHaveLength(8);
    expect(inference.observed_data.y).toHaveLength(8);
    expect(inference.dims.theta).toEqual(["school"]);
    expect(inference.posterior.mu[0][0]).toBe(table.getChild("mu")!.get(0));

    const svg = await saved('Save the picture "forest" as SVG');
    expect(svg.text).toMatch(/^<svg[^>]*xmlns/);
    expect(svg.text).not.toContain("var(--");
    const png = await saved('Save the picture "forest" as PNG');
    expect(png.text.slice(1, 4)).toBe("PNG");
  });

  test("a link holds the settings, and code makes the same fit", async () => {
    await site.click("Copy as code");
    expect(await page.$eval("textarea", (area) => area.value)).toContain("guide: meanField(),\n  draws: 16,");
    await page.select(".controls select", "full-rank");
    await site.click("Fit");
    await site.waitFor("[role=status]", "Done");
    await site.click("Copy link");
    await page.waitForFunction(() => document.querySelector("textarea")?.value.startsWith("http"));
    const link = await page.$eval("textarea", (area) => area.value);
    await page.goto("about:blank");
    await page.goto(link);
    await page.waitForSelector("#fit-heading");
    expect(await page.$eval(".controls select", (select) => (select as HTMLSelectElement).value)).toBe("full-rank");
  });

  test("a link of settings that make no sense opens the example with those that do", async () => {
    const link = await site.run<string>(`
      const json = JSON.stringify({ settings: { guide: "no-such", objective: "mle", draws: -3, seed: 7, device: "tpu" } });
      const stream = new Blob([json]).stream().pipeThrough(new CompressionStream("deflate-raw"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      const text = btoa(String.fromCharCode(...bytes));
      return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");`);
    await site.open(`eight-schools?${link}`);
    const values = await page.$$eval(".controls select, .controls input", (all) =>
      all.map((field) => (field as HTMLInputElement | HTMLSelectElement).value),
    );
    expect(values).toEqual(["mean-field", "elbo", "auto", "16", "10000", "7"]);
  });

  test("axe-core finds nothing serious, light or dark, wide or narrow", async () => {
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width: scheme === "light" ? 1200 : 390, height: 844 });
      await page.goto(`${site.url}/#/`);
      await page.waitForSelector(".cards");
      expect(await site.axe()).toEqual([]);
      await site.open("eight-schools");
      await site.click("Edit the model");
      await page.waitForSelector(".cm-content");
      await site.click("Fit");
      await site.waitFor("[role=status]", "Done");
      await page.waitForSelector('[data-name="forest"] svg');
      expect(await site.axe()).toEqual([]);
      // Nothing is wider than the screen.
      expect(await site.run("return document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      await site.look(`axe-${scheme}`);
    }
  });
}
