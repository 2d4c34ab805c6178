import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import reference from "../reference/eight-schools.json" with { type: "json" };
import type { Playground } from "./support.ts";

export function fitting(site: Playground): void {
  const { page } = site;

  test("the gallery shows every example of the repository", async () => {
    await page.goto(`${site.url}/`);
    await page.waitForSelector(".cards a");
    const links = await page.$$eval(".cards a", (all) => all.map((a) => a.getAttribute("href")));
    const under = (folder: string) =>
      readdirSync(join("examples", folder), { withFileTypes: true })
        // Programs that embed the library are no models.
        .filter((entry) => entry.isDirectory() && !["posteriordb", "embedding"].includes(entry.name))
        .map(({ name }) => `#/example/${join(folder, name)}`);
    expect(links).toEqual(expect.arrayContaining([...under(""), ...under("posteriordb")]));
    const summaries = await page.$$eval(".cards p", (all) => all.map((p) => p.textContent ?? ""));
    expect(summaries.filter((summary) => summary.length < 10)).toEqual([]);
    await site.look("gallery");
  });

  test("an example is picked, fitted, and judged, with the answers of the reference", async () => {
    await page.goto(`${site.url}/`);
    await page.locator('a[href="#/example/eight-schools"]').click();
    await page.waitForSelector("#fit-heading");
    // The model in MathML, and what it declares.
    expect(await page.$eval(".readme math", (math) => math.textContent)).toContain("θj=μ+τ");
    await site.waitFor(".check", "theta (deterministic, school 8)");
    await site.click("Fit");
    // What q says is there before it is judged.
    await page.waitForSelector(".verdict.pending");
    await page.waitForSelector('[data-name="forest"] svg');
    await site.waitFor("[data-verdict]", /ELBO/);
    expect(await page.$eval("[data-verdict]", (element) => element.getAttribute("data-verdict"))).toBe("reliable");
    const cells = await page.$$eval('[aria-label="Summary of the posterior"] tbody tr', (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
    );
    const mu = cells.find(([name]) => name === "mu")!;
    const exact = (reference as unknown as { parameters: Record<string, { mean: number; sd: number }> }).parameters.mu!;
    // The verdict itself allows a mean to be off by 0.3 sd.
    expect(Math.abs(Number(mu[1]) - exact.mean)).toBeLessThan(0.3 * exact.sd);
    await page.waitForSelector('[data-name="marginal"][aria-label$="with its prior"] svg');
    await page.waitForSelector('[data-name="pair"] svg');
    // The prior of what follows from other parameters is drawn from theirs.
    await page.locator('::-p-xpath(//label[contains(text(),"Marginal")]/select)').fill("theta[1]");
    await page.waitForSelector('[data-name="marginal"][aria-label*="theta[1]"][aria-label$="with its prior"] svg');
    // A dot for each of the eight schools.
    await page.waitForSelector('[data-name="check-y"] svg');
    expect(await page.$$eval('[data-name="check-y"] circle', (dots) => dots.length)).toBe(8);
    await page.waitForSelector(".trace canvas");
    await site.look("fitted");
  });

  test("the first paint and a gallery fit load at most 400 KB of script, and neither editor nor type stripping", () => {
    const scripts = [...new Set(site.requested)].filter((path) => path.endsWith(".js"));
    expect(scripts.filter((path) => /(worker|eight-schools)-/.test(path))).toHaveLength(2);
    expect(scripts.filter((path) => /(editor|strip|arrow|bind)-/.test(path))).toEqual([]);
    const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(site.folder, path))).length, 0);
    expect(bytes).toBeLessThan(400 * 1024);
  });

  test("a fit that is paused shows its state, and goes on from there", async () => {
    await site.open("eight-schools");
    // So many draws that the fit lasts long enough to be paused.
    await page.$eval(".controls input", (input) => {
      (input as HTMLInputElement).value = "65536";
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await site.click("Fit");
    await site.waitFor("[role=status]", /step \d\d/);
    await site.click("Pause");
    await site.waitFor("[role=status]", "Paused");
    const steps = async () => Number(/(\d+) steps;/.exec(await site.waitFor("[data-verdict]", /steps;/))![1]);
    expect(await site.waitFor("[data-verdict]", "not converged")).toContain("it can be resumed");
    const before = await steps();
    await site.look("paused");
    await site.click("Resume");
    await site.waitFor("[role=status]", "Done", 50);
    expect(await steps()).toBeGreaterThan(before);
  });

  test("nothing but the page's own origin is asked, by the page or its worker", () => {
    expect(site.requests.length).toBeGreaterThan(3);
    const foreign = site.requests.filter((url) => !url.startsWith(site.url) && !/^(blob|data):/.test(url));
    expect(foreign).toEqual([]);
  });
}
