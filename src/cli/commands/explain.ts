/** `elbow explain`: the program of one optimisation step, of a fit or of a training, as it is compiled for a device. */
import { bindGuide } from "../../fit/bind.ts";
import { defaultDraws } from "../../fit/objective.ts";
import { denseLimit } from "../../fit/start/search.ts";
import { stepProgram } from "../../fit/step.ts";
import { trainStep } from "../../fit/train/step.ts";
import type { Explanation } from "../../graph/program.ts";
import type { Guide } from "../../guides/index.ts";
import type { TracedModel } from "../../model/traced.ts";
import { adam, automaticOptimizer } from "../../optimizers/index.ts";
import { describeDevice, openBackend } from "../device.ts";
import type { GuideChoice } from "../guides.ts";
import { loadModel } from "../loadModel.ts";
import type { DeviceChoice } from "../options.ts";
import { textTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { count, formatBytes, plural, scaled } from "../text.ts";

export interface ExplainOptions {
  readonly guide: GuideChoice;
  readonly draws?: number;
  readonly device: DeviceChoice;
  readonly json?: true;
  readonly wgsl?: true;
}

export async function explain(
  modelPath: string,
  dataPath: string | undefined,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<void> {
  const { model, data, training } = await loadModel(modelPath, dataPath);
  const whole = model.trace(data);
  // Of a training as of a fit the step is what counts, and a training's is of a batch.
  const traced = training === null || whole.tracing.batches.size === 0 ? whole : model.trace(data, { minibatch: true });
  const draws = options.draws ?? (training === null ? defaultDraws(null) : (training.draws ?? 1));
  await using open = await openBackend(options.device, terminal.err);
  const program = await open.backend.compile(
    training === null
      ? stepSpec(traced, options.guide.guide, draws)
      : trainStep(traced, training.guide ?? {}, adam(), draws).spec,
  );
  const found = program.explain();
  program.dispose();
  if (options.json) terminal.out.write(`${JSON.stringify(found)}\n`);
  else {
    const heading = `${traced.name} · ${training === null ? options.guide.text : "training"} · ${plural(draws, "draw")} a step\n${describeDevice(open.backend)}\n`;
    terminal.out.write(`${heading}\n${describe(found, options.wgsl === true)}`);
  }
}

function stepSpec(traced: TracedModel, guide: Guide, draws: number): ReturnType<typeof stepProgram>["spec"] {
  const size = traced.coordinate.size;
  // A fit starts from a Gaussian with correlations; its numbers do not matter to the kernels, that it has them does.
  const factor = size <= denseLimit(guide.startFamily) ? new Float64Array(size * size) : null;
  for (let i = 0; factor !== null && i < size; i++) factor[i * size + i] = 1;
  const start = { mean: new Float64Array(size), factor, scale: new Float64Array(size).fill(1) };
  const bound = bindGuide(guide, traced, start);
  const optimizer = automaticOptimizer(bound.parameters);
  return stepProgram(traced, bound, optimizer, { draws, form: "joint", gradient: bound.gradientEstimator }).spec;
}

function describe(found: Explanation, wgsl: boolean): string {
  const { kernels, stepsPerDispatch, dispatchesPerStep, peakBytes } = found;
  const rhythm =
    stepsPerDispatch > 1
      ? `${count(stepsPerDispatch)} steps in one dispatch`
      : stepsPerDispatch === 1
        ? `${plural(dispatchesPerStep, "dispatch", "dispatches")} a step`
        : "no dispatches: the interpreter runs the graph";
  const rows = kernels.map((kernel, i) => [
    String(i),
    kernel.regime,
    count(kernel.workgroups),
    formatBytes(kernel.bytes),
    scaled(kernel.flops),
    count(kernel.wgsl === "" ? 0 : kernel.wgsl.split("\n").length),
  ]);
  const buffers = [...found.buffers]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 10)
    .map(({ name, axes, bytes }) => [name, axes.length === 0 ? "scalar" : axes.join(" × "), formatBytes(bytes)]);
  const parts = [
    `${rhythm}, ${formatBytes(peakBytes)} in all`,
    textTable(["kernel", "regime", "workgroups", "bytes/step", "flop/step", "lines"], rows, ["right", "left"]),
    `largest of ${plural(found.buffers.length, "buffer")}\n\n${textTable(["value", "axes", "size"], buffers, ["left", "left"])}`,
    ...(wgsl ? kernels.map((kernel, i) => `// kernel ${i}: ${kernel.name}\n${kernel.wgsl}`) : []),
  ];
  return `${parts.join("\n\n")}\n`;
}
