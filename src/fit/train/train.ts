/** Learning the parameters of models and of amortised guides together, by batches. */
import { sizeOf } from "../../graph/axis.ts";
import type { ElbowError } from "../../graph/errors.ts";
import type { Backend, Executable, Explanation } from "../../graph/program.ts";
import type { JsonData, Model } from "../../model/model.ts";
import type { TracedModel } from "../../model/traced.ts";
import type { LearnedParameter } from "../../networks/index.ts";
import { adam, type Optimizer } from "../../optimizers/index.ts";
import type { Stopped } from "../../posterior/fitted.ts";
import { type DeviceChoice, deviceFor } from "../device.ts";
import { FitError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { HOST_STREAMS, HostRandom } from "../random.ts";
import type { ArraysByName } from "../result.ts";
import { blameSteps } from "./blame.ts";
import type { AmortisedGuides } from "./guided.ts";
import { compileTrainJudge, type TrainJudge } from "./judge.ts";
import { learn } from "./learning.ts";
import type { Look } from "./plateau.ts";
import { learnedState, memoryState, type TrainStep, trainStep } from "./step.ts";
import { Trained } from "./trained.ts";

export interface TrainOptions {
  /** A guide for each latent site of the model. */
  readonly guide?: AmortisedGuides;
  /** At most; fewer where the bound stops rising. Default 1000. None where learned parameters are only to be evaluated. */
  readonly steps?: number;
  /**
   * Learned arrays to begin with, by name, as `TrainResult.parameters` has them. Others begin as they are declared; the
   * optimizer's memory is new.
   */
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>;
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
  /** Learned arrays by name, in canonical layout; those of a guide begin with "guide.SITE.". The last that were good. */
  readonly parameters: Readonly<Record<string, Float64Array>>;
  /** Of each of them, the last fastest. */
  readonly axes: Readonly<Record<string, readonly { readonly name: string; readonly size: number }[]>>;
  /** The bound that each step estimated, for all data. */
  readonly trace: Float64Array;
  readonly steps: number;
  /** Steps left out since their bound or gradient was not finite. */
  readonly skipped: number;
  /** "converged": the bound stopped rising; see `Plateau`. */
  readonly stopped: Stopped;
  /** Why, where it is not "converged". */
  readonly reasons: readonly string[];
  /** What it failed of, with the sites and learned arrays to blame; null where it did not. */
  readonly error: ElbowError | null;
  /** The bound after some of the steps, on the same batches and draws, as the stopping rule saw it. */
  readonly looks: readonly { readonly step: number; readonly bound: number; readonly standardError: number }[];
  readonly seconds: { readonly compile: number; readonly run: number };
  /** Null where no step was asked for. */
  readonly plan: Explanation | null;
}

/** See `train` of entry.ts. */
export async function train<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data,
  options: TrainOptions = {},
): Promise<Trained<Data>> {
  const { guide = {}, steps = 1000, draws = 1, seed = 0, optimizer = adam({ stepSize: 1e-3 }) } = options;
  for (const [name, value, least] of [["steps", steps, 0] as const, ["draws", draws, 1] as const]) {
    if (Number.isInteger(value) && value >= least) continue;
    throw new FitError("wrong-option", `${name} must be an integer of at least ${least}, got ${String(value)}`);
  }
  const whole = model.trace(data);
  const traced = whole.tracing.batches.size === 0 ? whole : model.trace(data, { minibatch: true });
  const step = trainStep(traced, guide, optimizer, draws);
  const first = firstValues(step.learned, options.parameters ?? {}, seed);
  const { backend, close } = await deviceFor(options.device);
  try {
    const result =
      steps === 0
        ? untrained(step.learned, first)
        : await optimise(traced, step, first, backend, optimizer, { ...options, steps, seed });
    return new Trained(model, data, guide, result, backend, close);
  } catch (error) {
    close();
    throw error;
  }
}

type Arrays = ReadonlyMap<LearnedParameter, ArrayLike<number>>;

function firstValues(
  learned: readonly LearnedParameter[],
  given: NonNullable<TrainOptions["parameters"]>,
  seed: number,
): Arrays {
  const random = new HostRandom(seed, HOST_STREAMS.weights);
  for (const name of Object.keys(given)) {
    if (learned.some((parameter) => parameter.name === name)) continue;
    const names = learned.map((parameter) => `"${parameter.name}"`).join(", ");
    throw new FitError("wrong-option", `parameters: there is no "${name}" to learn; there are ${names}`);
  }
  return new Map(
    learned.map((parameter) => {
      const size = sizeOf(parameter.axes);
      const own = parameter.initial(size, () => random.uniform());
      const values = given[parameter.name] ?? own;
      if (values.length === size) return [parameter, values];
      const axes = parameter.axes.map((axis) => `${axis.name} × ${axis.size}`).join(", ");
      throw new FitError(
        "wrong-option",
        `parameters: "${parameter.name}" must have ${size} values (${axes || "a scalar"}), got ${values.length}`,
      );
    }),
  );
}

/** As they lie: whichever axis was made last is the fastest, in whatever order they were declared. */
const axesOf = (learned: readonly LearnedParameter[]): TrainResult["axes"] =>
  Object.fromEntries(
    learned.map(({ name, value }) => [name, value.axes.map((axis) => ({ name: axis.name, size: axis.size }))]),
  );

const arraysOf = (first: Arrays): ArraysByName =>
  Object.fromEntries([...first].map(([{ name }, values]) => [name, Float64Array.from(values)]));

/** What there was to begin with. */
const untrained = (learned: readonly LearnedParameter[], first: Arrays): TrainResult => ({
  parameters: arraysOf(first),
  axes: axesOf(learned),
  trace: new Float64Array(0),
  steps: 0,
  skipped: 0,
  stopped: "max-steps",
  reasons: ["no step was taken"],
  error: null,
  looks: [],
  seconds: { compile: 0, run: 0 },
  plan: null,
});

async function optimise(
  model: TracedModel,
  { spec, learned, constants }: TrainStep,
  first: Arrays,
  backend: Backend,
  optimizer: Optimizer,
  { guide = {}, draws = 1, ...options }: TrainOptions & { readonly steps: number; readonly seed: number },
): Promise<TrainResult> {
  const { steps, seed, signal, onProgress } = options;
  const began = performance.now();
  const program = await backend.compile(spec);
  const compiled = performance.now();
  let judge: Promise<TrainJudge> | null = null;
  try {
    writeFirst(program, model, constants, first, optimizer, seed);
    const { trace, plateau, ...learnt } = await learn({
      program,
      learned,
      first: arraysOf(first),
      optimizer,
      steps,
      entries: model.subsamples.reduce((product, { whole }) => product * whole.size, 1),
      signal,
      onProgress,
      judge: () => {
        judge ??= compileTrainJudge(model, guide, backend, { draws, seed });
        return judge;
      },
      blame: (now, numbers) => blameSteps(model, guide, backend, now, { draws, seed, steps: numbers }),
    });
    return {
      ...learnt,
      axes: axesOf(learned),
      trace: Float64Array.from(trace),
      steps: trace.length,
      looks: plateau.looks.map(seen),
      seconds: { compile: (compiled - began) / 1000, run: (performance.now() - compiled) / 1000 },
      plan: program.explain(),
    };
  } finally {
    program.dispose();
    await (judge as Promise<TrainJudge> | null)?.then(
      (own) => own.dispose(),
      () => {},
    );
  }
}

function seen({ step, bounds }: Look): TrainResult["looks"][number] {
  const bound = bounds.reduce((a, b) => a + b, 0) / bounds.length;
  const variance = bounds.reduce((sum, b) => sum + (b - bound) ** 2, 0) / (bounds.length - 1);
  return { step, bound, standardError: Math.sqrt(variance / bounds.length) };
}

function writeFirst(
  program: Executable,
  model: TracedModel,
  constants: TrainStep["constants"],
  first: Arrays,
  optimizer: Optimizer,
  seed: number,
): void {
  const write = (name: string, values: ArrayLike<number>): void => {
    if (program.hasInput(name)) program.write(name, values);
  };
  for (const [name, values] of [...model.inputs, ...constants]) write(name, values);
  for (const [parameter, values] of first) write(learnedState(parameter), values);
  const axes = Object.fromEntries([...first.keys()].map((parameter) => [parameter.name, parameter.axes]));
  for (const [name, { initial }] of Object.entries(optimizer.init(axes))) write(memoryState(name), initial);
  write("seed", [seed >>> 0]);
  write("step", [0]);
  write("drawOffset", [0]);
}
