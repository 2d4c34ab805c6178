import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { marked } from "marked";
import { transform } from "sucrase";
import temml from "temml";
import type { Plugin } from "vite";
import { notation } from "./notation.ts";

const LIST = "virtual:gallery";
const ONE = "virtual:example/";
const LEARNED = "virtual:learned/";

/** The examples of the repository as modules: a list of titles, and one module for each, loaded when it is opened. */
export function gallery(folder: string): Plugin {
  return {
    name: "elbow-gallery",
    resolveId: (id) => (id === LIST || id.startsWith(ONE) || id.startsWith(LEARNED) ? `\0${id}` : null),
    load(id) {
      if (id === `\0${LIST}`) return listModule(folder);
      if (id.startsWith(`\0${LEARNED}`)) return learnedModule(join(folder, id.slice(LEARNED.length + 1)));
      if (!id.startsWith(`\0${ONE}`)) return null;
      const at = join(folder, id.slice(ONE.length + 1));
      for (const name of ["model.ts", "data.json", "README.md"]) this.addWatchFile(join(at, name));
      return exampleModule(at, id.slice(ONE.length + 1));
    },
  };
}

/** Folders that hold a model, those of posteriordb last. */
function slugs(folder: string): string[] {
  const under = (prefix: string) =>
    readdirSync(join(folder, prefix), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => (prefix === "" ? entry.name : `${prefix}/${entry.name}`))
      .sort();
  const complete = (slug: string) =>
    ["model.ts", "data.json", "README.md"].every((name) => existsSync(join(folder, slug, name)));
  return [...under(""), ...under("posteriordb")].filter(complete);
}

function listModule(folder: string): string {
  const entries = slugs(folder).map((slug) => {
    const { title, summary } = headOf(readFileSync(join(folder, slug, "README.md"), "utf8"));
    const fields = { slug, title, summary };
    return `{ ...${JSON.stringify(fields)}, load: () => import(${JSON.stringify(ONE + slug)}) }`;
  });
  return `export default [${entries.join(",\n")}];`;
}

function exampleModule(at: string, slug: string): string {
  const read = (name: string) => readFileSync(join(at, name), "utf8");
  const { body } = headOf(read("README.md"));
  const html = render(body);
  const source = read("model.ts");
  const script = transform(source, { transforms: ["typescript"], disableESTransforms: true }).code;
  const learned = existsSync(join(at, SHIPPED))
    ? `import(${JSON.stringify(LEARNED + slug)}).then((module) => module.default)`
    : "Promise.resolve(null)";
  return [
    `export const learned = () => ${learned};`,
    `export const source = ${JSON.stringify(source)};`,
    `export const script = ${JSON.stringify(script)};`,
    `export const html = ${JSON.stringify(html)};`,
    `export const data = ${jsonIn(join(at, "data.json"))};`,
  ].join("\n");
}

/** What the training of an example learned, in a module of its own. */
const SHIPPED = "learned.json";

const learnedModule = (at: string): string => `export default ${jsonIn(join(at, SHIPPED))};`;

/** Engines read JSON faster than the same as an expression. */
const jsonIn = (file: string): string =>
  `JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(readFileSync(file, "utf8"))))})`;

/** The title of a README, a line about it, and all but the title. */
function headOf(text: string): { title: string; summary: string; body: string } {
  const title = /^# +(.*)$/m.exec(text)?.[1] ?? "";
  const body = text.replace(/^# +.*$/m, "").trim();
  const prose = body.replace(/```[\s\S]*?```/g, "").trim();
  // Prose before the first heading says what it is about; without, the last line of the model says what is observed.
  const paragraph = (
    prose
      .split(/^#/m)[0]!
      .trim()
      .split(/\n\s*\n/)[0] ?? ""
  ).replace(/\s+/g, " ");
  const plain = paragraph.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
  const first = /^.*?[.:](?=\s|$)/.exec(plain)?.[0].replace(/:$/, ".") ?? plain;
  return { title, summary: first === "" ? observedLine(body) : first, body };
}

const MODEL = /^## Model\s+```\n([\s\S]*?)```/m;

/** What the model says of its data: the last line with a distribution, without its remark. */
function observedLine(body: string): string {
  const lines = (MODEL.exec(body)?.[1] ?? "").trim().split("\n");
  const distributed = lines.map((line) => line.trim().replace(/\s+([~=])/, " $1")).filter((line) => line.includes("~"));
  return distributed.at(-1)?.split(/\s{4,}/)[0] ?? "";
}

/** The model in MathML where its notation can be read, else as it is written. */
function withMaths(body: string): string {
  return body.replace(MODEL, (whole, lines: string) => {
    try {
      return `## Model\n\n${temml.renderToString(notation(lines), { displayMode: true, throwOnError: true })}\n`;
    } catch {
      return whole;
    }
  });
}

/** Markdown with $…$ and $$…$$ as MathML. Links into the repository lose their target, its pictures are left out: the page stands alone. */
function render(markdown: string): string {
  const shown = withMaths(markdown)
    .replace(/```sh\n[\s\S]*?```\n?/g, "")
    .replace(/\$\$([\s\S]+?)\$\$/g, (_, tex: string) => temml.renderToString(tex, { displayMode: true }))
    .replace(/\$([^$\n]+?)\$/g, (_, tex: string) => temml.renderToString(tex));
  return marked
    .parse(shown, { async: false })
    .replace(/<h([1-4])/g, (_, level: string) => `<h${Number(level) + 1}`)
    .replace(/<\/h([1-4])>/g, (_, level: string) => `</h${Number(level) + 1}>`)
    .replace(/<p><img[^>]*><\/p>\n?/g, "")
    .replace(/<a href="(?!https?:)[^"]*">([\s\S]*?)<\/a>/g, "$1")
    .replace(/<a href="http/g, '<a rel="noreferrer" href="http')
    .replace(/<table>/g, '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    .replace(/<\/table>/g, "</table></div>")
    .replace(/<pre>/g, '<pre tabindex="0">')
    .replace(
      /<h3[^>]*>Reference answers<\/h3>([\s\S]*?)(?=<h3|$)/,
      "<details><summary>Reference answers</summary>$1</details>",
    )
    .replace(/<math(?=[^>]*display="block")/g, '<math tabindex="0"');
}
