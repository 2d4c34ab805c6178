/** `elbow fit`: the main job. */
import { writeFileSync } from "node:fs";
import { type FitResult, fit } from "../../fit/index.ts";
import type { Backend } from "../../graph/program.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { Objective } from "../../objectives/index.ts";
import type { Posterior } from "../../posterior/posterior.ts";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT } from "../errors.ts";
import { type GuideName, guideNamed } from "../guides.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModel } from "../loadModel.ts";
import type { DeviceChoice } from "../options.ts";
import { progressView } from "../progress.ts";
import { report } from "../report.ts";
import { styleFor, type Terminal } from "../terminal.ts";

export interface FitOptions {
  readonly guide: GuideName;
  readonly objective?: Objective;
  readonly draws?: number;
  readonly steps?: number;
  readonly seed: number;
  readonly device: DeviceChoice;
  readonly json?: true;
  readonly csv?: string;
  readonly csvDraws: number;
  readonly all?: true;
  readonly strict?: true;
}

/** A final evaluation that is not asked for. */
const BRIEF = { batches: 1, drawsPerBatch: 1000, summaryDraws: 1000, evidenceDraws: 0 };

/** Resolves with the exit code. */
export async function fitCommand(
  modelPath: string,
  dataPath: string | undefined,
  options: FitOptions,
  terminal: Terminal,
): Promise<number> {
  const { model, data } = await loadModel(modelPath, dataPath);
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  const heading = `${model.name} · ${options.guide} · seed ${options.seed}\n${describeDevice(open.backend)}\n`;
  (options.json ? terminal.err : terminal.out).write(heading);
  await using posterior = await runFit(model, data, options, open.backend, terminal, interrupt.signal);
  if (options.csv !== undefined) {
    writeFileSync(options.csv, await posterior.toCSV({ draws: options.csvDraws }));
    terminal.err.write(`elbow: ${options.csvDraws} draws written to ${options.csv}\n`);
  }
  if (options.json) terminal.out.write(`${JSON.stringify(posterior.toJSON())}\n`);
  else terminal.out.write(`\n${reportOf(posterior, terminal, options.all === true)}`);
  return exitCode(posterior, options.strict === true);
}

/** A fit with its progress shown. */
export async function runFit(
  model: Model,
  data: JsonData,
  options: Pick<FitOptions, "guide" | "objective" | "draws" | "steps" | "seed">,
  device: Backend,
  terminal: Terminal,
  signal: AbortSignal,
  check: { readonly brief?: true } = {},
): Promise<Posterior<FitResult>> {
  const progress = progressView(terminal);
  try {
    return await fit(model, data, {
      device,
      guide: guideNamed(options.guide),
      seed: options.seed,
      ...(options.objective === undefined ? {} : { objective: options.objective }),
      ...(options.draws === undefined ? {} : { draws: options.draws }),
      ...(options.steps === undefined ? {} : { steps: options.steps }),
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
