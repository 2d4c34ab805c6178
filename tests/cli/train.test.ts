/** `elbow fit` of a model whose file exports `training`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { run } from "../../src/cli/run.ts";
import { recordedTerminal } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "elbow-train-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, "model.ts"),
  `import { amortised, dense, model, normal, real } from "elbow-gpu";
export default model("levels", ({ plate, sample, observe, parameter, deterministic }, data) => {
  const row = plate("row", data.y.length, { batch: 4 });
  const unit = plate("unit", 1);
  const z = sample("z", normal(0, 1), [row, unit]);
  const loc = deterministic("loc", z.add(parameter("level")).sum(unit), [row]);
  observe("y", normal(loc, 1), real(data.y, [row]));
});
export const training = {
  guide: {
    z: amortised(({ parameter, observed, axes }) => {
      const gain = parameter("gain", axes.slice(1));
      return { loc: observed("y").mul(gain).add(parameter("shift", axes.slice(1))), logScale: parameter("logScale") };
    }),
  },
  steps: 40,
  stepSize: 0.05,
  heldOut: (data) => ({ y: data.y.slice(4) }),
  evaluationDraws: 20,
  scores: { largest: { site: "loc", of: (values) => Math.max(...values) } },
};
`,
);
writeFileSync(join(folder, "data.json"), JSON.stringify({ y: [1, 2, 3, 4, 2.5, 1.5, 3.5, 2] }));

it("trains, and reports bounds of the data kept back", async () => {
  const terminal = recordedTerminal();
  expect(await run(["fit", folder, "--device", "cpu", "--json", "--seed", "2"], terminal)).toBe(0);
  const found = JSON.parse(terminal.stdout());
  expect(found).toMatchObject({ model: "levels", guide: "amortised", steps: 40, stopped: "max-steps", entries: 4 });
  expect(found.verdict).toBe("not-converged");
  expect(found.reasons[0]).toContain("40 steps are too few");
  expect(found.reasons.join(" ")).toContain("point estimates");
  expect(found.evidence.value).toBeGreaterThan(found.elbo.value - 3 * found.elbo.standardError);
  expect(found.scores.largest).toBeGreaterThan(-5);

  const plain = recordedTerminal();
  expect(await run(["fit", folder, "--device", "cpu", "--steps", "5"], plain)).toBe(0);
  expect(await run(["fit", folder, "--device", "cpu", "--steps", "5", "--strict"], recordedTerminal())).toBe(3);
  expect(plain.stdout()).toMatch(/ELBO an entry/);
  expect(plain.stdout()).toMatch(/4 entries of the data kept back/);
  expect(plain.stdout()).toMatch(/importance-weighted .*by 20 draws each/s);
});

it("refuses options that a training has no use for", async () => {
  const terminal = recordedTerminal();
  const options = ["--csv", join(folder, "draws.csv"), "--guide", "full-rank"];
  expect(await run(["fit", folder, "--device", "cpu", ...options], terminal)).toBe(2);
  expect(terminal.stderr()).toMatch(/--guide, --csv: levels is trained.*--save/);
});

it("keeps what was learned, and goes on with it", async () => {
  const file = join(folder, "learned.json");
  const fit = async (...options: string[]) => {
    const terminal = recordedTerminal();
    expect(await run(["fit", folder, "--device", "cpu", "--json", ...options], terminal)).toBe(0);
    return { elbo: JSON.parse(terminal.stdout()).elbo.value as number, said: terminal.stderr() };
  };
  const first = await fit("--save", file);
  expect(first.said).toContain(`what was learned in 40 steps is in ${file}`);
  const saved = JSON.parse(readFileSync(file, "utf8"));
  expect(saved).toMatchObject({ model: "levels", steps: 40, arrays: { level: { axes: [] } } });
  expect(saved.arrays["guide.z.gain"].axes).toEqual([{ name: "unit", size: 1 }]);
  // Forty more steps of a bound that has not flattened: it ends higher than the same forty from the start.
  const second = await fit("--resume", file, "--save", file);
  expect(second.said).toContain("goes on after 40 steps");
  expect(JSON.parse(readFileSync(file, "utf8")).steps).toBe(80);
  expect(second.elbo).toBeGreaterThan(first.elbo);
});

it("is checked without values for what is to be learned, and its step explained", async () => {
  const terminal = recordedTerminal();
  expect(await run(["check", folder], terminal)).toBe(0);
  expect(terminal.stdout()).toMatch(/level +learned +scalar/);
  // Of the model alone: the guide's are its own.
  expect(terminal.stdout()).toMatch(/8 observations; 1 number to learn\n/);
  const json = recordedTerminal();
  expect(await run(["check", folder, "--json"], json)).toBe(0);
  expect(JSON.parse(json.stdout())).toMatchObject({ logJointAtZero: null, warnings: [] });
  const explained = recordedTerminal();
  expect(await run(["explain", folder, "--device", "gpu"], explained)).toBe(0);
  expect(explained.stdout()).toMatch(/^levels · training · 1 draw a step\n/);
});
