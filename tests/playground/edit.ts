import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Playground } from "./support.ts";

export function editing(site: Playground): void {
  const { page } = site;

  /** Selects the first of `words` in the editor, and types. */
  async function replaceInEditor(words: string, by: string): Promise<void> {
    await page.evaluate((wanted) => {
      const walker = document.createTreeWalker(document.querySelector(".cm-content")!, NodeFilter.SHOW_TEXT);
      const line = [...document.querySelectorAll(".cm-line")].find((one) => one.textContent?.includes(wanted))!;
      const start = line.textContent!.indexOf(wanted);
      const at = (offset: number): [Node, number] => {
        let seen = 0;
        walker.currentNode = line;
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const length = node.textContent!.length;
          if (seen + length >= offset) return [node, offset - seen];
          seen += length;
        }
        throw new Error(`no ${wanted}`);
      };
      getSelection()!.setBaseAndExtent(...at(start), ...at(start + wanted.length));
    }, words);
    await page.focus(".cm-content");
    if (by === "") await page.keyboard.press("Backspace");
    else await page.keyboard.type(by);
  }

  test("a model edited wrongly is refused at its line, and rightly is fitted", async () => {
    await site.open("eight-schools");
    await site.click("Edit the model");
    await page.waitForSelector(".cm-content");
    await replaceInEditor("halfCauchy(0, 5)", "halfCauchy(0, -5)");
    expect(await site.waitFor(".check", /Line \d+/)).toContain("Line 11: ");
    await page.waitForSelector(".cm-lint-marker-error");
    expect(await page.$eval(".primary", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    await site.look("edit-wrong");
    await replaceInEditor("halfCauchy(0, -5)", "halfCauchy(0, 5");
    expect(await site.waitFor(".check", /Line \d+: .*(token|expected|Unexpected)/i)).toMatch(/Line 11/);
    await replaceInEditor("halfCauchy(0, 5", "halfCauchy(0, 1)");
    await site.waitFor(".check", "The model fits its data");
    await site.look("edit-right");
    await site.click("Fit");
    await site.waitFor("[data-verdict]", /ELBO/);
  });

  test("a model without end neither freezes the page nor stays", async () => {
    await site.open("eight-schools");
    await site.click("Edit the model");
    await page.waitForSelector(".cm-content");
    await replaceInEditor('const mu = sample("mu"', 'for (;;) {} const mu = sample("mu"');
    await site.waitFor("h1", "Eight schools", 1);
    await site.waitFor(".check", "without end", 20);
    await replaceInEditor("for (;;) {} ", "");
    await replaceInEditor("halfCauchy(0, 5)", "halfCauchy(0, 4)");
    await site.waitFor(".check", "The model fits its data");
  });

  test("a CSV file is bound to the model's data by a form, and fitted", async () => {
    await site.open("eight-schools");
    const file = join(site.folder, "schools.csv");
    writeFileSync(file, "Y;sigma;who\n28.5;15;a\n8;10;b\n-3;16;a\n7;11;c\n-1;9;b\n");
    const input = (await page.$('input[type="file"]'))!;
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(file);
    await site.waitFor(".csv legend", "schools.csv: 5 rows");
    const value = (name: string) =>
      page.$eval(`[aria-label="${name}"]`, (field) => (field as HTMLInputElement | HTMLSelectElement).value);
    expect(await value("field of Y")).toBe("y");
    expect(await value("type of Y")).toBe("real");
    expect(await value("type of sigma")).toBe("integer");
    expect(await value("type of who")).toBe("index");
    expect(await value("field for the number of levels of who")).toBe("n_who");
    await site.look("csv-form");
    await site.click("Use these data");
    await site.waitFor(".check", "school 5");
    await site.waitFor("[aria-labelledby=data-heading]", "n_who = 3");
    await site.click("Fit");
    await site.waitFor("[data-verdict]", /ELBO/);
    const names = await page.$$eval('[aria-label="Summary of the posterior"] tbody th', (all) =>
      all.map((cell) => cell.textContent),
    );
    expect(names).toContain("theta[5]");
    expect(names).not.toContain("theta[6]");
  });

  test("a file that holds no data for the model says what is wrong with it", async () => {
    await site.open("eight-schools");
    const drop = async (name: string, content: string): Promise<void> => {
      writeFileSync(join(site.folder, name), content);
      const input = (await page.$('input[type="file"]'))!;
      await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(join(site.folder, name));
    };
    await drop("empty.csv", "y,sigma\n");
    await site.waitFor('.drop + [role="alert"]', "empty.csv: a header line and at least one row are needed");
    await drop("half.json", '{ "y": [1, 2');
    await site.waitFor('.drop + [role="alert"]', "half.json is not JSON");
    await drop("words.csv", "y,sigma\n1,2\nabout 3,3\n4,5\n");
    await site.waitFor(".csv legend", "words.csv: 3 rows");
    await site.click("Use these data");
    await site.waitFor('.csv [role="alert"]', 'y, row 2: "about 3" is not a number');
    await drop("gap.csv", "y,sigma\n1,2\n,3\n4,5\n");
    await site.waitFor(".csv legend", "gap.csv: 3 rows");
    await site.click("Use these data");
    await site.waitFor(".check", "Line 14: data.y[2] is null, not a number (indices from 1)");
  });
}
