/** Examples whose parameters are learned: what came with the page, and training in the tab. */
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import data from "../../examples/vae-digits/data.json" with { type: "json" };
import { digitAt, firstOf } from "../../playground/pictures/digits.ts";
import type { Playground } from "./support.ts";

/** An amortised normal mean; four of its eight values are kept back. */
const LEVELS = `import { amortised, model, normal, real } from "elbow-gpu";
export default model("levels", ({ plate, sample, observe, parameter, deterministic }, data) => {
  const row = plate("row", data.y.length, { batch: 4 });
  const unit = plate("unit", 1);
  const z = sample("z", normal(0, 1), [row, unit]);
  const loc = deterministic("loc", z.add(parameter("level")).sum(unit), [row]);
  observe("y", normal(loc, 1), real(data.y, [row]));
});
export const training = {
  guide: {
    z: amortised(({ parameter, observed, axes }) => {
      const gain = parameter("gain", axes.slice(1));
      return { loc: observed("y").mul(gain).add(parameter("shift", axes.slice(1))), logScale: parameter("logScale") };
    }),
  },
  steps: 40,
  stepSize: 0.05,
  heldOut: (data) => ({ y: data.y.slice(4) }),
  scores: { largest: { site: "loc", of: (values) => Math.max(...values) } },
};
`;

export function training(site: Playground): void {
  const { page } = site;
  const move = (name: string, to: number) =>
    page.$eval(
      `input[name="${name}"]`,
      (slider, value) => {
        (slider as HTMLInputElement).value = String(value);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      },
      to,
    );
  const drawn = (): Promise<number[]> =>
    site.run(`
      const { data } = document.querySelector(".decoded").getContext("2d").getImageData(0, 0, 28, 28);
      return Array.from({ length: 784 }, (_, p) => data[4 * p + 3] / 255);`);

  /** Share of the pixels that are more likely than not what they are in the first digit of this kind kept back. */
  async function agreement(label: number): Promise<number> {
    const digit = digitAt(data, firstOf(data, label));
    return (await drawn()).filter((ink, p) => ink > 0.5 === (digit[p] === 1)).length / digit.length;
  }

  test("a point of the latent plane is dragged, or moved by keys, and the decoder draws the digit there", async () => {
    await page.setViewport({ width: 1200, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await site.open("vae-digits");
    await page.waitForSelector(".plane");
    await site.look("latent-plane");
    // Corners are the means of q of three digits, which come out much as they went in; 13% of the pixels are ink.
    await move("Across", 0.06);
    await move("Up", 0.08);
    await site.waitFor(".latent [role=status]", "100% of the 1, 0% of the 7, 0% of the 0");
    expect(await agreement(1)).toBeGreaterThan(0.93);
    const box = (await (await page.$(".plane"))!.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.94 * box.width, box.y + 0.92 * box.height, { steps: 4 });
    await page.mouse.up();
    const said = await site.waitFor(".latent [role=status]", /(99|100)% of the 7/);
    expect(await page.$eval(".decoded", (canvas) => canvas.getAttribute("aria-label"))).toContain(said);
    expect(await agreement(7)).toBeGreaterThan(0.93);
    await page.focus('input[name="Up"]');
    for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowUp");
    await site.waitFor(".latent [role=status]", "% of the 0");
    await page.select(".latent select", "4");
    await site.waitFor(".latent [role=status]", "% of the 4");
    await site.look("latent-plane-dragged");
  });

  test("a model is trained in the tab, further, and its bounds are of data kept back", async () => {
    const shared = deflateRawSync(JSON.stringify({ source: LEVELS, data: { y: [1, 2, 3, 4, 2.5, 1.5, 3.5, 2] } }));
    await page.goto(`${site.url}/#/example/vae-digits?${shared.toString("base64url")}`);
    await page.reload();
    await site.waitFor(".check", "The model fits its data");
    // What came with the page is of another model.
    expect(await page.$(".plane")).toBeNull();
    const steps = '.controls input[type="number"]';
    await page.waitForFunction((where) => document.querySelector<HTMLInputElement>(where)?.value === "40", {}, steps);
    const elbo = async () => {
      const text = await page.$eval("[data-bounds]", (table) => table.textContent ?? "");
      expect(text).toMatch(/importance-weighted by 25 draws-\d+\.\d\d ± 0\.\d\dlargest\d\.\d{4}$/);
      expect(await page.$$eval("h3", (all) => all.map((h) => h.textContent))).toContain("4 entries kept back");
      return Number(/ELBO, nats an entry(-\d+\.\d\d) ±/.exec(text)![1]);
    };
    await site.click("Train");
    await site.waitFor(".status", "Done: 40 steps.");
    const first = await elbo();
    await site.waitFor('[data-verdict="not-converged"]', "40 steps are too few to tell whether the bound is level");
    await page.waitForSelector(".trace canvas");
    await site.click("Train further");
    await site.waitFor(".status", "Done: 80 steps.");
    // The bound had not flattened: forty more steps raise it by more than its noise.
    expect(await elbo()).toBeGreaterThan(first);
    await site.look("trained");
  });

  test("axe-core finds nothing serious there, light or dark, wide or narrow", async () => {
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width: scheme === "light" ? 1200 : 390, height: 844 });
      await site.open("vae-digits");
      await page.waitForSelector(".plane");
      expect(await site.axe()).toEqual([]);
      expect(await site.run("return document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      await site.look(`latent-plane-${scheme}`);
    }
  });
}
