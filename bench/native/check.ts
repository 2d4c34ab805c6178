/**
 * The native peer's scripts as far as they go without jax: they parse, read what is exported, and refuse unknown rows.
 * `npx jiti bench/native/check.ts`, on a machine with a Python; it is no part of `npm test`, which needs none.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);
assert(python !== undefined, "no python3 and no python on the path");
const script = (name: string): string => join(here, name);
const run = (name: string, ...args: string[]) =>
  spawnSync(python, ["-B", script(name), ...args], { encoding: "utf8", cwd: root });

for (const name of ["numpyro_rows.py", "compare.py"]) {
  const parse = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
  assert.equal(spawnSync(python, ["-c", parse, script(name)], { encoding: "utf8" }).stderr, "");
  const refused = run(name, "--rows", "nonsense");
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /no row nonsense/);
}

const folder = mkdtempSync(join(tmpdir(), "elbow-native-"));
try {
  const jiti = join(root, "node_modules/jiti/lib/jiti-cli.mjs");
  execFileSync(process.execPath, [jiti, script("exportData.ts"), folder, "--small"]);
  const made = run("numpyro_rows.py", "--check-data", "--data", folder);
  assert.equal(made.stderr, "");
  const shapes = JSON.parse(made.stdout) as Record<string, Record<string, unknown>>;
  assert.deepEqual(shapes["eight-schools"], { y: [8], sigma: [8] });
  assert.deepEqual(shapes.logistic, { X: [100, 32], y: [100] });
  assert.deepEqual(shapes["radon-100"]?.county, [91_900]);
  assert.deepEqual(shapes["gaussian-512"]?.A, [8, 8]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write("the scripts parse, refuse unknown rows, and load every row's data with the right shapes\n");
