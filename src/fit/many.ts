/** Many independent fits of one model, side by side on one device. */
import type { Backend } from "../graph/program.ts";
import { differenceBetween } from "../model/alike.ts";
import type { JsonData, Model } from "../model/model.ts";
import type { TracedModel } from "../model/traced.ts";
import type { CheckSettings } from "../posterior/index.ts";
import { Posterior, type PosteriorOptions } from "../posterior/posterior.ts";
import type { Verdict } from "../posterior/verdict.ts";
import { deviceFor } from "./device.ts";
import { FitError } from "./errors.ts";
import type { FitOptions } from "./fit.ts";
import { Gang } from "./gang.ts";
import { estimateFit, infer } from "./infer.ts";
import { minibatchOf, withoutLearned } from "./minibatch.ts";
import { type InferenceOptions, type Initial, initialVector, settleFit } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { FitResult, Resumable } from "./result.ts";

/** What one fit of many has for itself. */
export interface OneOfMany {
  /** Default: `seed` of all plus the number of the fit. */
  readonly seed?: number;
  /** Where its search begins. Default: `initial` of all. */
  readonly initial?: Initial;
  /** Stops this fit alone; it comes back as it then is. */
  readonly signal?: AbortSignal;
  /** A fit of the same model and guide to go on with. */
  readonly resume?: Resumable;
}

export interface FitManyOptions extends Omit<FitOptions, "onProgress" | "resume" | "check"> {
  readonly check?: Partial<CheckSettings>;
  /** How many fits there are of one data set. Default: one for each data set, or each entry of `each`. */
  readonly fits?: number;
  /** What each fit has for itself, in order. */
  readonly each?: readonly OneOfMany[];
  /** Of the first fit; the others count on from it. Default 0. */
  readonly seed?: number;
  /** Most fits at once. Default: as many, up to 1024, as memory allows and a step of all of them stays short. */
  readonly together?: number;
  readonly onProgress?: (progress: ManyProgress) => void;
}

/** Where many fits are. */
export interface ManyProgress {
  readonly fits: number;
  /** How many have ended their optimisation, and how many are evaluated. */
  readonly optimised: number;
  readonly evaluated: number;
  /** Optimisation steps of all fits so far. */
  readonly steps: number;
}

/** The posteriors of many fits, in the order of their data. */
export class Posteriors implements Iterable<Posterior<FitResult>> {
  readonly #close: () => void;

  constructor(
    readonly all: readonly Posterior<FitResult>[],
    close: () => void,
  ) {
    this.#close = close;
  }

  get length(): number {
    return this.all.length;
  }

  /** The posterior of one fit, from 0. Throws a RangeError where there is none. */
  at(fit: number): Posterior<FitResult> {
    const found = this.all[fit];
    if (found === undefined) throw new RangeError(`there is no fit ${fit}: there are ${this.length}, from 0`);
    return found;
  }

  /** How many fits have each verdict. */
  get verdicts(): Readonly<Record<Verdict, number>> {
    const counts = { reliable: 0, unreliable: 0, "not-converged": 0, failed: 0 };
    for (const { verdict } of this.all) counts[verdict]++;
    return counts;
  }

  [Symbol.iterator](): Iterator<Posterior<FitResult>> {
    return this.all[Symbol.iterator]();
  }

  /** Frees what the posteriors hold on the device, and the device if it was opened for them. */
  dispose(): void {
    void this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((posterior) => posterior[Symbol.asyncDispose]()));
    this.#close();
  }
}

/** Most fits whose steps run side by side, and whose final evaluations do: one of these has work for a whole device. */
const MOST_TOGETHER = 1024;
const EVALUATED_TOGETHER = 4;
/** A step of all fits may plan for so many operations, and their programs for so many bytes. */
const OPERATIONS = 3e8;
const BYTES = 2 ** 28;
const OUT_OF_MEMORY: readonly unknown[] = ["memory-plan", "out-of-memory"];

/** `fitMany` of entry.ts. */
export async function fitMany<Data extends object = JsonData>(
  model: Model<Data>,
  data: Data | readonly Data[],
  options: FitManyOptions = {},
): Promise<Posteriors> {
  const count = countOf(data, options);
  const models = traceAll(model, data, count);
  // Its graph is that of all fits, as the models' is; each fit draws the entries of its own steps.
  const minibatch = inFit(0, () => minibatchOf(model, Array.isArray(data) ? data[0]! : data, models[0]!));
  const each = Array.from({ length: count }, (_, fit) => optionsOf(options, fit));
  for (const [fit, own] of each.entries()) {
    inFit(fit, () => {
      settleFit(own);
      initialVector(models[fit]!, own.initial);
    });
  }
  const { backend, close } = await deviceFor(options.device);
  try {
    const shared = sharedInputs(models);
    const job = { models, minibatch, each, backend, shared, progress: new Tally(count, options.onProgress) };
    const posteriors = await fitAll(job, options);
    return new Posteriors(posteriors, close);
  } catch (error) {
    close();
    throw error;
  }
}

function countOf(data: unknown, { fits, each }: FitManyOptions): number {
  const given = [
    ["data sets", Array.isArray(data) ? data.length : undefined],
    ["fits", fits],
    ["entries of each", each?.length],
  ].filter((entry): entry is [string, number] => entry[1] !== undefined);
  const [first] = given;
  if (first === undefined) {
    throw new FitError("wrong-option", "fitMany: give an array of data sets, or say how many fits: the option fits");
  }
  const other = given.find(([, n]) => n !== first[1]);
  if (other !== undefined) {
    throw new FitError("wrong-option", `fitMany: ${first[1]} ${first[0]}, but ${other[1]} ${other[0]}`);
  }
  const most = 65_535;
  if (!Number.isInteger(first[1]) || first[1] < 1 || first[1] > most) {
    throw new FitError("wrong-option", `fitMany: from 1 to ${most} fits, got ${first[1]}`);
  }
  return first[1];
}

/** The options that `fit` would be called with. */
function optionsOf(options: FitManyOptions, fit: number): InferenceOptions {
  const { each, fits: _fits, together: _together, onProgress: _onProgress, ...all } = options;
  const own = each?.[fit] ?? {};
  const seed = own.seed ?? ((all.seed ?? 0) + fit) % 2 ** 32;
  const signals = [all.signal, own.signal].filter((signal) => signal !== undefined);
  return { ...all, ...own, seed, ...(signals.length > 0 && { signal: AbortSignal.any(signals) }) };
}

/** Says which fit an error is of. */
function inFit<Result>(fit: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) error.message = `fit ${fit}: ${error.message}`;
    throw error;
  }
}

/** Every data set traced; all models share the graph of the first. */
function traceAll<Data extends object>(
  model: Model<Data>,
  data: Data | readonly Data[],
  count: number,
): readonly TracedModel[] {
  const datasets = Array.isArray(data) ? (data as readonly Data[]) : [data as Data];
  const first = inFit(0, () => withoutLearned(model.trace(datasets[0]!)));
  const known = new Map<Data, TracedModel>([[datasets[0]!, first]]);
  return Array.from({ length: count }, (_, fit) => {
    const own = datasets[fit % datasets.length]!;
    const traced = known.get(own) ?? inFit(fit, () => alike(first, model.trace(own)));
    known.set(own, traced);
    return traced;
  });
}

function alike(first: TracedModel, other: TracedModel): TracedModel {
  const difference = differenceBetween(first, other);
  if (difference === null) return first.withInputs(other.inputs);
  throw new FitError(
    "data-differ",
    `these data make another model of "${first.name}" than those of fit 0: ${difference}. ` +
      "Fits side by side must differ in the numbers of their data only; fit others by themselves",
  );
}

/** Data that are equal in all fits: they lie on the device once. */
function sharedInputs([first, ...others]: readonly TracedModel[]): ReadonlySet<string> {
  const isShared = (name: string, values: Float64Array): boolean =>
    others.every(({ inputs }) => {
      const own = inputs.get(name)!;
      return own === values || own.every((value, i) => value === values[i]);
    });
  return new Set([...first!.inputs].flatMap(([name, values]) => (isShared(name, values) ? [name] : [])));
}

interface Job {
  readonly models: readonly TracedModel[];
  /** The trace that steps are made of; see `infer`. */
  readonly minibatch: TracedModel;
  readonly each: readonly InferenceOptions[];
  readonly backend: Backend;
  readonly shared: ReadonlySet<string>;
  readonly progress: Tally;
}

/** With as many seats as fit; with half as many where memory does not hold their programs. */
async function fitAll(job: Job, { together, check }: FitManyOptions): Promise<Posterior<FitResult>[]> {
  const { operations, bytes } = estimateFit(job.models[0]!, job.backend, job.each[0]!, job.minibatch);
  const fitting = Math.floor(Math.min(MOST_TOGETHER, OPERATIONS / operations, BYTES / bytes));
  let size = Math.min(job.models.length, Math.max(1, together ?? fitting));
  for (;;) {
    try {
      return await fitInSeats(job, size, check === undefined ? {} : { check });
    } catch (error) {
      if (size === 1 || !OUT_OF_MEMORY.includes((error as { code?: unknown } | null)?.code)) throw error;
      size = Math.ceil(size / 2);
    }
  }
}

/** Each fit is evaluated as soon as it has ended, while others go on. */
async function fitInSeats(
  { models, minibatch, each, backend, shared, progress }: Job,
  size: number,
  settings: PosteriorOptions,
): Promise<Posterior<FitResult>[]> {
  const gang = new Gang(backend, size, shared);
  // While one of two gangs has the device, the host looks at the draws of the other.
  const evaluators = [0, 1].map(() => new Gang(backend, Math.ceil(EVALUATED_TOGETHER / 2), shared));
  const seats = new Seats(size);
  const evaluationSeats = new Seats(EVALUATED_TOGETHER);
  try {
    const ended = await Promise.allSettled(
      models.map(async (model, fit) => {
        const options = { ...each[fit]!, onProgress: progress.of(fit) };
        const result = await seats.use((seat) =>
          gang.run(seat, (own) => infer(model, own, options, minibatch === models[0] ? model : minibatch)),
        );
        progress.optimised();
        const posterior = new Posterior({ ...result, backend }, settings);
        await evaluationSeats.use((seat) =>
          evaluators[seat % 2]!.run(Math.floor(seat / 2), (own) => posterior.check(own)),
        );
        progress.evaluated();
        return posterior;
      }),
    );
    return ended.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
  } finally {
    await Promise.all([gang, ...evaluators].map((each) => each.dispose()));
  }
}

/** So many may be busy at once; the others wait their turn. An error lets nobody else begin. */
class Seats {
  readonly #free: number[];
  readonly #waiting: ((seat: number) => void)[] = [];
  #error: { readonly cause: unknown } | undefined;

  constructor(size: number) {
    this.#free = Array.from({ length: size }, (_, seat) => size - 1 - seat);
  }

  async use<Result>(job: (seat: number) => Promise<Result>): Promise<Result> {
    const seat = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    try {
      if (this.#error !== undefined) throw this.#error.cause;
      return await job(seat);
    } catch (cause) {
      this.#error ??= { cause };
      throw cause;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(seat);
      else next(seat);
    }
  }
}

/** Counts what the fits have done, and tells it. */
class Tally {
  readonly #steps: Uint32Array;
  #total = 0;
  #optimised = 0;
  #evaluated = 0;

  constructor(
    readonly fits: number,
    readonly onProgress: FitManyOptions["onProgress"],
  ) {
    this.#steps = new Uint32Array(fits);
  }

  /** What a fit is to tell of itself. */
  of(fit: number): (progress: Progress) => void {
    return ({ stage, step }) => {
      this.#total += step - this.#steps[fit]!;
      this.#steps[fit] = step;
      if (stage === "optimise") this.#tell();
    };
  }

  optimised(): void {
    this.#optimised++;
    this.#tell();
  }

  evaluated(): void {
    this.#evaluated++;
    this.#tell();
  }

  #tell(): void {
    this.onProgress?.({
      fits: this.fits,
      optimised: this.#optimised,
      evaluated: this.#evaluated,
      steps: this.#total,
    });
  }
}
