import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ElboJson } from "../../src/cli/commands/elbo.ts";
import { run } from "../../src/cli/run.ts";
import { objectiveNamed } from "../../src/objectives/index.ts";
import { root } from "../support/repository.ts";
import { recordedTerminal } from "./support.ts";

const example = join(root, "examples", "evidence-identity");

async function elbow(...args: string[]) {
  const terminal = recordedTerminal();
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

describe("--objective", () => {
  test("words and what stands after their colons", () => {
    expect(objectiveNamed("elbo")).toEqual({ kind: "elbo" });
    expect(objectiveNamed("elbo:kl")).toEqual({ kind: "elbo", form: "kl" });
    expect(objectiveNamed("iwae")).toEqual({ kind: "importance-weighted", draws: 10 });
    expect(objectiveNamed("iwae:50")).toEqual({ kind: "importance-weighted", draws: 50 });
    expect(objectiveNamed("renyi:0.3:20")).toEqual({ kind: "renyi", alpha: 0.3, draws: 20 });
    expect(objectiveNamed("forward-kl")).toEqual({ kind: "forward-kl" });
    expect(objectiveNamed("chi")).toEqual({ kind: "chi" });
  });

  test.each(["vae", "iwae:", "iwae:x", "iwae:1.5", "iwae:10:2", "renyi:1", "chi:2", "elbo:exact", ""])(
    'refuses "%s"',
    (text) => {
      expect(() => objectiveNamed(text)).toThrow(/expected one of elbo|positive integer|use elbo\(\)/);
    },
  );

  test("of a fit is reported beside the ELBO", async () => {
    const { code, stdout } = await elbow("fit", example, "--objective", "iwae:5", "--device", "cpu", "--steps", "300");
    expect(code).toBe(0);
    expect(stdout).toMatch(/ELBO +-36\.3/);
    expect(stdout).toMatch(/importance-weighted bound, K = 5 +-36\.3/);
  });

  test("of elbow elbo is evaluated by many draws: from N(0, I), where bounds lie apart, and after a fit", async () => {
    const of = async (...args: string[]) =>
      JSON.parse((await elbow("elbo", example, "--device", "cpu", "--json", ...args)).stdout) as ElboJson;
    const atStart = ["--draws", "4000", "--start"];
    const bounds = [
      await of(...atStart),
      await of(...atStart, "--objective", "renyi:0.5:10"),
      await of(...atStart, "--objective", "iwae:10"),
      await of(...atStart, "--objective", "chi"),
    ];
    expect(bounds.map(({ objective }) => objective)).toEqual(["elbo", "renyi:0.5:10", "iwae:10", "chi"]);
    // ELBO ≤ Rényi bound ≤ importance-weighted bound ≤ log p(x) ≤ χ bound: nats apart here, the errors are hundredths.
    const values = bounds.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(bounds[0]!.effectiveDraws).toBeNull();
    expect(bounds[2]!.effectiveDraws).toBeLessThan(10);
    // One estimate of all draws has no error of its own.
    expect(bounds[3]!.standardError).toBeNull();
    const text = await elbow("elbo", example, "--device", "cpu", "--draws", "1000", "--objective", "forward-kl");
    expect(text.code).toBe(0);
    // The posterior is Gaussian: q is the posterior.
    expect(Number(/KL\(posterior ‖ q\) +(-?[\d.]+) from 1,000 draws/.exec(text.stdout)![1])).toBeLessThan(0.05);
    const uneven = await elbow(
      "elbo",
      example,
      "--device",
      "cpu",
      "--draws",
      "15",
      "--start",
      "--objective",
      "iwae:10",
    );
    expect(uneven.code).toBe(1);
    expect(uneven.stderr).toContain("15 draws do not go into groups of 10");
  });

  test("that the model does not have: the reason and the remedy, exit 1; no objective at all: exit 2", async () => {
    const schools = join(root, "examples", "eight-schools");
    const refused = await elbow("fit", schools, "--objective", "elbo:kl", "--device", "cpu");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/needs KL\(q ‖ p\) in closed form.*use the form "joint" or "entropy"/);
    const unknown = await elbow("fit", schools, "--objective", "mle");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/elbo:entropy.*forward-kl/);
  });
});
