/** docs/elbo.md: every section names the files that implement it, and they are there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../support/repository.ts";

const text = readFileSync(join(root, "docs/elbo.md"), "utf8");
const linksOf = (part: string): string[] => [...part.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);

test("every link leads to a file", () => {
  const missing = linksOf(text).filter((target) => !existsSync(join(root, "docs", target)));
  expect(linksOf(text).length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});

test("every section links to its implementation", () => {
  const sections = text.split(/^## /m).slice(1);
  const without = sections.filter((section) => !linksOf(section).some((target) => target.startsWith("../src/")));
  expect(without.map((section) => section.split("\n")[0])).toEqual([]);
});
