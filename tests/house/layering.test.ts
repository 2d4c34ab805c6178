import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { filesUnder, root } from "../support/repository.ts";

/** What each folder of src/ may import, besides itself. Imports run downward only. */
const belowModel = ["distributions", "transforms", "networks", "graph"];
const modelTier = ["model", "guides", "objectives", "optimizers"];
const engine = ["compile", "webgpu", "cpu", "graph"];
const fitTier = ["fit", "posterior"];
const library = [...fitTier, ...modelTier, ...belowModel, ...engine];
const allowed: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  networks: ["graph"],
  transforms: belowModel,
  distributions: belowModel,
  ...Object.fromEntries(modelTier.map((folder) => [folder, [...modelTier, ...belowModel]])),
  // Data-valued parameters and predictors are checked on the host, by the reference interpreter, before any device work.
  model: [...modelTier, ...belowModel, "cpu"],
  webgpu: ["graph"],
  cpu: ["graph"],
  compile: ["webgpu", "cpu", "graph"],
  ...Object.fromEntries(fitTier.map((folder) => [folder, library])),
  node: library,
  cli: [...library, "node", "index.ts"],
  "index.ts": library,
};

/** npm packages that what a browser loads may import; bundled, so that it loads as it stands. */
const browserPackages = ["d3-dsv"];

interface Import {
  readonly file: string;
  readonly specifier: string;
  /** Path in the repository, of relative imports only. */
  readonly target?: string;
}

const files = filesUnder("src", ".ts").filter((file) => !file.endsWith(".d.ts"));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles.map(({ fileName: specifier }) => {
    if (!specifier.startsWith(".")) return { file, specifier };
    return { file, specifier, target: posix.normalize(posix.join(dirname(file), specifier.replace(/\?.*$/, ""))) };
  });
}

/** The folder directly under src/, or the file's own name for a file that lies in src/ itself. */
const layerOf = (file: string) => file.split("/")[1]!;

describe("layering", () => {
  test("every folder of src has its place", () => {
    expect(files.length).toBeGreaterThan(0);
    const unknown = [...new Set(files.map(layerOf))].filter((layer) => !(layer in allowed));
    expect(unknown, "give the folder its place in ARCHITECTURE.md and in this test").toEqual([]);
  });

  test("imports run downward only", () => {
    const wrong = [...imports.values()].flat().flatMap(({ file, target }) => {
      if (!target?.startsWith("src/")) return [];
      const [from, to] = [layerOf(file), layerOf(target)];
      return from === to || allowed[from]?.includes(to) ? [] : [`${file} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test("relative imports name an existing file, with its extension", () => {
    const wrong = [...imports.values()].flat().flatMap(({ file, specifier, target }) => {
      if (target === undefined) return [];
      return ts.sys.fileExists(join(root, target)) ? [] : [`${file}: "${specifier}"`];
    });
    expect(wrong).toEqual([]);
  });

  test("what a browser loads imports nothing of Node and no packages", () => {
    const reached = new Set<string>();
    const queue = ["src/index.ts"];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      for (const { target } of imports.get(file) ?? []) if (target?.endsWith(".ts")) queue.push(target);
    }
    const wrong = [...reached].flatMap((file) =>
      (imports.get(file) ?? []).flatMap(({ specifier, target }) =>
        target !== undefined || browserPackages.includes(specifier) ? [] : [`${file} imports ${specifier}`],
      ),
    );
    expect(wrong).toEqual([]);
  });
});
