/** `elbow examples`: what there is to try. */
import { cpSync, existsSync } from "node:fs";
import { join, relative } from "node:path";
import { UsageError } from "../errors.ts";
import { type Example, listExamples, readmeOf } from "../examples.ts";
import { textTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

export interface ExamplesOptions {
  readonly json?: true;
  readonly copy?: string;
}

export function examples(name: string | undefined, options: ExamplesOptions, terminal: Terminal): void {
  const all = listExamples();
  if (name === undefined) {
    if (options.copy !== undefined) throw new UsageError("--copy: name the example to copy");
    terminal.out.write(options.json ? `${JSON.stringify(all)}\n` : list(all));
    return;
  }
  const found = all.find((example) => example.name === name);
  if (found === undefined) throw new UsageError(`there is no example "${name}"; elbow examples lists them`);
  if (options.copy !== undefined) copy(found, options.copy, terminal);
  else if (options.json) terminal.out.write(`${JSON.stringify(found)}\n`);
  else terminal.out.write(show(found));
}

function list(all: readonly Example[]): string {
  const table = textTable(
    ["name", "what"],
    all.map(({ name, title }) => [name, title]),
    ["left", "left"],
  );
  return `${table}\n\nelbow examples NAME tells more, elbow fit NAME fits it, elbow examples NAME --copy FOLDER gives you\na copy to change.\n`;
}

function show({ name, title, folder }: Example): string {
  const text = readmeOf(folder)?.trimEnd() ?? `# ${title}`;
  const path = relative(process.cwd(), folder);
  return `${text}\n\nelbow fit ${name}\n${path.startsWith("..") ? folder : path}\n`;
}

const PARTS = ["model.ts", "data.json", "README.md"];

function copy({ folder }: Example, to: string, terminal: Terminal): void {
  const there = PARTS.map((part) => join(to, part)).find(existsSync);
  if (there !== undefined) throw new UsageError(`--copy: ${there} exists already`);
  for (const part of PARTS) {
    if (existsSync(join(folder, part))) cpSync(join(folder, part), join(to, part));
  }
  terminal.err.write(`elbow: copied to ${to}; elbow fit ${to} fits it\n`);
}
