/** "Copy as code": what is copied runs beside the example's own model and data. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createJiti } from "jiti";
import { afterAll, expect, test, vi } from "vitest";
import { DEFAULTS } from "../../playground/settings.ts";
import { codeOf, trainingCodeOf } from "../../playground/takeaway/code.ts";
import type { Settings } from "../../playground/worker/protocol.ts";
import { sitesOf } from "../../playground/worker/sites.ts";
import { loadModel } from "../../src/cli/loadModel.ts";
import * as elbow from "../../src/index.ts";
import { filesUnder, root } from "../support/repository.ts";

const parent = mkdtempSync(join(tmpdir(), "elbow-code-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface Made {
  readonly options: Parameters<typeof elbow.fit>[2];
  readonly value: number;
}

/**
 * Runs the code with the library in which a fit is one evaluation of its objective, in float64: all that a fit checks of
 * guide, objective and draws is checked.
 */
async function ran(example: string, change: Partial<Settings> = {}): Promise<Made> {
  const from = join(root, example);
  const { model, data } = await loadModel(from, undefined);
  const code = codeOf({ ...DEFAULTS, draws: 4, ...change }, sitesOf(model.trace(data)));
  // One of its own: JSON that was imported stays.
  const folder = mkdtempSync(join(parent, "of-"));
  for (const file of ["model.ts", "data.json"]) cpSync(join(from, file), join(folder, file));
  writeFileSync(join(folder, "fit.ts"), code);
  let made: Made | undefined;
  const fit: typeof elbow.fit = async (given, bound, options = {}) => {
    const { guide, objective, draws } = options;
    using compiled = await elbow.compileElbo(given, bound, {
      device: "cpu",
      ...(guide && { guide }),
      ...(objective && { objective }),
      ...(draws && { draws }),
    });
    const { value } = await compiled.evaluate(compiled.initial());
    made = { options, value };
    return { diagnose: () => "", summary: () => "", dispose() {} } as unknown as Awaited<ReturnType<typeof elbow.fit>>;
  };
  const openDevice = async () => ({ dispose() {} });
  const library = { ...elbow, fit, openDevice };
  const jiti = createJiti(import.meta.url, {
    virtualModules: { "elbow-gpu": library },
    fsCache: false,
    moduleCache: false,
  });
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await jiti.import(join(folder, "fit.ts"));
  log.mockRestore();
  return made!;
}

const examples = filesUnder("examples", "model.ts")
  .map(dirname)
  // Models with parameters to learn are trained.
  .filter((example) => !readFileSync(join(root, example, "model.ts"), "utf8").includes("export const training"));

test.each(examples)("%s: the code copied runs", async (example) => {
  const { options, value } = await ran(example);
  expect(options?.seed).toBe(DEFAULTS.seed);
  expect(value).toBeTypeOf("number");
});

test("guides for sites, and objectives", async () => {
  const blocks = await ran("examples/eight-schools", {
    guide: "eta=full-rank,default=mean-field",
    objective: "iwae:2",
  });
  expect(blocks.options?.objective).toEqual({ kind: "importance-weighted", draws: 2 });
  expect(blocks.value).toBeLessThan(0);
  const given = await ran("examples/hard-attention", { guide: "l=categorical,default=mean-field" });
  expect(Number.isFinite(given.value)).toBe(true);
  const forms = await ran("examples/evidence-identity", { objective: "elbo:kl" });
  expect(forms.options?.objective).toEqual({ kind: "elbo", form: "kl" });
  const renyi = await ran("examples/two-modes", { guide: "full-rank", objective: "renyi:0.3:4" });
  expect(renyi.options?.objective).toEqual({ kind: "renyi", alpha: 0.3, draws: 4 });
});

test.each(["examples/vae-digits", "examples/hard-attention-digits"])(
  "%s: the code copied of a training trains",
  async (example) => {
    const from = join(root, example);
    const folder = mkdtempSync(join(parent, "of-"));
    cpSync(from, folder, { recursive: true });
    writeFileSync(join(folder, "train.ts"), trainingCodeOf({ ...DEFAULTS, steps: 1 }));
    const asked: { options: elbow.TrainOptions; evaluated: unknown }[] = [];
    // A step of these takes half a minute in float64: the model is traced with its data, no more.
    const train = async (model: elbow.Model, data: elbow.JsonData, options: elbow.TrainOptions) => {
      model.trace(data);
      const evaluate = async (training: unknown) => {
        asked.push({ options, evaluated: training });
        return { bounds: {}, scores: {} };
      };
      return { evaluate, judge: () => "", async [Symbol.asyncDispose]() {} };
    };
    const openDevice = async () => ({ async [Symbol.asyncDispose]() {} });
    const virtualModules = { "elbow-gpu": { ...elbow, train, openDevice } };
    const jiti = createJiti(import.meta.url, { virtualModules, fsCache: false, moduleCache: false });
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await jiti.import(join(folder, "train.ts"));
    log.mockRestore();
    expect(asked).toHaveLength(1);
    const { options, evaluated } = asked[0]!;
    expect(options).toMatchObject({ steps: 1, seed: DEFAULTS.seed });
    expect(options.guide).toBe((evaluated as { guide: unknown }).guide);
  },
);
