import { type Guide, meanField } from "../guides/index.ts";
import type { TracedModel } from "../model/traced.ts";
import type { Optimizer } from "../optimizers/index.ts";
import { FitError } from "./errors.ts";
import {
  checkGroups,
  checkMaximised,
  defaultDraws,
  type ObjectiveOptions,
  oneOf,
  type SettledObjective,
  settleObjective,
} from "./objective.ts";
import type { Progress } from "./progress.ts";
import type { Resumable } from "./result.ts";

/** Where the search begins: unconstrained values by site, or the whole flat vector. */
export type Initial = Readonly<Record<string, number | ArrayLike<number>>> | ArrayLike<number>;

export interface InferenceOptions extends ObjectiveOptions {
  /** The variational family. Default meanField(). */
  readonly guide?: Guide;
  /**
   * Draws a step. Default 16 for the ELBO, 64 or a little more for bounds of K draws, 1024 for chi() and forwardKl(); or those
   * of the fit it resumes.
   */
  readonly draws?: number;
  /** Most steps, those of the fit it resumes not counted. Default 10,000. */
  readonly steps?: number;
  /** Default 0, or that of the fit it resumes. */
  readonly seed?: number;
  /** Default: natural gradients where the guide has them, Adam for its other parameters. */
  readonly optimizer?: Optimizer;
  /** Default: several starts, the origin of the unconstrained space among them. */
  readonly initial?: Initial;
  /** How far from its start the search looks first, and the guide's sd where there is no search. Default 0.1. */
  readonly initialScale?: number;
  /** "search": quasi-Newton and Newton steps find where to begin. "initial": begin as told. Default "search". */
  readonly start?: "search" | "initial";
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * A fit of the same model, data and guide to go on with: a posterior's `result`, or what `restoreFit` reads. A fit that was
   * cancelled goes on as if it had not been: with the same seed and draws it ends with the same bits.
   */
  readonly resume?: Resumable;
}

export interface Settings extends SettledObjective {
  readonly guide: Guide;
  readonly draws: number;
  readonly steps: number;
  readonly seed: number;
  /** Null: automatic, by parameter. */
  readonly optimizer: Optimizer | null;
  readonly initial: Float64Array | null;
  readonly initialScale: number;
  readonly start: "search" | "initial";
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly resume: Resumable | undefined;
}

export const DEFAULT_STEPS = 10_000;
const LARGEST_SEED = 2 ** 32 - 1;

/** Checks the options of a fit and fills in the defaults. Throws a FitError. */
export function settleFit(options: InferenceOptions): Omit<Settings, "initial"> {
  const settings = settle(options);
  checkMaximised(settings.weighted);
  return settings;
}

/** The same for an objective that is evaluated only. */
export function settle(options: InferenceOptions): Omit<Settings, "initial"> {
  const integer = (name: "draws" | "steps" | "seed", fallback: number, least: number, most: number): number => {
    const value = options[name] ?? fallback;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new FitError("wrong-option", `${name} must be an integer from ${least} to ${most}, got ${String(value)}`);
    }
    return value;
  };
  const guide = options.guide ?? meanField();
  if (typeof guide !== "object" || typeof guide.bind !== "function") {
    throw new FitError(
      "wrong-option",
      `guide must be a guide such as meanField(), fullRank() or guide({ … }), got ${JSON.stringify(guide)}`,
    );
  }
  const initialScale = options.initialScale ?? 0.1;
  if (!(initialScale > 0) || !Number.isFinite(initialScale)) {
    throw new FitError("wrong-option", `initialScale must be a positive number, got ${String(initialScale)}`);
  }
  const objective = settleObjective(options);
  const draws = integer("draws", options.resume?.draws ?? defaultDraws(objective.weighted), 1, 2 ** 20);
  checkGroups(objective.weighted, draws);
  return {
    guide,
    draws,
    steps: integer("steps", DEFAULT_STEPS, 1, 2 ** 30),
    seed: integer("seed", options.resume?.seed ?? 0, 0, LARGEST_SEED),
    ...objective,
    optimizer: options.optimizer ?? null,
    initialScale,
    start: oneOf("start", options.start ?? "search", ["search", "initial"]),
    signal: options.signal,
    onProgress: options.onProgress,
    resume: options.resume,
  };
}

/** The flat unconstrained vector to start at, or null. Throws a FitError that names the site. */
export function initialVector(model: TracedModel, initial: Initial | undefined): Float64Array | null {
  if (initial === undefined) return null;
  const size = model.coordinate.size;
  const check = (values: ArrayLike<number>, what: string, length: number): void => {
    if (values.length !== length) {
      throw new FitError(
        "wrong-initial",
        `initial: ${what} takes ${length} unconstrained values, got ${values.length}`,
      );
    }
    for (let i = 0; i < length; i++) {
      if (!Number.isFinite(values[i])) {
        throw new FitError("wrong-initial", `initial: ${what} has ${String(values[i])} at position ${i}`);
      }
    }
  };
  if (isArrayLike(initial)) {
    check(initial, `the model "${model.name}"`, size);
    return Float64Array.from(initial);
  }
  const known = new Map(model.latents.map((site) => [site.name, site]));
  const flat = new Float64Array(size);
  for (const [name, given] of Object.entries(initial)) {
    const site = known.get(name);
    if (site === undefined) {
      const names = [...known.keys()].join(", ");
      throw new FitError("wrong-initial", `initial: the model "${model.name}" has no latent site "${name}" (${names})`);
    }
    const values = typeof given === "number" ? new Float64Array(site.length).fill(given) : given;
    check(values, `the site "${name}"`, site.length);
    flat.set(Float64Array.from(values), site.start);
  }
  return flat;
}

const isArrayLike = (value: Initial): value is ArrayLike<number> =>
  typeof (value as ArrayLike<number>).length === "number";
