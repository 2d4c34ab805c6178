/** `elbow elbo`: the bound of one λ, averaged over many draws. */
import { readFileSync } from "node:fs";
import { type CompiledElbo, compileElbo, type LambdaArrays } from "../../fit/index.ts";
import { describeObjective, isPooled } from "../../objectives/index.ts";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT, LoadError, UsageError } from "../errors.ts";
import type { GuideChoice } from "../guides.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModel } from "../loadModel.ts";
import type { ObjectiveChoice } from "../objective.ts";
import type { DeviceChoice } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { count, fixed, plural, plusMinus, seconds } from "../text.ts";
import { runFit } from "./fit.ts";

export interface ElboOptions {
  readonly draws: number;
  readonly start?: true;
  readonly at?: string;
  readonly guide: GuideChoice;
  readonly objective: ObjectiveChoice;
  readonly seed: number;
  readonly device: DeviceChoice;
  readonly json?: true;
}

/** The object of `elbow elbo --json`. */
export interface ElboJson {
  /** As it was asked for: "elbo", "iwae:50". */
  readonly objective: string;
  /** In nats: a lower bound of log p(x), the χ upper bound, or KL(p(z | x) ‖ q). */
  readonly value: number;
  /** Null for an objective that takes all draws at once: there is one estimate then. */
  readonly standardError: number | null;
  /** Draws left out because they were not finite. */
  readonly nonFinite: number;
  readonly draws: number;
  /** Effective sample size of the draws of one bound; null for the ELBO. */
  readonly effectiveDraws: number | null;
  /** Of the evaluation alone, compiled already. */
  readonly seconds: number;
}

/** Resolves with the exit code. */
export async function elbo(
  modelPath: string,
  dataPath: string | undefined,
  options: ElboOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.start && options.at !== undefined) throw new UsageError("--start and --at exclude each other");
  const { model, data } = await loadModel(modelPath, dataPath);
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  const device = open.backend;
  const where = options.start ? "at N(0, I)" : options.at === undefined ? "after a fit" : `at ${options.at}`;
  const heading = `${model.name} · ${options.guide.text} · ${where} · seed ${options.seed}\n${describeDevice(device)}\n`;
  (options.json ? terminal.err : terminal.out).write(heading);

  const { guide } = options.guide;
  const { objective } = options.objective;
  const settings = { guide, objective, seed: options.seed };
  await using posterior =
    options.start || options.at !== undefined
      ? null
      : await runFit(model, data, settings, device, terminal, interrupt.signal, { brief: true });
  if (posterior !== null && interrupt.signal.aborted) return EXIT.interrupted;
  using compiled = await compileElbo(model, data, {
    device,
    guide,
    objective,
    draws: options.draws,
    ...(posterior !== null && { boundAt: posterior.result.resume.start }),
  });
  const lambda =
    posterior?.result.lambda ??
    (options.at === undefined ? compiled.initial() : checkedLambda(compiled, readLambda(options.at), options.at));
  const began = performance.now();
  const found = await compiled.evaluate(lambda, { seed: options.seed });
  const pooled = objective.kind !== "elbo" && isPooled(objective);
  const result: ElboJson = {
    objective: options.objective.text,
    // What is maximised is the negative of a bound from above, and of a divergence.
    value: pooled ? -found.value : found.value,
    standardError: pooled ? null : found.standardError,
    nonFinite: found.nonFinite,
    draws: options.draws,
    effectiveDraws: found.effectiveDraws,
    seconds: (performance.now() - began) / 1000,
  };
  if (options.json) terminal.out.write(`${JSON.stringify(result)}\n`);
  else {
    const left = result.nonFinite > 0 ? `, ${count(result.nonFinite)} of them left out: not finite` : "";
    const estimate = pooled ? fixed(result.value, 4) : plusMinus(result.value, result.standardError);
    const name = objective.kind === "elbo" ? "ELBO" : describeObjective(objective);
    const shown = `${estimate} from ${plural(result.draws, "draw")}${left}`;
    terminal.out.write(`\n${name}  ${shown}, in ${seconds(result.seconds)}\n`);
  }
  return EXIT.ok;
}

function readLambda(file: string): LambdaArrays {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`${file}: there is no such file`);
  }
  try {
    return JSON.parse(text) as LambdaArrays;
  } catch (cause) {
    throw new LoadError(`${file} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkedLambda(compiled: CompiledElbo, lambda: LambdaArrays, file: string): LambdaArrays {
  const expected = Object.entries(compiled.initial()).map(([name, { length }]) => `${name}: ${length} numbers`);
  for (const [name, { length }] of Object.entries(compiled.initial())) {
    const given = lambda[name];
    const right = Array.isArray(given) || given instanceof Float64Array;
    if (right && given.length === length && Array.from(given).every((x) => Number.isFinite(x))) continue;
    throw new LoadError(
      `${file}: "${name}" must be ${length} finite numbers; the guide takes { ${expected.join(", ")} }`,
    );
  }
  return lambda;
}
