/** The package as `npm pack` makes it, installed into an empty folder elsewhere, without a network. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../support/repository.ts";

const run = promisify(execFile);
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

export interface Installed {
  /** A folder with a package.json and node_modules, outside the repository. */
  readonly app: string;
  readonly tarball: string;
  /** The files that were packed, as a folder. */
  readonly packed: string;
}

/** Builds, packs and installs; what it wrote goes after the file's last test. */
export async function installed(): Promise<Installed> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "elbow-package-")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const packed = join(folder, "elbow-gpu");
  for (const file of ["package.json", "README.md", "LICENSE", ...manifest.files.filter((file) => file !== "dist")]) {
    cpSync(join(root, file), join(packed, file), { recursive: true });
  }
  const dist = join(packed, "dist");
  const configFile = join(root, "vite.config.ts");
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const [, , dependencies] = await Promise.all([
    build({ root, configFile, mode: "production", logLevel: "warn", build: { outDir: dist, emptyOutDir: false } }),
    run(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", dist]),
    pack(productionFolders(), join(folder, "dependencies")),
  ]);
  const [{ file: tarball }] = (await pack([packed], folder)) as [Tarball];
  const app = join(folder, "app");
  mkdirSync(app);
  write(app, "package.json", {
    name: "an-app",
    private: true,
    type: "module",
    dependencies: { [manifest.name]: `file:${tarball}` },
    // What it depends on comes from the repository's own node_modules, so that no registry is asked.
    overrides: Object.fromEntries(dependencies.map(({ name, file }) => [name, `file:${file}`])),
  });
  const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  await run(npm, ["install", ...quiet], { cwd: app });
  return { app, tarball, packed };
}

export function write(folder: string, file: string, content: string | object): void {
  writeFileSync(join(folder, file), typeof content === "string" ? content : JSON.stringify(content, null, 2));
}

interface Tarball {
  readonly name: string;
  readonly file: string;
}

async function pack(folders: readonly string[], destination: string): Promise<Tarball[]> {
  mkdirSync(destination, { recursive: true });
  const options = ["--ignore-scripts", "--json", "--pack-destination", destination];
  const { stdout } = await run(npm, ["pack", ...folders, ...options], { cwd: root });
  const made = JSON.parse(stdout) as { name: string; filename: string }[];
  return made.map(({ name, filename }) => ({ name, file: join(destination, filename) }));
}

const packages: Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> }>> = JSON.parse(
  readFileSync(join(root, "package-lock.json"), "utf8"),
).packages;

/** The folders of all that the package needs at run time: one version of each. */
function productionFolders(): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    const place = `node_modules/${name}`;
    if (found.has(place)) return;
    found.add(place);
    for (const other of Object.keys(packages[place]!.dependencies ?? {})) add(other);
  };
  for (const name of Object.keys(manifest.dependencies)) add(name);
  return [...found].map((place) => join(root, place));
}
