/** `npm run bench` as a command: one row, its yardstick and a peer checked and timed in a real Chromium. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../support/repository.ts";

const bench = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, "node_modules/jiti/lib/jiti-cli.mjs"), "bench/index.ts", ...args], {
    cwd: root,
    encoding: "utf8",
  });

test("eight schools: the yardstick and jax-js agree with us, and stdout is JSON alone", () => {
  const made = bench("--quick", "--json", "--only", "eight-schools", "--peers", "jax-js-wasm,yardstick");
  const json = JSON.parse(made.stdout);
  expect(json.ceilings.flops).toBeGreaterThan(1e8);
  expect(json.firstResult.stepSeconds).toBeGreaterThan(0);
  const [row] = json.rows;
  expect(row.refused).toEqual({});
  expect(Object.keys(row.peers).sort()).toEqual(["jax-js-wasm", "yardstick"]);
  expect(row.samples.length).toBeGreaterThanOrEqual(7);
  expect(row.roofline).toBeGreaterThan(0);
  expect(made.status).toBe(0);
}, 120_000);

test("an unknown row is refused with the names there are", () => {
  const made = bench("--only", "nonsense", "--quick");
  expect(made.status).not.toBe(0);
  expect(made.stderr).toContain("no row nonsense; there are eight-schools");
}, 60_000);
