/** What `elbow explain` and `elbow elbo` report, on the GPU. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../src/cli/run.ts";
import type { Explanation } from "../../src/graph/program.ts";
import { reference } from "../support/examples.ts";
import { root } from "../support/repository.ts";
import { recordedTerminal } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "elbow-explain-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function json<T>(...args: string[]): Promise<T> {
  const terminal = recordedTerminal();
  const code = await run([...args, "--json"], terminal);
  expect(code, terminal.stderr()).toBe(0);
  return JSON.parse(terminal.stdout()) as T;
}

const explain = (name: string, ...args: string[]): Promise<Explanation> =>
  json("explain", join(root, "examples", name), "--device", "gpu", ...args);

describe("explain --json", () => {
  test("eight schools with 64 draws: one resident dispatch for many steps", async () => {
    const found = await explain("eight-schools", "--draws", "64");
    expect(found.stepsPerDispatch).toBeGreaterThan(100);
    expect(found.dispatchesPerStep).toBeLessThan(0.01);
    expect(found.kernels.map(({ regime, workgroups }) => ({ regime, workgroups }))).toEqual([
      { regime: "resident", workgroups: 1 },
    ]);
    expect(Object.keys(found.kernels[0]!).sort()).toEqual(["bytes", "flops", "name", "regime", "wgsl", "workgroups"]);
    expect(found.kernels[0]!.wgsl).toMatch(/@compute/);
  });

  test.each([
    ["wells", 3020],
    ["radon", 919],
  ])("%s, mean-field: at most 4 dispatches a step, nothing of size draws × data", async (name, rows) => {
    const found = await explain(name);
    expect(found.dispatchesPerStep).toBeLessThanOrEqual(4);
    expect(found.kernels.length).toBeLessThanOrEqual(4);
    const wide = await explain(name, "--draws", "256");
    for (const buffer of wide.buffers) expect(buffer.bytes, buffer.name).toBeLessThan((4 * 256 * rows) / 4);
  });

  test("diamonds: a contraction in at most 6 dispatches a step", async () => {
    const found = await explain("diamonds");
    expect(found.dispatchesPerStep).toBeLessThanOrEqual(6);
    expect(found.kernels.map(({ regime }) => regime)).toContain("contraction");
  });

  test("as text: a table of kernels, the WGSL on demand", async () => {
    const terminal = recordedTerminal();
    await run(["explain", join(root, "examples/eight-schools"), "--device", "gpu"], terminal);
    expect(terminal.stdout()).toMatch(/steps in one dispatch, [\d.]+ KiB in all/);
    expect(terminal.stdout()).not.toMatch(/@compute/);
    await run(["explain", join(root, "examples/eight-schools"), "--device", "gpu", "--wgsl"], terminal);
    expect(terminal.stdout()).toMatch(/@compute/);
  });
});

interface Elbo {
  readonly value: number;
  readonly standardError: number;
  readonly nonFinite: number;
  readonly draws: number;
  readonly seconds: number;
}

describe("elbo --json", () => {
  const model = join(root, "examples/conjugate-regression");
  const exact = reference("conjugate-regression");

  test.each(exact.elboAt!.map((at, i) => [i, at] as const))(
    "at a given Gaussian (%i): the exact ELBO",
    async (i, at) => {
      const file = join(folder, `at${i}.json`);
      writeFileSync(file, JSON.stringify({ loc: at.mean, logScale: at.sd.map(Math.log) }));
      const found = await json<Elbo>("elbo", model, "--draws", "20000", "--at", file, "--device", "gpu");
      expect(Object.keys(found).sort()).toEqual([
        "draws",
        "effectiveDraws",
        "nonFinite",
        "objective",
        "seconds",
        "standardError",
        "value",
      ]);
      expect(found).toMatchObject({ draws: 20000, nonFinite: 0 });
      // Four standard errors, and float32's 2⁻²⁴ of a log joint of −1880 in each of its few hundred terms' sums.
      expect(Math.abs(found.value - at.elbo)).toBeLessThan(4 * found.standardError + 1880 * 2 ** -22);
    },
  );

  test("after a fit: the best mean-field bound", async () => {
    const found = await json<Elbo>("elbo", model, "--draws", "20000", "--device", "gpu", "--seed", "2");
    expect(Math.abs(found.value - exact.meanFieldElbo!)).toBeLessThan(0.02 + 4 * found.standardError);
  });

  test("where λ does not fit the guide, it says what the guide takes", async () => {
    const file = join(folder, "short.json");
    writeFileSync(file, JSON.stringify({ loc: [1, 2], logScale: [0, 0] }));
    const terminal = recordedTerminal();
    const args = ["elbo", model, "--draws", "10", "--at", file, "--device", "cpu", "--guide", "full-rank"];
    expect(await run(args, terminal)).toBe(1);
    expect(terminal.stderr()).toMatch(
      /short\.json: "loc" must be 4 finite numbers; the guide takes \{ loc: 4 numbers, /,
    );
  });
});
