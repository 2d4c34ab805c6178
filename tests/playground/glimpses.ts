/** Digits by glimpses: the picture of what came with the page. */
import { expect, test } from "vitest";
import data from "../../examples/hard-attention-digits/data.json" with { type: "json" };
import shippedParameters from "../../examples/hard-attention-digits/learned.json" with { type: "json" };
import { restored } from "../../playground/learned.ts";
import { canvasesOf, classesOf, largestOf, policyOf } from "../../playground/pictures/glimpses.ts";
import type { Playground } from "./support.ts";

export function glimpsing(site: Playground): void {
  const { page } = site;
  const learned = restored(shippedParameters);
  const canvases = canvasesOf(data);
  const tiles = () => page.$$eval(".tile", (all) => all.map((tile) => tile.getAttribute("aria-label")));
  /** What the page says of ten canvases, one of every fourth. */
  const expected = (first: number) =>
    Array.from({ length: 10 }, (_, k) => {
      const canvas = canvases.at(first + 4 * k);
      const seen = largestOf(classesOf(learned, canvas, largestOf(policyOf(learned, canvas))));
      return `Canvas with a ${canvas.label}, read as ${seen}`;
    });
  const status = ".glimpses [role=status]";

  test("canvases show where the policy looks, and one may look elsewhere", async () => {
    await page.setViewport({ width: 1200, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await site.open("hard-attention-digits");
    await page.waitForSelector(".tile");
    expect(await tiles()).toEqual(expected(0));
    await site.look("glimpses");
    const place = largestOf(policyOf(learned, canvases.at(4)));
    await page.locator(".tile:nth-child(2)").click();
    await site.waitFor(status, `The policy looks at row ${Math.floor(place / 5) + 1}, column ${(place % 5) + 1} of`);
    // An empty corner says nothing: no class is likely.
    const box = (await (await page.$(".opened svg"))!.boundingBox())!;
    const corner = place % 5 < 2 ? { row: 1, column: 5 } : { row: 1, column: 1 };
    await page.mouse.click(box.x + (corner.column === 1 ? 0.05 : 0.95) * box.width, box.y + 0.05 * box.height);
    await site.waitFor(status, `You look at row ${corner.row}, column ${corner.column} of`);
    await page.focus('.glimpses input[name="Down"]');
    await page.keyboard.press("ArrowRight");
    await site.waitFor(status, `You look at row 2, column ${corner.column} of`);
    const classes = classesOf(learned, canvases.at(4), 5 + corner.column - 1);
    const said = await page.$$eval(".classes .hidden", (all) => all.map((one) => one.textContent));
    expect(said).toEqual(Array.from(classes, (p, digit) => `${digit}: ${Math.round(100 * p)}%`));
    await site.look("glimpses-elsewhere");
    await site.click("Other canvases");
    await site.waitFor(status, "The policy looks");
    expect(await tiles()).toEqual(expected(40));
  });

  test("axe-core finds nothing serious in the glimpses, light or dark, wide or narrow", async () => {
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width: scheme === "light" ? 1200 : 390, height: 844 });
      await site.open("hard-attention-digits");
      await page.waitForSelector(".tile");
      expect(await site.axe()).toEqual([]);
      expect(await site.run("return document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      await site.look(`glimpses-${scheme}`);
    }
  });
}
