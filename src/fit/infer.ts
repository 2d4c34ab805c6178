/** Inference from a traced model to a fit: a start, then the loop. */
import { type Backend, type Estimate, madeOnce, type ProgramSpec } from "../graph/program.ts";
import type { BoundGuide, GuideStart } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { asReported, describeObjective, isPooled } from "../objectives/index.ts";
import { adaptiveNames, automaticOptimizer, type Optimizer } from "../optimizers/index.ts";
import { bindGuide, withResponsibilities } from "./bind.ts";
import { firstSchedule } from "./convergence.ts";
import { compileDensity, type DensityProgram, densityGraph, writeInputs } from "./density.ts";
import { blame, brokenPoints, namesOf } from "./diagnose.ts";
import { Cancelled, FitError, throwIfAborted } from "./errors.ts";
import { commonNoise, type Judge, judgeGaussian } from "./evaluate.ts";
import { compileJudge, type JudgeProgram } from "./judgeProgram.ts";
import { compileWeightedJudge, type WeightedJudge } from "./judgeWeighted.ts";
import { type Ending, type LoopState, lambdaOf, optimise, writeProgram } from "./loop.ts";
import { type InferenceOptions, initialVector, type Settings, settleFit } from "./options.ts";
import type { Stage } from "./progress.ts";
import type { ArraysByName, FitResult, Resumable } from "./result.ts";
import { checkSaved } from "./saved.ts";
import { denseLimit, findStart } from "./start/search.ts";
import { parameterNames, type StepStates, stateNames, stepProgram, stepStates } from "./step.ts";

/** Points a run of the log joint takes. */
const BATCH = 32;
/** Relative error of a log joint on each kind of backend. */
const RELATIVE_NOISE = { gpu: 1e-6, cpu: 1e-12 } as const;

type Stopped = FitResult["stopped"];

/** Fits a guide to a traced model. Never loses the last good state: whatever stops it is told by `stopped`. */
export async function infer(
  model: TracedModel,
  backend: Backend,
  options: InferenceOptions,
  /** The trace that steps are made of, where they see a batch of the data. Default: `model`. */
  minibatch: TracedModel = model,
): Promise<FitResult> {
  const settings: Settings = { ...settleFit(options), initial: initialVector(model, options.initial) };
  checkResume(model, settings);
  return new Inference(model, backend, settings, minibatch).run();
}

/** What a run of the larger of a fit's programs takes: a step, or a batch of the log joint. */
export function estimateFit(
  model: TracedModel,
  backend: Backend,
  options: InferenceOptions,
  minibatch: TracedModel = model,
): Estimate {
  const settings: Settings = { ...settleFit(options), initial: null };
  const { spec } = new Inference(model, backend, settings, minibatch);
  const estimates = [spec, densityGraph(model, BATCH).spec].map((program) => backend.estimate(program));
  return {
    operations: Math.max(...estimates.map(({ operations }) => operations)),
    bytes: estimates.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

class Inference {
  readonly #began = performance.now();
  #compileSeconds = 0;
  #density: DensityProgram | undefined;
  #judgeProgram: JudgeProgram | undefined;
  #weightedJudge: WeightedJudge | undefined;
  #guide: BoundGuide;
  #start: GuideStart;
  /** The step program. */
  readonly spec: ProgramSpec;
  #states: StepStates;
  #state: LoopState;
  #plan: FitResult["plan"] = null;
  #begun = false;

  constructor(
    readonly model: TracedModel,
    readonly backend: Backend,
    readonly settings: Settings,
    readonly minibatch: TracedModel = model,
  ) {
    this.#start = this.#before?.resume.start ?? this.#plainStart(settings.initial);
    this.#guide = bindGuide(settings.guide, model, this.#start);
    this.spec = madeOnce(backend, "step", () => this.#stepSpec());
    this.#states = stepStates(this.#guide, this.#optimizer);
    this.#state = this.#firstState();
  }

  get #dense(): boolean {
    return this.model.coordinate.size <= denseLimit(this.settings.guide.startFamily);
  }

  get #optimizer(): Optimizer {
    return this.settings.optimizer ?? automaticOptimizer(this.#guide.parameters);
  }

  /** N(initial or 0, initialScale²). */
  #plainStart(initial: Float64Array | null): GuideStart {
    const size = this.model.coordinate.size;
    const scale = new Float64Array(size).fill(this.settings.initialScale);
    return this.#shaped({ mean: initial ?? new Float64Array(size), factor: null, scale });
  }

  get #roundsBy(): "natural" | "adaptive" | "networks" | "scores" {
    if (this.#covers) return "scores";
    const { parameters } = this.#guide;
    if (Object.values(parameters).some(({ adaptive }) => adaptive === "network")) return "networks";
    return adaptiveNames(parameters).size > 0 ? "adaptive" : "natural";
  }

  get #knowsNoise(): boolean {
    const { optimizer, form, gradient } = this.settings;
    return optimizer === null && form === "joint" && !gradient && this.minibatch.subsamples.length === 0;
  }

  /** Whether the objective's optimum covers the posterior's mass. */
  get #covers(): boolean {
    const { weighted } = this.settings;
    return weighted !== null && isPooled(weighted);
  }

  /** The same with a dense factor where the program has one. */
  #shaped(start: GuideStart): GuideStart {
    // A factorised q that covers has the posterior's marginal sds, and its locations are moved by them.
    if (this.#covers && this.settings.guide.startFamily === "mean-field") return { ...start, factor: null };
    if (start.factor !== null || !this.#dense) return start;
    const size = start.mean.length;
    const factor = new Float64Array(size * size);
    for (let i = 0; i < size; i++) factor[i * size + i] = start.scale[i]!;
    return { ...start, factor };
  }

  /** It depends on the guide's family, not on where it is bound: the search may still go on. */
  #stepSpec(): ProgramSpec {
    const { draws, form, weighted } = this.settings;
    const gradient = this.settings.gradient ?? (form === "joint" ? this.#guide.gradientEstimator : "reparameterised");
    return stepProgram(this.minibatch, this.#guide, this.#optimizer, { draws, form, gradient, weighted }).spec;
  }

  #firstState(): LoopState {
    const before = this.#before;
    const initial = Object.entries(this.#states).map(([name, { initial }]) => [name, initial] as const);
    return {
      program: { ...Object.fromEntries(initial), ...before?.resume.program },
      schedule: before?.resume.schedule ?? firstSchedule(this.#optimizer.stepSize, this.#roundsBy),
      best: null,
      previous: null,
      inherited: before?.resume.inherited ?? null,
      steps: before?.steps ?? 0,
      trace: [...(before?.elboTrace ?? [])],
      objectiveTrace: [...(before?.objectiveTrace ?? [])],
      nonFinite: { nan: 0, impossible: 0, ...before?.resume.nonFinite },
      suspect: before?.resume.suspect ?? null,
      rounds: [...(before?.resume.rounds ?? [])],
      underWay: before?.resume.underWay ?? null,
      failures: before?.resume.failures ?? 0,
    };
  }

  /** The fit that this one goes on with; none where that had not begun to move. */
  get #before(): Resumable | null {
    const { resume } = this.settings;
    return resume?.resume.begun ? resume : null;
  }

  async run(): Promise<FitResult> {
    const { signal } = this.settings;
    if (signal?.aborted) return this.#result({ stopped: "cancelled", reasons: [] });
    this.#progress("compile");
    // Errors of compilation are the caller's: there is nothing yet that could be lost.
    this.#density = await this.#timed(compileDensity(this.model, this.backend, BATCH, signal));
    const compiled = this.#timed(this.backend.compile(this.spec));
    compiled.catch(() => {});
    try {
      let ending: Ending | null = null;
      if (this.#before === null && this.settings.start === "search") ending = await this.#search();
      const executable = await compiled;
      this.#plan = executable.explain();
      if (ending === null) {
        throwIfAborted(signal);
        writeInputs(executable, [
          ...this.model.inputs,
          ...Object.entries(this.#guide.constants).map(
            ([name, { values }]) => [parameterNames.constant(name), values] as const,
          ),
          [parameterNames.seed, [this.settings.seed]],
          [parameterNames.drawOffset, [0]],
        ]);
        writeProgram(executable, this.#state);
        this.#begun = true;
        const elbo = { floor: this.backend.kind === "gpu" ? 2 ** -23 : 0 };
        ending = await optimise(this.#state, {
          guide: this.#guide,
          executable,
          states: Object.fromEntries(Object.entries(this.#states).map(([name, { initial }]) => [name, initial])),
          judge: await this.#judge(),
          draws: this.settings.draws,
          knowsNoise: this.#knowsNoise,
          steps: this.settings.steps + (this.#before?.steps ?? 0),
          floorOf: (value) => elbo.floor * Math.abs(value),
          signal,
          onChunk: (elbo, stepSize, objective) => this.#progress("optimise", elbo, stepSize, objective),
        });
      }
      return await this.#diagnosed(ending);
    } catch (error) {
      return this.#result(this.#endingOf(error));
    } finally {
      this.#density.dispose();
      this.#judgeProgram?.dispose();
      this.#weightedJudge?.dispose();
      await compiled.then(
        (executable) => executable.dispose(),
        () => {},
      );
    }
  }

  /** A Gaussian is judged by the host, from log p at its draws; any other guide by a program of its own. */
  async #judge(): Promise<Judge> {
    const { model, settings } = this;
    const guide = this.#guide;
    const { weighted, draws, seed } = settings;
    if (weighted !== null) {
      const own = compileWeightedJudge(model, guide, this.backend, { weighted, draws, seed });
      this.#weightedJudge = await this.#timed(own);
      return this.#weightedJudge.judge;
    }
    if (guide.moments(initialLambda(guide))?.complete) {
      const noise = commonNoise(model.coordinate.size, settings.seed);
      const { density } = this.#density!;
      return (lambda) => judgeGaussian(guide.moments(lambda)!, this.#start.factor, noise, density);
    }
    this.#judgeProgram = await this.#timed(compileJudge(model, guide, this.backend, settings.seed));
    return this.#judgeProgram.judge;
  }

  /** Binds the guide where the search says; an ending where there is nowhere to begin. */
  async #search(): Promise<Ending | null> {
    const { seed, initial, initialScale, guide } = this.settings;
    const size = this.model.coordinate.size;
    const start = await findStart(size, this.#density!.density, {
      family: this.#covers ? "full-rank" : guide.startFamily,
      cover: this.#covers,
      seed,
      initial,
      initialScale,
      relativeNoise: RELATIVE_NOISE[this.backend.kind],
      onTurn: (stage) => this.#progress(stage),
    });
    if (start === null) {
      const bySite = await blame(this.model, this.backend, [this.#start.mean]);
      const where = initial === null ? "at any of the starting points tried" : "at the initial point";
      const reason =
        `the log density is not finite ${where}; at fault: ${namesOf(bySite)}. ` +
        `Check the domains of its parameters, or give a point where it is finite by the option "initial"`;
      return { stopped: "failed", reasons: [reason] };
    }
    this.#start = withResponsibilities(this.model, this.#shaped(start));
    this.#guide = bindGuide(guide, this.model, this.#start);
    this.#states = stepStates(this.#guide, this.#optimizer);
    this.#state = this.#firstState();
    return null;
  }

  async #diagnosed(ending: Ending): Promise<FitResult> {
    const { suspect, nonFinite } = this.#state;
    if (nonFinite.nan === 0 || suspect === null) return this.#result(ending);
    const bad = await this.#broken(suspect);
    const bySite = await blame(this.model, this.backend, bad);
    const reason = `${nonFinite.nan} draws of the fit were not finite and were left out; at fault: ${namesOf(bySite)}`;
    return this.#result({ ...ending, reasons: [...ending.reasons, reason] }, bySite);
  }

  /** Points at which a draw is not finite. */
  async #broken(suspect: ArraysByName): Promise<Float64Array[]> {
    const moments = this.#guide.moments(suspect);
    if (moments?.complete) return brokenPoints(moments, this.settings.seed, this.#density!.density);
    this.#judgeProgram ??= await compileJudge(this.model, this.#guide, this.backend, this.settings.seed);
    return this.#judgeProgram.broken(suspect);
  }

  #endingOf(error: unknown): { stopped: Stopped; reasons: string[] } {
    if (error instanceof Cancelled) return { stopped: "cancelled", reasons: [] };
    const message = error instanceof Error ? error.message : String(error);
    const lost = (error as { code?: unknown } | null)?.code === "device-lost";
    return { stopped: lost ? "device-lost" : "failed", reasons: [message] };
  }

  #result(ending: { stopped: Stopped; reasons: string[] }, bySite: Record<string, number> = {}): FitResult {
    const state = this.#state;
    const seconds = (performance.now() - this.#began) / 1000;
    const { nan, impossible } = state.nonFinite;
    const inherited = state.inherited ?? {
      best: state.best?.lambda ?? null,
      previous: state.previous?.lambda ?? null,
    };
    return {
      model: this.model,
      guide: this.#guide,
      lambda: inherited.best ?? lambdaOf(this.#guide, state.program, stateNames.lambda),
      backend: this.backend,
      seed: this.settings.seed,
      draws: this.settings.draws,
      steps: state.steps,
      stopped: ending.stopped,
      reasons: ending.reasons,
      elboTrace: Float64Array.from(state.trace),
      ...(this.settings.weighted !== null && {
        objectiveTrace: Float64Array.from(state.objectiveTrace),
        weighted: { objective: this.settings.weighted, draws: this.settings.draws },
      }),
      nonFinite: { total: nan + impossible, bySite },
      gradients: this.#gradients,
      seconds: { compile: this.#compileSeconds, run: seconds - this.#compileSeconds },
      rounds: state.rounds,
      plan: this.#plan,
      resume: {
        begun: this.#begun || this.#before !== null,
        start: this.#start,
        program: state.program,
        schedule: state.schedule,
        inherited,
        underWay: state.underWay,
        failures: state.failures,
        rounds: state.rounds,
        nonFinite: state.nonFinite,
        suspect: state.suspect,
      },
    };
  }

  #progress(
    stage: Stage,
    estimates: Float64Array = new Float64Array(),
    stepSize: number | null = null,
    of?: Float64Array,
  ): void {
    const { steps, onProgress, weighted } = this.settings;
    const mean = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;
    const elbo = estimates.length === 0 ? null : mean(estimates);
    const objective = of && weighted && { name: describeObjective(weighted), value: asReported(weighted, mean(of)) };
    const shown = { elbo, ...(objective && { objective }), estimates };
    onProgress?.({ stage, step: this.#ownSteps, steps, ...shown, gradients: this.#gradients, stepSize });
  }

  /** Those of the fit it goes on with not counted. */
  get #ownSteps(): number {
    return this.#state.steps - (this.#before?.steps ?? 0);
  }

  get #gradients(): number {
    const own = (this.#density?.evaluations ?? 0) + this.#ownSteps * this.settings.draws;
    return own + (this.#before?.gradients ?? 0);
  }

  async #timed<T>(work: Promise<T>): Promise<T> {
    const started = performance.now();
    const value = await work;
    this.#compileSeconds += (performance.now() - started) / 1000;
    return value;
  }
}

const initialLambda = (guide: BoundGuide): ArraysByName =>
  Object.fromEntries(Object.entries(guide.parameters).map(([name, { initial }]) => [name, initial]));

function checkResume(model: TracedModel, { resume, guide, weighted }: Settings): void {
  if (resume === undefined) return;
  const [before, now] = [resume.weighted?.objective ?? null, weighted].map((one) =>
    one === null ? "the ELBO" : describeObjective(one),
  );
  if (before !== now) {
    throw new FitError(
      "wrong-resume",
      `resume: that fit maximised ${before}, this one ${now}: give it the same objective`,
    );
  }
  const size = model.coordinate.size;
  if (resume.guide.name !== guide.name || resume.resume.start.mean.length !== size) {
    throw new FitError(
      "wrong-resume",
      `resume: that fit has a ${resume.guide.name} guide over ${resume.resume.start.mean.length} coordinates, ` +
        `this one a ${guide.name} guide over ${size}`,
    );
  }
  checkSaved(model, resume);
}
