import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { objectiveNamed } from "../../src/cli/objective.ts";
import { run } from "../../src/cli/run.ts";
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
      expect(() => objectiveNamed(text)).toThrow(/Expected one of elbo|positive integer|use elbo\(\)/);
    },
  );

  test("of a fit is reported beside the ELBO", async () => {
    const { code, stdout } = await elbow("fit", example, "--objective", "iwae:5", "--device", "cpu", "--steps", "300");
    expect(code).toBe(0);
    expect(stdout).toMatch(/ELBO +-36\.3/);
    expect(stdout).toMatch(/importance-weighted bound, K = 5 +-36\.3/);
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
