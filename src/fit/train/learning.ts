/** The loop of a training: steps in chunks, looks at the bound, and the last good state. */
import { ElbowError } from "../../graph/errors.ts";
import type { Executable } from "../../graph/program.ts";
import type { LearnedParameter } from "../../networks/index.ts";
import type { Optimizer } from "../../optimizers/index.ts";
import type { Stopped } from "../../posterior/fitted.ts";
import { TrainingError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import type { ArraysByName } from "../result.ts";
import type { Blame } from "./blame.ts";
import type { TrainJudge } from "./judge.ts";
import { FEWEST_STEPS, Plateau } from "./plateau.ts";
import { learnedState } from "./step.ts";

export interface LearningSettings {
  readonly program: Executable;
  readonly learned: readonly LearnedParameter[];
  readonly first: ArraysByName;
  readonly optimizer: Optimizer;
  readonly steps: number;
  /** Entries of the plate with a batch, or 1. */
  readonly entries: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Compiled when it is first needed. */
  readonly judge: () => Promise<TrainJudge>;
  readonly blame: (learned: ArraysByName, steps: readonly number[]) => Promise<Blame>;
}

export interface Learnt {
  /** The last that a step found good. */
  readonly parameters: ArraysByName;
  readonly trace: readonly number[];
  readonly skipped: number;
  readonly stopped: Stopped;
  readonly reasons: readonly string[];
  readonly error: ElbowError | null;
  readonly plateau: Plateau;
}

const CHUNK_SECONDS = 0.5;
const LONGEST_CHUNK = 500;
/** So many steps in a row that are left out are a state from which there is no way on. */
const STUCK = 50;

/** Ends with a result whatever happens on the device; errors of the caller's functions pass through. */
export async function learn(settings: LearningSettings): Promise<Learnt> {
  const { steps, entries, first } = settings;
  const state: State = {
    plateau: new Plateau(steps, entries),
    trace: [],
    skipped: 0,
    inARow: 0,
    good: first,
    now: first,
  };
  const end = (stopped: Stopped, reasons: readonly string[], error: ElbowError | null = null): Learnt => {
    const { trace, skipped, plateau, good, now } = state;
    return { parameters: error === null ? now : good, trace, skipped, stopped, reasons, error, plateau };
  };
  try {
    const cancelled = !(await takeSteps(state, settings));
    if (cancelled) return end("cancelled", ["the training was cancelled before its bound was level"]);
    if (state.plateau.converged) return end("converged", []);
    return end("max-steps", [aboutSteps(state.plateau, steps, entries)]);
  } catch (error) {
    if (!(error instanceof ElbowError)) throw error;
    return end(error.code === "device-lost" ? "device-lost" : "failed", [error.message], error);
  }
}

interface State {
  readonly plateau: Plateau;
  readonly trace: number[];
  skipped: number;
  /** Steps left out since the last that was not. */
  inARow: number;
  /** The last learned arrays that a step began with and found good. */
  good: ArraysByName;
  now: ArraysByName;
}

/** False where it was cancelled. */
async function takeSteps(state: State, settings: LearningSettings): Promise<boolean> {
  const { program, learned, optimizer, steps, signal, onProgress } = settings;
  const { plateau, trace } = state;
  let perStep = 0;
  while (trace.length < plateau.end) {
    if (signal?.aborted === true) return false;
    const fitting = perStep === 0 ? 2 : Math.max(1, Math.floor(CHUNK_SECONDS / perStep));
    const { share, until } = plateau.stageAt(trace.length);
    const chunk = Math.min(fitting, LONGEST_CHUNK, Math.min(plateau.end, plateau.nextLook, until) - trace.length);
    const stepSize = optimizer.stepSize * share;
    if (program.hasInput("stepSize")) program.write("stepSize", [stepSize]);
    const started = performance.now();
    await program.run(chunk);
    const read = await program.read(["bound", "skipped", ...learned.map(learnedState)]);
    perStep = (performance.now() - started) / 1000 / chunk;
    const estimates = read.bound!;
    trace.push(...estimates);
    if (read.skipped![0] === 0) state.good = state.now;
    state.now = Object.fromEntries(learned.map((own) => [own.name, read[learnedState(own)]!]));
    for (const left of read.skipped!) {
      state.skipped += left;
      state.inARow = left === 0 ? 0 : state.inARow + 1;
    }
    const broken = learned.find(({ name }) => !state.now[name]!.every(Number.isFinite));
    if (state.inARow >= STUCK || broken !== undefined) throw await notFinite(state, settings);
    const elbo = estimates.reduce((a, b) => a + b, 0) / chunk;
    const step = trace.length;
    onProgress?.({
      stage: "optimise",
      step,
      steps: Math.min(plateau.end, steps),
      elbo,
      gradients: step,
      estimates,
      stepSize,
    });
    if (step === plateau.nextLook) await look(state, settings);
  }
  return true;
}

async function look(state: State, settings: LearningSettings): Promise<void> {
  const { judge } = settings;
  const bounds = await (await judge()).judge(state.now);
  if (!bounds.some(Number.isFinite)) throw await notFinite(state, settings);
  state.good = state.now;
  state.plateau.take({ step: state.trace.length, bounds });
}

async function notFinite({ trace, now }: State, { blame }: LearningSettings): Promise<TrainingError> {
  const step = trace.length;
  const before = Math.max(0, step - STUCK);
  const found = await blame(
    now,
    Array.from({ length: step - before }, (_, i) => before + i),
  );
  return new TrainingError(found, step);
}

function aboutSteps(plateau: Plateau, steps: number, entries: number): string {
  const { gain } = plateau;
  if (steps < FEWEST_STEPS)
    return `${steps} steps are too few to tell whether the bound is level: take at least ${FEWEST_STEPS}`;
  if (gain === null || !Number.isFinite(gain.mean))
    return `nothing could be told of the bound after ${steps} steps: give it more`;
  const number = (value: number): string => (Math.abs(value) / entries).toPrecision(2);
  const size = `${number(gain.mean)} ± ${number(gain.standardError)} nats${entries > 1 ? " an entry" : ""} over the last ${gain.steps} steps`;
  if (plateau.isWorth(gain)) return `the bound still rose by ${size}: give it more steps`;
  if (plateau.level) return `the bound fell by ${size}: take a smaller step size, or more draws`;
  return `the bound rose until recently (now by ${size}): give it more steps to see that it is level`;
}
