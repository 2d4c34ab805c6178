/** The examples that lie beside the command, in the repository or in the package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LoadError } from "./errors.ts";

export interface Example {
  /** "radon", or "posteriordb/arK-arK". */
  readonly name: string;
  readonly title: string;
  readonly folder: string;
}

/** examples/ of this package: somewhere above the file that runs, be it source or bundle. Null where there is none. */
function examplesFolder(): string | null {
  for (let folder = dirname(fileURLToPath(import.meta.url)); dirname(folder) !== folder; folder = dirname(folder)) {
    const examples = join(folder, "examples");
    if (existsSync(join(examples, "eight-schools", "model.ts"))) return examples;
  }
  return null;
}

/** All of them, by name. */
export function listExamples(): Example[] {
  const root = examplesFolder();
  if (root === null) {
    throw new LoadError("no examples are installed beside the command; see the repository's folder examples/");
  }
  const names = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /[\\/]model\.ts$/.test(file))
    .map((file) => dirname(file).replaceAll("\\", "/"))
    .sort((a, b) => Number(a.includes("/")) - Number(b.includes("/")) || (a < b ? -1 : 1));
  return names.map((name) => {
    const folder = join(root, name);
    return { name, title: titleOf(folder) ?? name, folder };
  });
}

/** The folder of an example; null where none has this name. */
export function exampleFolder(name: string): string | null {
  const root = examplesFolder();
  if (root === null || !/^[\w-]+(\/[\w.-]+)*$/.test(name)) return null;
  const folder = join(root, name);
  return existsSync(join(folder, "model.ts")) ? folder : null;
}

export function readmeOf(folder: string): string | null {
  const file = join(folder, "README.md");
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

const titleOf = (folder: string): string | null => /^# (.+)$/m.exec(readmeOf(folder) ?? "")?.[1] ?? null;
