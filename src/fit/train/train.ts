/** Learning the parameters of models and of amortised guides together, by batches. */
import type { Backend, Executable, Explanation } from "../../graph/program.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { TracedModel } from "../../model/traced.ts";
import { adam, type Optimizer } from "../../optimizers/index.ts";
import { type DeviceChoice, deviceFor } from "../device.ts";
import { FitError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { HOST_STREAMS, HostRandom } from "../random.ts";
import type { AmortisedGuides } from "./guided.ts";
import { learnedState, memoryState, type TrainStep, trainStep } from "./step.ts";
import { Trained } from "./trained.ts";

export interface TrainOptions {
  /** An amortised guide for each latent site of the model. */
  readonly guide?: AmortisedGuides;
  /** Default 1000. */
  readonly steps?: number;
  /** Draws of q a step. Default 1. */
  readonly draws?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Its step size falls to a tenth along half a cosine. Default adam({ stepSize: 1e-3 }). */
  readonly optimizer?: Optimizer;
  /** An open device, or which to open for this one: default "auto". "cpu" is the float64 reference. */
  readonly device?: DeviceChoice;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What training ended with. */
export interface TrainResult {
  /** Learned arrays by name, in canonical layout; those of a guide begin with "guide.SITE.". */
  readonly parameters: Readonly<Record<string, Float64Array>>;
  /** The bound that each step estimated, for all data. */
  readonly trace: Float64Array;
  readonly steps: number;
  /** Steps left out since their bound or gradient was not finite. */
  readonly skipped: number;
  readonly stopped: "max-steps" | "cancelled";
  readonly seconds: { readonly compile: number; readonly run: number };
  readonly plan: Explanation;
}

const CHUNK_SECONDS = 0.5;
const LEAST_STEP = 0.1;

/** See `train` of entry.ts. */
export async function train<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: TrainOptions = {},
): Promise<Trained<Data>> {
  const { guide = {}, steps = 1000, draws = 1, seed = 0, optimizer = adam({ stepSize: 1e-3 }) } = options;
  for (const [name, value] of Object.entries({ steps, draws })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new FitError("wrong-option", `${name} must be a positive integer, got ${String(value)}`);
  }
  const whole = model.trace(data);
  const traced = whole.tracing.batches.size === 0 ? whole : model.trace(data, { minibatch: true });
  const step = trainStep(traced, guide, optimizer, draws);
  const { backend, close } = await deviceFor(options.device);
  try {
    const result = await optimise(traced, step, backend, optimizer, { ...options, steps, seed });
    return new Trained(model, data, guide, result, backend, close);
  } catch (error) {
    close();
    throw error;
  }
}

async function optimise(
  model: TracedModel,
  { spec, learned, constants }: TrainStep,
  backend: Backend,
  optimizer: Optimizer,
  options: TrainOptions & { readonly steps: number; readonly seed: number },
): Promise<TrainResult> {
  const { steps, seed, signal, onProgress } = options;
  const began = performance.now();
  const program = await backend.compile(spec);
  const compiled = performance.now();
  try {
    writeFirst(program, model, { spec, learned, constants }, optimizer, seed);
    const trace: number[] = [];
    let skipped = 0;
    let perStep = 0;
    while (trace.length < steps && signal?.aborted !== true) {
      const fitting = perStep === 0 ? 2 : Math.max(1, Math.floor(CHUNK_SECONDS / perStep));
      const chunk = Math.min(fitting, 500, steps - trace.length);
      const stepSize = optimizer.stepSize * shareAt(trace.length / steps);
      if (program.hasInput("stepSize")) program.write("stepSize", [stepSize]);
      const started = performance.now();
      await program.run(chunk);
      const read = await program.read(["bound", "skipped"]);
      perStep = (performance.now() - started) / 1000 / chunk;
      trace.push(...read.bound!);
      skipped += read.skipped!.reduce((a, b) => a + b, 0);
      const elbo = read.bound!.reduce((a, b) => a + b, 0) / chunk;
      onProgress?.({
        stage: "optimise",
        step: trace.length,
        steps,
        elbo,
        gradients: trace.length,
        estimates: read.bound!,
        stepSize,
      });
    }
    const states = await program.read(learned.map(learnedState));
    return {
      parameters: Object.fromEntries(learned.map((parameter) => [parameter.name, states[learnedState(parameter)]!])),
      trace: Float64Array.from(trace),
      steps: trace.length,
      skipped,
      stopped: trace.length < steps ? "cancelled" : "max-steps",
      seconds: { compile: (compiled - began) / 1000, run: (performance.now() - compiled) / 1000 },
      plan: program.explain(),
    };
  } finally {
    program.dispose();
  }
}

const shareAt = (done: number): number => LEAST_STEP + ((1 - LEAST_STEP) * (1 + Math.cos(Math.PI * done))) / 2;

function writeFirst(
  program: Executable,
  model: TracedModel,
  { learned, constants }: TrainStep,
  optimizer: Optimizer,
  seed: number,
): void {
  const write = (name: string, values: ArrayLike<number>): void => {
    if (program.hasInput(name)) program.write(name, values);
  };
  for (const [name, values] of [...model.inputs, ...constants]) write(name, values);
  const random = new HostRandom(seed, HOST_STREAMS.weights);
  for (const parameter of learned) {
    const size = parameter.axes.reduce((product, axis) => product * axis.size, 1);
    write(
      learnedState(parameter),
      parameter.initial(size, () => random.uniform()),
    );
  }
  const axesOf = Object.fromEntries(learned.map(({ name, axes }) => [name, axes]));
  for (const [name, { initial }] of Object.entries(optimizer.init(axesOf))) write(memoryState(name), initial);
  write("seed", [seed >>> 0]);
  write("step", [0]);
  write("drawOffset", [0]);
}
