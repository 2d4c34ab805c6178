/** Every TypeScript block of the documentation is run, the blocks of a page one after the other as one program. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../support/repository.ts";
import { codeBlocks, snippetRunner } from "../support/snippets.ts";

const runCode = snippetRunner();

/** What the program of a page prints; each argument on a line. */
const pages: Readonly<Record<string, readonly RegExp[]>> = {
  "getting-started": [/theta\[8\] +\d/, /verdict +(reliable|unreliable)/, /\n8\n8\n\d+$/],
  guides: [/mean-field\nunreliable\n0\.\d\d\nfull-rank\nreliable\n[1-9]\.\d\d\n/],
  verdict: [/^unreliable\n- /, /\n(reliable|unreliable)\ntrue\n\d\d\n\d\d$/],
  embedding: [/^-\d+\.\d+\n\d/, /\ntrue\n[\s\S]*\ntrue\nnot-converged\ncancelled\nconverged\ntrue$/],
  speed: [/^8\n3\.0\ntrue$/],
};
/** Their blocks are tested with data of their own, elsewhere. */
const elsewhere: Readonly<Record<string, string>> = { modelling: "tests/model/modelling.test.ts" };

test("there is no page with code that nobody runs", () => {
  const withCode = readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.slice(0, -3))
    .filter((name) => codeBlocks(`docs/${name}.md`).length > 0);
  expect(withCode.sort()).toEqual([...Object.keys(pages), ...Object.keys(elsewhere)].sort());
  for (const [name, file] of Object.entries(elsewhere)) {
    expect(readFileSync(join(root, file), "utf8")).toContain(`docs/${name}.md`);
  }
});

test.each(Object.entries(pages))("docs/%s.md", { timeout: 180_000 }, async (name, prints) => {
  const { output } = await runCode(`${name}.ts`, codeBlocks(`docs/${name}.md`).join("\n"));
  for (const pattern of prints) expect(output).toMatch(pattern);
});

test("every page is in the site's sidebar, and every link between pages leads somewhere", () => {
  const config = readFileSync(join(root, "docs/.vitepress/config.ts"), "utf8");
  const listed = [...config.matchAll(/link: "\/([\w-]+)"/g)].map(([, page]) => page!);
  const names = readdirSync(join(root, "docs")).flatMap((file) => (file.endsWith(".md") ? [file.slice(0, -3)] : []));
  for (const name of names) if (name !== "index") expect(listed, name).toContain(name);
  for (const name of [...listed, ...names]) expect(names).toContain(name);
  for (const name of names) {
    const text = readFileSync(join(root, `docs/${name}.md`), "utf8");
    for (const [, target] of text.matchAll(/\]\(\.\/([\w-]+)[)#]/g)) expect(names, `${name}.md`).toContain(target);
  }
});

test("what a page tells you to install, the package knows in that version", () => {
  const { name, devDependencies } = manifest;
  const known = new Map<string, string>([[name, ""], ...Object.entries<string>(devDependencies)]);
  for (const file of readdirSync(join(root, "docs")).filter((each) => each.endsWith(".md"))) {
    const text = readFileSync(join(root, "docs", file), "utf8");
    for (const [, wanted, version] of text.matchAll(/^npm install ([\w/-]+)(?:@([\d.]+))?$/gm)) {
      expect(known.has(wanted!), `${file}: ${wanted}`).toBe(true);
      if (version !== undefined) expect(known.get(wanted!), `${file}: ${wanted}`).toBe(version);
    }
  }
});
