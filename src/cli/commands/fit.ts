/** `elbow fit`: the main job. */
import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type FitResult, fit, type SavedFit } from "../../fit/index.ts";
import type { Backend } from "../../graph/program.ts";
import type { Guide } from "../../guides/index.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { Objective } from "../../objectives/index.ts";
import type { Posterior } from "../../posterior/posterior.ts";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT, UsageError } from "../errors.ts";
import { DEFAULT_GUIDE, type GuideChoice, guideChoice } from "../guides.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModel } from "../loadModel.ts";
import type { ObjectiveChoice } from "../objective.ts";
import type { DeviceChoice } from "../options.ts";
import { progressView } from "../progress.ts";
import { report } from "../report.ts";
import { freeFileFor, readSaved, type SavedFile, writeSaved } from "../saved.ts";
import { type Sink, styleFor, type Terminal } from "../terminal.ts";
import { count, plural } from "../text.ts";
import { trainCommand } from "./train.ts";

export interface FitOptions {
  /** Default: that of the fit it resumes, else mean-field. */
  readonly guide?: GuideChoice;
  /** Default: that of the fit it resumes, else the ELBO. */
  readonly objective?: ObjectiveChoice;
  readonly draws?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly device: DeviceChoice;
  readonly json?: true;
  readonly csv?: string;
  readonly inferenceData?: string;
  readonly outputDraws: number;
  readonly save?: string;
  readonly resume?: string;
  readonly all?: true;
  readonly strict?: true;
}

/** A final evaluation that is not asked for. */
const BRIEF = { batches: 1, drawsPerBatch: 1000, summaryDraws: 1000, evidenceDraws: 0 };

/** A training has the guides and the objective of its file, and no draws of one posterior to write. */
const NOT_OF_TRAININGS = {
  guide: "--guide",
  objective: "--objective",
  csv: "--csv",
  inferenceData: "--inference-data",
};

function refuseUnused(model: string, options: FitOptions): void {
  const given = Object.entries(NOT_OF_TRAININGS).flatMap(([key, flag]) =>
    options[key as keyof typeof NOT_OF_TRAININGS] === undefined ? [] : [flag],
  );
  if (given.length === 0) return;
  throw new UsageError(
    `${given.join(", ")}: ${model} is trained, its file exports "training" with the guides, and what is learned is written by --save; leave the option out`,
  );
}

/** Resolves with the exit code. */
export async function fitCommand(
  modelPath: string,
  dataPath: string | undefined,
  options: FitOptions,
  terminal: Terminal,
): Promise<number> {
  for (const file of [options.csv, options.inferenceData, options.save]) if (file !== undefined) requireWritable(file);
  const { model, data, training } = await loadModel(modelPath, dataPath);
  if (training !== null) {
    refuseUnused(model.name, options);
    return trainCommand(model, data, training, options, terminal);
  }
  const saved = options.resume === undefined ? null : readSaved(options.resume);
  const guide = options.guide ?? guideChoice(saved?.options.guide ?? DEFAULT_GUIDE);
  const seed = options.seed ?? saved?.seed ?? 0;
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  const from = saved === null ? "" : ` · goes on after ${plural(saved.steps, "step")}`;
  const heading = `${model.name} · ${guide.text} · seed ${seed}${from}\n${describeDevice(open.backend)}\n`;
  (options.json ? terminal.err : terminal.out).write(heading);

  const { draws, steps } = options;
  const objective = options.objective?.objective ?? saved?.options.objective;
  const settings = { guide: guide.guide, seed, objective, draws, steps, resume: saved ?? undefined };
  await using posterior = await runFit(model, data, settings, open.backend, terminal, interrupt.signal);
  if (options.json) terminal.out.write(`${JSON.stringify(posterior.toJSON())}\n`);
  else terminal.out.write(`\n${reportOf(posterior, terminal, options.all === true)}`);
  await writeDraws(posterior, options, terminal.err);
  save(
    posterior,
    { guide: guide.text, ...(objective && { objective }) },
    options,
    [modelPath, ...(dataPath === undefined ? [] : [dataPath])],
    terminal.err,
  );
  return exitCode(posterior, options.strict === true);
}

/** Before a long fit, not after it. */
function requireWritable(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${file} is a folder: name a file`);
  const folder = dirname(resolve(file));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${file} cannot be written: there is no folder ${folder}`);
  }
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
  } catch {
    throw new UsageError(`${file} cannot be written: permission denied`);
  }
}

/** Where it was asked to; and wherever there is room, if the fit was interrupted. */
function save(
  { result }: Posterior<FitResult>,
  chosen: SavedFile["options"],
  options: FitOptions,
  model: readonly string[],
  err: Sink,
): void {
  const interrupted = result.stopped === "cancelled";
  if (options.save === undefined && !interrupted) return;
  if (!result.resume.begun) {
    err.write("elbow: the fit was stopped before its first step: there is no state to save\n");
    return;
  }
  const file = options.save ?? options.resume ?? freeFileFor(result.model.name);
  writeSaved(file, result, chosen);
  const next = interrupted ? `; go on with: elbow fit ${[...model, "--resume", file].map(quoted).join(" ")}` : "";
  err.write(`elbow: the state after ${plural(result.steps, "step")} is in ${file}${next}\n`);
}

/** As a shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

async function writeDraws(posterior: Posterior, options: FitOptions, err: Sink): Promise<void> {
  const draws = options.outputDraws;
  const write = (file: string, text: string, what: string): void => {
    writeFileSync(file, text);
    err.write(`elbow: ${count(draws)} draws written to ${file}${what}\n`);
  };
  if (options.csv !== undefined) write(options.csv, await posterior.toCSV({ draws }), "");
  if (options.inferenceData !== undefined) {
    const text = `${JSON.stringify(await posterior.toInferenceData({ draws }))}\n`;
    write(options.inferenceData, text, ", for arviz.from_json");
  }
}

export interface RunSettings {
  readonly guide: Guide;
  readonly seed: number;
  readonly objective?: Objective | undefined;
  readonly draws?: number | undefined;
  readonly steps?: number | undefined;
  readonly resume?: SavedFit | undefined;
}

/** A fit with its progress shown. */
export async function runFit(
  model: Model,
  data: JsonData,
  { guide, seed, objective, draws, steps, resume }: RunSettings,
  device: Backend,
  terminal: Terminal,
  signal: AbortSignal,
  check: { readonly brief?: true } = {},
): Promise<Posterior<FitResult>> {
  const progress = progressView(terminal);
  try {
    return await fit(model, data, {
      device,
      guide,
      seed,
      ...(objective !== undefined && { objective }),
      ...(draws !== undefined && { draws }),
      ...(steps !== undefined && { steps }),
      ...(resume !== undefined && { resume }),
      ...(check.brief ? { check: BRIEF } : {}),
      signal,
      onProgress: (now) => progress.update(now),
    });
  } finally {
    progress.stop();
  }
}

export function reportOf(posterior: Posterior, terminal: Terminal, all: boolean): string {
  const { columns } = terminal.out;
  return report(posterior, { columns, all, style: styleFor(terminal.out, terminal.env) });
}

export function exitCode(posterior: Posterior, strict: boolean): number {
  if (posterior.result.stopped === "cancelled") return EXIT.interrupted;
  const { verdict } = posterior;
  return verdict === "failed" || (strict && verdict !== "reliable") ? EXIT.verdict : EXIT.ok;
}
