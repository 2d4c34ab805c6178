/** `elbow fit` of a model that is trained: learned parameters and amortised guides. */
import { type EntryShapes, type Training, train } from "../../fit/index.ts";
import type { JsonData, Model } from "../../model/model.ts";
import { adam } from "../../optimizers/index.ts";
import { describeDevice, openBackend } from "../device.ts";
import { EXIT } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import type { DeviceChoice } from "../options.ts";
import { progressView } from "../progress.ts";
import { freeFileFor, readLearned, type SavedLearned, writeLearned } from "../saved.ts";
import type { Terminal } from "../terminal.ts";
import { fixed, labelled, plural, plusMinus, seconds } from "../text.ts";

export interface TrainCommandOptions {
  readonly draws?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly device: DeviceChoice;
  readonly json?: true;
  readonly save?: string;
  readonly resume?: string;
  readonly strict?: true;
}

/** What no verdict on a training covers. */
const NOTE = "parameters without a prior are point estimates: their uncertainty is not part of the bound";

const valuesOf = ({ arrays }: SavedLearned): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, values]));

/** Resolves with the exit code. */
export async function trainCommand(
  model: Model,
  data: JsonData,
  training: Training,
  options: TrainCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const seed = options.seed ?? 0;
  const draws = options.draws ?? training.draws;
  const steps = options.steps ?? training.steps;
  const saved = options.resume === undefined ? null : readLearned(options.resume);
  using interrupt = onInterrupt(terminal.err);
  await using open = await openBackend(options.device, terminal.err);
  const from = saved === null ? "" : ` · goes on after ${plural(saved.steps, "step")}`;
  const heading = `${model.name} · trained · seed ${seed}${from}\n${describeDevice(open.backend)}\n`;
  (options.json ? terminal.err : terminal.out).write(heading);
  const progress = progressView(terminal);
  await using trained = await train(model, data, {
    device: open.backend,
    seed,
    optimizer: adam({ stepSize: training.stepSize ?? 1e-3 }),
    ...(training.guide && { guide: training.guide }),
    ...(draws === undefined ? {} : { draws }),
    ...(steps === undefined ? {} : { steps }),
    ...(saved && { parameters: valuesOf(saved) }),
    signal: interrupt.signal,
    onProgress: (now) => progress.update(now),
  }).finally(() => progress.stop());
  if (options.save !== undefined || ["cancelled", "device-lost"].includes(trained.result.stopped)) {
    const file = options.save ?? options.resume ?? freeFileFor(model.name);
    const all = (saved?.steps ?? 0) + trained.result.steps;
    writeLearned(file, model.name, trained.result, all);
    terminal.err.write(`elbow: what was learned in ${plural(all, "step")} is in ${file}\n`);
  }
  const began = performance.now();
  const { bounds, scores } = await trained.evaluate(training, { seed });
  const check = (performance.now() - began) / 1000;
  const { result } = trained;
  const { elbo, importanceWeighted, entries } = bounds;
  const { verdict, reasons } = trained.judge(bounds);
  const notes = [...reasons, NOTE];
  if (options.json) {
    const { kind, description } = open.backend;
    terminal.out.write(
      `${JSON.stringify({
        model: model.name,
        device: { kind, description },
        guide: "amortised",
        seed,
        steps: result.steps,
        stopped: result.stopped,
        verdict,
        reasons: notes,
        elbo: { ...elbo, forms: { joint: elbo.value, entropy: null, kl: null } },
        evidence: importanceWeighted,
        khat: bounds.khat?.median ?? null,
        nonFinite: result.skipped,
        seconds: { ...result.seconds, check },
        entries,
        scores,
        parameters: {},
      })}\n`,
    );
  } else {
    const each = ({ value, standardError }: { value: number; standardError: number }): string =>
      plusMinus(value / entries, standardError / entries);
    const which = training.heldOut === undefined ? "data trained on" : "data kept back";
    const rows = [
      ["evaluated on", `${plural(entries, "entry", "entries")} of the ${which}`],
      ["ELBO an entry", each(elbo)],
      ["importance-weighted", `${each(importanceWeighted)}, by ${plural(bounds.draws, "draw")} each`],
      ...Object.entries(scores).map(([name, value]) => [name, fixed(value, 4)] as const),
      ["steps", `${plural(result.steps, "step")}, ${result.skipped} left out as not finite`],
      ...(bounds.khat === null ? [] : [["Pareto k̂", khatText(bounds.khat, entries)] as const]),
      ["verdict", `${verdict}: ${notes.join("; ")}`],
      [
        "time",
        `${seconds(result.seconds.compile)} compiling, ${seconds(result.seconds.run)} running, ${seconds(check)} evaluating`,
      ],
    ] as const;
    terminal.out.write(
      `\n${labelled(
        rows.map(([label, text]) => [label!, text!]),
        terminal.out.columns,
      )}\n`,
    );
  }
  if (result.stopped === "cancelled") return EXIT.interrupted;
  return verdict === "failed" || (options.strict === true && verdict !== "reliable") ? EXIT.verdict : EXIT.ok;
}

const khatText = ({ median, limit, above }: EntryShapes, entries: number): string =>
  `${fixed(median, 2)} (median of the entries), ${limit.toFixed(2)} or above for ${above} of ${entries}`;
