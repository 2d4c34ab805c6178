/** The main loop: rounds of steps on the device, judged between rounds on the host. */
import type { Executable } from "../graph/program.ts";
import type { BoundGuide } from "../guides/guide.ts";
import { afterRound, type RoundReport, type ScheduleState, surely } from "./convergence.ts";
import { writeInputs } from "./density.ts";
import { throwIfAborted } from "./errors.ts";
import { compare, type Difference, type Judge, type Judged, movements } from "./evaluate.ts";
import { allFinite } from "./linalg.ts";
import type { ArraysByName } from "./result.ts";
import { OBJECTIVE_TRACE, parameterNames, stateNames, traceNames } from "./step.ts";

export interface LoopSettings {
  readonly guide: BoundGuide;
  readonly executable: Executable;
  /** All states of the program with their first values. */
  readonly states: Readonly<Record<string, Float64Array>>;
  readonly judge: Judge;
  readonly draws: number;
  /** Whether the noise of steps is that of the judge's draws: natural gradients, of all data. */
  readonly knowsNoise: boolean;
  readonly steps: number;
  readonly floorOf: (value: number) => number;
  readonly signal: AbortSignal | undefined;
  readonly onChunk: (elbo: Float64Array, stepSize: number, objective?: Float64Array) => void;
}

/** What the loop has to show at any time; kept up to date so that whoever stops it finds the last good state. */
export interface LoopState {
  /** Every state of the program, finite. */
  program: ArraysByName;
  schedule: ScheduleState;
  /** The best λ so far, the start or an average; null where none has a finite ELBO. */
  best: JudgedLambda | null;
  /** The last round's average, or the start. */
  previous: JudgedLambda | null;
  /** Both of them as a former run left them, until this one has judged them. */
  inherited: Inherited | null;
  steps: number;
  /** Of the ELBO; and of the objective, where that is another. */
  readonly trace: number[];
  readonly objectiveTrace: number[];
  readonly nonFinite: { nan: number; impossible: number };
  /** λ before the first chunk that met a NaN. */
  suspect: ArraysByName | null;
  readonly rounds: RoundReport[];
  /** The round under way; null between rounds. */
  underWay: RoundUnderWay | null;
  /** Times the loop has gone back. */
  failures: number;
}

export interface Inherited {
  readonly best: ArraysByName | null;
  readonly previous: ArraysByName | null;
}

export interface RoundUnderWay {
  readonly steps: number;
  readonly done: number;
}

export interface JudgedLambda {
  readonly lambda: ArraysByName;
  readonly judged: Judged;
}

export type Ending = { readonly stopped: "converged" | "max-steps" | "failed"; readonly reasons: string[] };

/** A chunk of steps is sized to take about this long, so that progress and cancellation are prompt. */
const CHUNK_SECONDS = 0.25;
const LONGEST_CHUNK = 500;
/** Share of a round that is left out of its average: about 2.5 of its time constants. */
const BURN = 0.25;
const FAILURES = 4;
/** A round that loses this many nats beyond its noise starts again from the best λ, with smaller steps. */
const LOSS = 0.5;

/** Runs rounds until the schedule stops, the steps are spent, or the state breaks down repeatedly. */
export async function optimise(state: LoopState, settings: LoopSettings): Promise<Ending> {
  const { guide, executable } = settings;
  const speed = { secondsPerStep: 0 };
  if (state.previous === null) {
    const { best = null, previous = null } = state.inherited ?? {};
    state.previous = await judgeLambda(previous ?? lambdaOf(guide, state.program, stateNames.lambda), settings);
    state.best = (best === null ? null : await judgeLambda(best, settings)) ?? state.previous;
    state.inherited = null;
    writeSchedule(executable, state);
  }
  for (;;) {
    const room = settings.steps - state.steps;
    if (room < 2) return { stopped: "max-steps", reasons: [aboutMaxSteps(settings.steps, state.rounds.at(-1))] };
    state.underWay ??= { steps: Math.min(state.schedule.roundSteps, room), done: 0 };
    const { steps } = state.underWay;
    const fine = await runRound(state, settings, speed);
    const now = fine ? await judgeLambda(lambdaOf(guide, state.program, stateNames.average), settings) : null;
    // From here on nothing can stop the loop before the round is over.
    state.underWay = null;
    const lost = now !== null && state.best !== null && isLoss(compare(now.judged, state.best.judged));
    if (now === null || lost) {
      if (++state.failures > FAILURES) return { stopped: "failed", reasons: [aboutFailure(state, lost)] };
      restore(state, settings);
      continue;
    }
    const report = reportOf(state, now, steps, settings);
    state.rounds.push(report);
    state.previous = now;
    if (state.best === null || !isWorse(compare(now.judged, state.best.judged))) state.best = now;
    const decision = afterRound(state.schedule, report);
    state.schedule = decision.state;
    if (decision.action === "stop") return { stopped: "converged", reasons: [] };
    writeSchedule(executable, state);
  }
}

/** λ with its ELBO; null where that is not finite. */
async function judgeLambda(lambda: ArraysByName, { judge }: LoopSettings): Promise<JudgedLambda | null> {
  const judged = await judge(lambda);
  return Number.isFinite(judged.value) ? { lambda, judged } : null;
}

const isWorse = ({ mean, error }: Difference): boolean => mean < -3 * error;
const isLoss = ({ mean, error }: Difference): boolean => mean < -LOSS - 3 * error;

/** Writes every state and the step size: before the first round, and whenever the loop goes back. */
export function writeProgram(executable: Executable, state: LoopState): void {
  for (const [name, values] of Object.entries(state.program)) executable.write(name, values);
  writeSchedule(executable, state);
}

function writeSchedule(executable: Executable, { schedule, previous }: LoopState): void {
  const scale = 1 / (previous?.judged.steepness ?? 1);
  writeInputs(executable, [
    [parameterNames.stepSize, [schedule.stepSize]],
    [parameterNames.gradientScale, [scale]],
  ]);
}

/** Back to the best λ, or the last finite state, with steps a quarter as long and rounds four times as long. */
function restore(state: LoopState, settings: LoopSettings): void {
  if (state.best !== null) {
    for (const [name, values] of Object.entries(state.best.lambda)) {
      state.program[stateNames.lambda(name)] = values;
      state.program[stateNames.average(name)] = values;
    }
    state.previous = state.best;
  }
  // What the optimiser remembers is of the steps that went wrong.
  for (const [name, initial] of Object.entries(settings.states)) {
    if (name.startsWith(stateNames.optimizer(""))) state.program[name] = initial;
  }
  const { schedule } = state;
  // Shorter steps alone would move λ little by themselves, which must not pass for convergence.
  state.schedule = {
    ...schedule,
    stepSize: schedule.stepSize / 4,
    roundSteps: schedule.roundSteps * 4,
    settled: 0,
    decaying: true,
  };
  writeProgram(settings.executable, state);
}

/**
 * The rest of the round under way: its first part with averaging off. False where the state is no longer finite; it is then
 * left as it was.
 */
async function runRound(state: LoopState, settings: LoopSettings, speed: { secondsPerStep: number }): Promise<boolean> {
  const burn = Math.floor(state.underWay!.steps * BURN);
  if (state.underWay!.done < burn) {
    settings.executable.write(parameterNames.averaging, [0]);
    if (!(await runSteps(state, settings, burn, speed))) return false;
  }
  settings.executable.write(parameterNames.averaging, [1]);
  if (state.underWay!.done === burn) settings.executable.write(stateNames.averaged, [0]);
  return runSteps(state, settings, state.underWay!.steps, speed);
}

/** Steps until so many of the round are done. */
async function runSteps(
  state: LoopState,
  settings: LoopSettings,
  until: number,
  speed: { secondsPerStep: number },
): Promise<boolean> {
  const { executable } = settings;
  for (let { done } = state.underWay!; done < until; ) {
    throwIfAborted(settings.signal);
    const perStep = executable.secondsPerStep?.() ?? speed.secondsPerStep;
    const fitting = perStep === 0 ? 5 : Math.floor(CHUNK_SECONDS / perStep);
    const chunk = Math.max(1, Math.min(fitting, LONGEST_CHUNK, until - done));
    const started = performance.now();
    await executable.run(chunk);
    const read = await executable.read([...Object.keys(settings.states), ...Object.keys(executable.spec.trace ?? {})]);
    speed.secondsPerStep = (performance.now() - started) / 1000 / chunk;
    const elbo = read[traceNames.elbo]!;
    const nan = total(read[traceNames.nan]!);
    const impossible = total(read[traceNames.impossible]!);
    const program = Object.fromEntries(Object.keys(settings.states).map((name) => [name, read[name]!]));
    if (nan > 0) state.suspect ??= lambdaOf(settings.guide, state.program, stateNames.lambda);
    state.nonFinite.nan += nan;
    state.nonFinite.impossible += impossible;
    state.steps += chunk;
    for (const value of elbo) state.trace.push(value);
    for (const value of read[OBJECTIVE_TRACE] ?? []) state.objectiveTrace.push(value);
    done += chunk;
    if (!Object.values(program).every(allFinite) || nan + impossible >= chunk * settings.draws) return false;
    state.program = program;
    state.underWay = { ...state.underWay!, done };
    settings.onChunk(elbo, state.schedule.stepSize, read[OBJECTIVE_TRACE]);
  }
  return true;
}

export const lambdaOf = (
  guide: BoundGuide,
  program: Readonly<ArraysByName>,
  nameOf: (name: string) => string,
): ArraysByName => Object.fromEntries(Object.keys(guide.parameters).map((name) => [name, program[nameOf(name)]!]));

function reportOf(state: LoopState, now: JudgedLambda, steps: number, settings: LoopSettings): RoundReport {
  const { distance, distanceError, value, pairNoise } = now.judged;
  const { stepSize } = state.schedule;
  const common = { steps, stepSize, value, floor: settings.floorOf(value), distance: surely(distance, distanceError) };
  if (state.previous === null) {
    const nothing = Number.POSITIVE_INFINITY;
    return { ...common, gain: 0, gainError: nothing, movement: nothing, typicalMovement: nothing, drift: null };
  }
  const gain = compare(now.judged, state.previous.judged);
  const moved = movements(now.judged, state.previous.judged);
  // The noise of this round's average and of the last one's; a start has none.
  const before = state.rounds.at(-1)?.steps ?? Number.POSITIVE_INFINITY;
  const share = Math.sqrt((1 / steps + 1 / before) / (1 - BURN) / (settings.draws / 2));
  return {
    ...common,
    gain: gain.mean,
    gainError: gain.error,
    movement: moved.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
    typicalMovement: Math.sqrt(moved.reduce((sum, x) => sum + x ** 2, 0) / moved.length),
    drift:
      pairNoise === undefined || !settings.knowsNoise
        ? null
        : surely(
            moved,
            pairNoise.map((sd) => sd * share),
          ),
  };
}

function aboutFailure({ best }: LoopState, lost: boolean): string {
  const what = lost ? "rounds of steps made the objective worse" : "the parameters left the finite numbers";
  const kept = best === null ? "" : "; the best state found is kept";
  return `${what} again and again, whatever the step size${kept}`;
}

function aboutMaxSteps(steps: number, last: RoundReport | undefined): string {
  const start = `the limit of ${steps} steps was reached before the fit settled`;
  if (last === undefined || !Number.isFinite(last.movement)) return `${start}; give it more steps`;
  const gain = `${last.gain.toFixed(3)} ± ${last.gainError.toFixed(3)} nats`;
  return (
    `${start}: in the last ${last.steps} steps the objective changed by ${gain} and some parameter by ` +
    `${last.movement.toFixed(2)} of its sd; give it more steps, or more draws`
  );
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
