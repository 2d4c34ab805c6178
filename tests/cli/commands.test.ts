import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../src/cli/run.ts";
import { root } from "../support/repository.ts";
import { recordedTerminal } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "elbow-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = (name: string): string => join(root, "examples", name);

async function elbow(...args: string[]) {
  const terminal = recordedTerminal();
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const coin = write(
  "coin.ts",
  `import { bernoulli, beta, integer, model } from "elbow-gpu";
  export default model("coin", ({ plate, sample, observe }, data: { heads: number[]; tosser: string }) => {
    const toss = plate("toss", data.heads.length);
    const p = sample("p", beta(2, 2));
    observe("heads", bernoulli({ probs: p }), integer(data.heads, [toss]));
  });`,
);
const coinData = write("coin.json", JSON.stringify({ heads: [1, 0, 1, 1], tosser: "Ada" }));

describe("check", () => {
  test("lists the sites of eight schools, with the log density at zero as worked out by hand", async () => {
    const { code, stdout } = await elbow("check", example("eight-schools"), "--json");
    expect(code).toBe(0);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      model: "eight schools",
      coordinates: 10,
      scalars: 18,
      observations: 8,
      warnings: [],
    });
    expect(found.sites.map(({ name, kind }: { name: string; kind: string }) => `${name} ${kind}`)).toEqual([
      "mu latent",
      "tau latent",
      "eta latent",
      "theta deterministic",
      "y observed",
    ]);
    // mu ~ N(0, 5²) at 0, tau = 1 ~ half-Cauchy(5), eta ~ N(0, 1) at 0, y ~ N(0, sigma²); log|dtau/du| = 0.
    const normal = (x: number, sd: number): number => -0.5 * (x / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI);
    const y = [28, 8, -3, 7, -1, 1, 18, 12];
    const sigma = [15, 10, 16, 11, 9, 11, 10, 18];
    const cauchy = Math.log(2 / (Math.PI * 5 * (1 + 1 / 25)));
    const expected = normal(0, 5) + cauchy + 8 * normal(0, 1) + y.reduce((sum, x, j) => sum + normal(x, sigma[j]!), 0);
    expect(found.logJointAtZero).toBeCloseTo(expected, 9);
  });

  test("warns of a centred hierarchy, of flat priors, of fields nobody reads", async () => {
    expect((await elbow("check", example("eight-schools-centered"))).stdout).toMatch(/theta: a latent whose scale/);
    expect((await elbow("check", example("wells"))).stdout).toMatch(/improper flat priors \(alpha, beta\)/);
    const { stdout } = await elbow("check", coin, coinData);
    expect(stdout).toMatch(/1 field of the data is not used by the model: tosser/);
  });

  test("warns of latents without data, plates without sites, and data of very different scale", async () => {
    const file = write(
      "idle.ts",
      `import { halfNormal, model, normal, real } from "elbow-gpu";
      export default model("idle", ({ plate, sample, observe }, data) => {
        const n = plate("n", data.y.length);
        plate("nobody", 3);
        const scale = sample("scale", halfNormal(1));
        const idle = sample("idle", normal(0, scale));
        const tau = sample("tau", halfNormal(1));
        const slope = sample("slope", normal(0, tau));
        observe("y", normal(slope.mul(real(data.x, [n])), 1), real(data.y, [n]));
      });`,
    );
    const data = write("idle.json", JSON.stringify({ x: [10500.5, -3e4, 2e5, 7e5], y: [0.5, 0.1, -0.25, 1.5] }));
    const { code, stdout } = await elbow("check", file, data, "--json");
    expect(code).toBe(0);
    const { warnings } = JSON.parse(stdout) as { warnings: string[] };
    expect(warnings).toEqual([
      expect.stringMatching(/^no data bear on scale, idle: the posterior is the prior there/),
      expect.stringMatching(/^no site runs over the plate nobody/),
      expect.stringMatching(/x \(sd 2\.9e\+5\) and .*y \(sd 0\.66\) are of very different scale/),
    ]);
  });

  test("warns of data far from all that the priors make, and of none that they do make", async () => {
    const file = write(
      "scale.ts",
      `import { halfNormal, model, normal, real } from "elbow-gpu";
      export default model("scale", ({ plate, sample, observe }, data) => {
        const n = plate("n", data.y.length);
        observe("y", normal(sample("mu", normal(0, 1)), sample("sigma", halfNormal(1))), real(data.y, [n]));
      });`,
    );
    const warnings = async (y: readonly number[]) => {
      const { stdout } = await elbow("check", file, write("scale.json", JSON.stringify({ y })), "--json");
      return (JSON.parse(stdout) as { warnings: string[] }).warnings;
    };
    expect(await warnings([51_000, 48_000, 62_000])).toEqual([
      expect.stringMatching(
        /^y: the data \(4\.80e\+4 to 6\.20e\+4\) are far from all that the priors make \(-\d.*: scale the data/,
      ),
    ]);
    expect(await warnings([0.5, -1.2, 3.1])).toEqual([]);
  });

  test("knows the plate of a recurrence inside a recurrence, and a likelihood made of factors", async () => {
    const file = write(
      "nested.ts",
      `import { lastOf, model, normal, real, scan } from "elbow-gpu";
      export default model("nested", ({ plate, sample, factor }, data) => {
        const day = plate("day", data.y.length);
        const step = plate("step", 4);
        const rate = sample("rate", normal(0, 1));
        const path = scan(day, 1, (x) => lastOf(scan(step, x, (u) => u.add(u.mul(rate).mul(0.25))), step));
        factor("y", normal(path, 1).logProb(real(data.y, [day])));
      });`,
    );
    const { stdout } = await elbow("check", file, write("nested.json", JSON.stringify({ y: [1.5, 2.5] })));
    expect(stdout).toMatch(/no observed site, 1 factor in place of a likelihood/);
    expect(stdout).toMatch(/no warnings/);
  });
});

describe("a model file", () => {
  test("with a mistake: the typed error's message names the site; no stack unless asked for", async () => {
    const bad = write("bad.json", JSON.stringify({ heads: [1, 0, 2, 1] }));
    const { code, stdout, stderr } = await elbow("check", coin, bad);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^elbow: heads\[3\] is 2/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect((await elbow("check", coin, bad, "--debug")).stderr).toMatch(/ModelError: heads[\s\S]*\n\s+at /);
  });

  test("with a syntax error, without a model, with bad data: one message that names the file", async () => {
    const broken = write("broken.ts", "export default model(");
    const empty = write("empty.ts", "export const x = 1;");
    const notJson = write("not.json", "{ heads: ");
    const list = write("list.json", "[1, 2]");
    expect(await elbow("check", broken, coinData)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^elbow: .*broken\.ts cannot be loaded: /),
    });
    expect(await elbow("check", empty, coinData)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/empty\.ts exports no model: write "export default model/),
    });
    expect((await elbow("check", coin, notJson)).stderr).toMatch(/not\.json is not JSON/);
    expect((await elbow("check", coin, list)).stderr).toMatch(/list\.json: the data must be a JSON object/);
  });

  test("may import from files beside it and export its model by name", async () => {
    write("priors.ts", `import { beta } from "elbow-gpu"; export const prior = () => beta(1, 1);`);
    const named = write(
      "named.ts",
      `import { bernoulli, integer, model } from "elbow-gpu"; import { prior } from "./priors.ts";
      export const coin = model("named", ({ plate, sample, observe }, data) => {
        const toss = plate("toss", data.heads.length);
        observe("heads", bernoulli({ probs: sample("p", prior()) }), integer(data.heads, [toss]));
      });`,
    );
    expect(await elbow("check", named, coinData)).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("usage", () => {
  test.each([
    [[], /Usage: elbow/],
    [["fit"], /missing required argument 'model'/],
    [["fit", "no/such/model"], /no\/such\/model: there is no such file or folder/],
    [
      ["fit", example("eight-schools"), "--guide", "flow"],
      /there is no guide "flow": there are mean-field, full-rank, /,
    ],
    [["fit", example("eight-schools"), "--guide", "eta=full-rank,eta=mean-field"], /"eta" has two families/],
    [["fit", example("eight-schools"), "--guide", "eta=full-rank,mu"], /"mu" is not of the form site=family/],
    [["fit", example("eight-schools"), "--resume", "missing.json"], /missing\.json: there is no such file/],
    [["examples", "no-such"], /there is no example "no-such"/],
    [["examples", "--copy", "here"], /name the example to copy/],
    [["fit", example("eight-schools"), "--draws", "0"], /Expected a positive integer/],
    [["fit", example("eight-schools"), "--seed", "-1"], /Expected an integer from 0/],
    [["fit", example("eight-schools"), "--wrong"], /unknown option '--wrong'/],
    [["elbo", example("eight-schools")], /required option '--draws <n>' not specified/],
    [["fit", coin], /is a model file: name its data file too/],
    [["fit", coin, "missing.json"], /missing\.json: there is no such data file/],
    [["check", folder], /the folder has no model\.ts/],
    [["refit", example("wells")], /unknown command 'refit'/],
  ])("elbow %j exits with 2 and says why on stderr", async (args, message) => {
    const { code, stdout, stderr } = await elbow(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  test("--help and --version go to stdout and exit with 0", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await elbow("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const help = await elbow("fit", "--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(/--guide <family>/);
    for (const name of ["", "fit", "elbo", "check", "explain", "devices", "examples", "demo"]) {
      const { code, stdout } = await elbow(...(name === "" ? [] : [name]), "--help");
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nExamples:\n {2}elbow /);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });
});

describe("examples", () => {
  test("lists them, tells of one, copies it once; a fit takes their names", async () => {
    const { stdout } = await elbow("examples", "--json");
    const all = JSON.parse(stdout) as { name: string; title: string; folder: string }[];
    expect(all).toContainEqual({ name: "radon", title: "Radon", folder: example("radon") });
    expect(all.map(({ name }) => name)).toContain("posteriordb/garch-garch11");
    expect((await elbow("examples")).stdout).toMatch(/\nlynx-hare +Lynx and hare\n/);
    expect((await elbow("examples", "radon")).stdout).toMatch(/^# Radon\n[\s\S]*\nelbow fit radon\n/);
    const to = join(folder, "mine");
    expect(await elbow("examples", "eight-schools", "--copy", to)).toMatchObject({ code: 0, stdout: "" });
    expect(await elbow("examples", "radon", "--copy", to)).toMatchObject({ code: 2 });
    const [copied, named] = [await elbow("check", to), await elbow("check", "eight-schools")];
    expect(copied.code).toBe(0);
    expect(named.stdout).toBe(copied.stdout);
  });
});

describe("a fit in two parts", () => {
  test("is saved and gone on with, with the guide it had; draws go to files", async () => {
    const file = (name: string): string => join(folder, name);
    const args = ["fit", "eight-schools", "--device", "cpu", "--steps", "30", "--json"];
    const first = await elbow(
      ...args,
      "--guide",
      "tau=full-rank,default=mean-field",
      "--seed",
      "4",
      "--save",
      file("a.json"),
    );
    expect(first.stderr).toMatch(/the state after 30 steps is in .*a\.json\n/);
    expect(JSON.parse(first.stdout)).toMatchObject({ steps: 30, stopped: "max-steps" });
    const output = ["--inference-data", file("i.json"), "--csv", file("d.csv"), "--output-draws", "20"];
    const second = await elbow(...args, "--resume", file("a.json"), ...output);
    expect(second.stderr).toMatch(/tau=full-rank,default=mean-field · seed 4 · goes on after 30 steps/);
    expect(JSON.parse(second.stdout)).toMatchObject({
      steps: 60,
      seed: 4,
      guide: "{ tau: full-rank, default: mean-field }",
    });
    const { posterior, dims } = JSON.parse(readFileSync(file("i.json"), "utf8"));
    expect(posterior.theta[0]).toHaveLength(20);
    expect(dims.theta).toEqual(["school"]);
    expect(readFileSync(file("d.csv"), "utf8").trimEnd().split("\n")).toHaveLength(4 + 1 + 20);
    expect(await elbow("fit", "radon", "--device", "cpu", "--resume", file("a.json"))).toMatchObject({ code: 1 });
    const notSaved = await elbow(...args, "--resume", file("i.json"));
    expect(notSaved).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/i\.json: resume: this is not a fit that saveFit wrote/),
    });
  });
});

test("devices --json is one array, the reference always among it", async () => {
  const { code, stdout } = await elbow("devices", "--json");
  expect(code).toBe(0);
  const found = JSON.parse(stdout);
  expect(found.at(-1)).toMatchObject({ kind: "cpu", description: "float64 interpreter" });
  expect(found[0]).toMatchObject({ kind: "gpu", default: true });
});
