/** The native peer's script as far as it goes without jax: it compiles, knows its rows, and reads what is exported. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ROWS } from "../../bench/suite/rows.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "elbow-native-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);
const script = (name: string): string => join(root, "bench/native", name);
const run = (name: string, ...args: string[]) =>
  spawnSync(python!, ["-B", script(name), ...args], { encoding: "utf8", cwd: root });

test("every row of the bench is a row of the native side", () => {
  const text = readFileSync(script("numpyro_rows.py"), "utf8");
  for (const { name, kind } of ROWS) if (kind !== "missing") expect(text).toContain(`"${name}"`);
});

describe.skipIf(python === undefined)("with a Python", () => {
  test("the scripts compile", () => {
    for (const name of ["numpyro_rows.py", "compare.py"]) {
      const code = `import ast, sys; ast.parse(open(sys.argv[1]).read())`;
      expect(spawnSync(python!, ["-c", code, script(name)], { encoding: "utf8" }).stderr).toBe("");
    }
  });

  test("all data load, with the shapes they were written in", () => {
    execFileSync(process.execPath, [
      join(root, "node_modules/jiti/lib/jiti-cli.mjs"),
      script("exportData.ts"),
      folder,
      "--small",
    ]);
    const made = run("numpyro_rows.py", "--check-data", "--data", folder);
    expect(made.stderr).toBe("");
    const shapes = JSON.parse(made.stdout) as Record<string, Record<string, unknown>>;
    expect(shapes["eight-schools"]).toEqual({ y: [8], sigma: [8] });
    expect(shapes.logistic).toEqual({ X: [100, 32], y: [100] });
    expect(shapes["radon-100"]!.county).toEqual([91_900]);
    expect(shapes["gaussian-512"]!.A).toEqual([8, 8]);
  });

  test("unknown rows are refused by name", () => {
    for (const name of ["numpyro_rows.py", "compare.py"]) {
      const made = run(name, "--rows", "nonsense");
      expect(made.status).toBe(2);
      expect(made.stderr).toContain("no row nonsense");
    }
  });
});
