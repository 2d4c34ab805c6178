/** The built command in processes of its own: what a user, a shell and a pipe see. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { restoreFit } from "../../src/fit/index.ts";
import { builtBundle } from "../support/bundle.ts";
import { root } from "../support/repository.ts";

const bundle = await builtBundle();
const folder = mkdtempSync(join(tmpdir(), "elbow-process-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `elbow`; `watch` sees stderr as it grows. */
function elbow(
  args: readonly string[],
  watch?: (stderr: string, interrupt: () => void) => void,
  cwd = root,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(bundle, "cli.js"), ...args], { cwd, timeout: 120_000 });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += String(data);
  });
  child.stderr.on("data", (data) => {
    stderr += String(data);
    watch?.(stderr, () => child.kill("SIGINT"));
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

const FIT_KEYS = [
  "device",
  "elbo",
  "evidence",
  "guide",
  "khat",
  "model",
  "nonFinite",
  "objective",
  "parameters",
  "reasons",
  "seconds",
  "seed",
  "steps",
  "stopped",
  "verdict",
];

describe("elbow fit --json", () => {
  test("eight schools on the GPU: one object on stdout and nothing else, near the exact answers", async () => {
    const csv = join(folder, "draws.csv");
    const { code, stdout, stderr } = await elbow([
      ...["fit", "examples/eight-schools", "--device", "gpu", "--seed", "1", "--json"],
      ...["--csv", csv, "--output-draws", "50"],
    ]);
    expect(stderr).toMatch(/eight schools · mean-field · seed 1\nGPU · /);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const found = JSON.parse(stdout);
    expect(Object.keys(found).sort()).toEqual(FIT_KEYS);
    expect(found).toMatchObject({ model: "eight schools", guide: "mean-field", seed: 1, stopped: "converged" });
    expect(found.device.kind).toBe("gpu");
    expect(["reliable", "unreliable"]).toContain(found.verdict);
    expect(Object.keys(found.elbo.forms).sort()).toEqual(["entropy", "joint", "kl"]);
    const reference = JSON.parse(readFileSync(join(root, "tests/reference/eight-schools.json"), "utf8"));
    for (const name of ["mu", "theta[1]", "theta[8]"]) {
      const { mean, sd } = reference.parameters[name];
      // The optimum of the family itself is up to 0.16 sd off.
      expect(Math.abs(found.parameters[name].mean - mean) / sd, name).toBeLessThan(0.25);
      expect(Object.keys(found.parameters[name])).toEqual(["mean", "sd", "q05", "q50", "q95"]);
    }
    // No lower bound is above the evidence; importance sampling finds the evidence.
    expect(found.elbo.value).toBeLessThan(reference.logEvidence + 4 * found.elbo.standardError);
    expect(Math.abs(found.evidence.value - reference.logEvidence)).toBeLessThan(0.1);
    const [header, ...rows] = readFileSync(csv, "utf8")
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    expect(header).toMatch(/^lp_approx__,lp__,mu,tau,eta\.1,.*,theta\.8$/);
    expect(rows).toHaveLength(50);
  });

  test("with too few steps: not-converged, still a result, exit 0; with --strict, exit 3", async () => {
    const args = ["fit", "examples/eight-schools", "--device", "cpu", "--steps", "20", "--json"];
    const plain = await elbow(args);
    expect(plain.code).toBe(0);
    expect(JSON.parse(plain.stdout)).toMatchObject({ verdict: "not-converged", stopped: "max-steps" });
    expect((await elbow([...args, "--strict"])).code).toBe(3);
  });

  test("Ctrl-C ends the fit with what there is, saves it and says how to go on, exit 130", async () => {
    let sent = false;
    const slow = ["fit", "radon", "--device", "cpu", "--guide", "full-rank", "--draws", "512", "--json"];
    const stop = (text: string, interrupt: () => void): void => {
      if (sent || !text.includes("optimising, step")) return;
      sent = true;
      interrupt();
    };
    const { code, stdout, stderr } = await elbow(slow, stop, folder);
    expect(stderr).toMatch(/elbow: stopping/);
    expect(stderr).toMatch(
      /the state after \d+ steps is in radon\.elbow\.json; go on with: elbow fit radon --resume radon\.elbow\.json\n/,
    );
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ stopped: "cancelled", verdict: "not-converged", guide: "full-rank" });
    const saved = restoreFit(readFileSync(join(folder, "radon.elbow.json"), "utf8"));
    expect(saved).toMatchObject({ stopped: "cancelled", steps: found.steps, resume: { begun: true } });
    expect(code).toBe(130);
  });
});

test("elbow fit without --json is a report of at most 100 columns", async () => {
  const { code, stdout } = await elbow(["fit", "examples/wells", "--device", "gpu", "--guide", "full-rank"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^wells · full-rank · seed 0\nGPU · /);
  for (const part of [/mean +sd +5% +50% +95%/, /\nbeta +-0\.006/, /\nverdict: /, /\nELBO +-20/, /\nELBO by step\n/]) {
    expect(stdout).toMatch(part);
  }
  expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(100);
});

test("a wrong command line exits with 2, a wrong model with 1, both silent on stdout", async () => {
  expect(await elbow(["fit"])).toMatchObject({ code: 2, stdout: "" });
  const data = join(folder, "data.json");
  writeFileSync(data, JSON.stringify({ y: [1, 2], sigma: [1, -2] }));
  const { code, stdout, stderr } = await elbow(["fit", "examples/eight-schools", data, "--device", "cpu", "--json"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/elbow: y: scale of normal must be .*positive/);
});

test("files that cannot be written and data that are not JSON are refused before the fit", async () => {
  const nowhere = join(folder, "no-such", "draws.csv");
  for (const option of ["--csv", "--inference-data", "--save"]) {
    const { code, stdout, stderr } = await elbow(["fit", "examples/radon", option, nowhere]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`elbow: ${nowhere} cannot be written: there is no folder ${join(folder, "no-such")}\n`);
  }
  const onto = await elbow(["fit", "examples/radon", "--save", folder]);
  expect(onto.stderr).toBe(`elbow: ${folder} is a folder: name a file\n`);
  const table = join(folder, "table.csv");
  writeFileSync(table, "y,sigma\n1,2\n");
  const { code, stderr } = await elbow(["fit", "examples/eight-schools", table]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/table\.csv: data are a JSON object whose fields are columns.*not CSV/);
});

test("no adapter where one is asked for: an error that says how to get one; with auto, the reference", async () => {
  const environment = { ...process.env };
  process.env.VK_ICD_FILENAMES = "/nonexistent/icd.json";
  try {
    const insisting = await elbow(["fit", "examples/eight-schools", "--device", "gpu"]);
    expect(insisting.code).toBe(1);
    expect(insisting.stderr).toMatch(/npm install/);
    const auto = await elbow(["fit", "examples/conjugate-regression", "--steps", "20", "--json"]);
    expect(auto.stderr).toMatch(/going on with the float64 reference/);
    expect(JSON.parse(auto.stdout).device.kind).toBe("cpu");
  } finally {
    process.env = environment;
  }
});
