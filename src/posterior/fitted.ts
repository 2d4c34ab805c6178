/** What the posterior needs of a fit: its model with data, a bound guide, the parameters found, and how it ended. */
import { ElbowError } from "../graph/errors.ts";
import type { Backend } from "../graph/program.ts";
import type { BoundGuide } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import type { WeightedObjective } from "../objectives/index.ts";

export type Stopped = "converged" | "max-steps" | "cancelled" | "failed" | "device-lost";

/** How a fit ended. */
export interface Fitted {
  readonly model: TracedModel;
  readonly guide: BoundGuide;
  /** The last good state of the guide's parameters. */
  readonly lambda: Record<string, Float64Array>;
  readonly backend: Backend;
  readonly seed: number;
  readonly steps: number;
  readonly stopped: Stopped;
  readonly reasons: readonly string[];
  readonly nonFinite: { readonly total: number; readonly bySite: Readonly<Record<string, number>> };
  readonly seconds: { readonly compile: number; readonly run: number };
  /** What was maximised instead of the ELBO, and the draws of a step that estimated it. */
  readonly weighted?: { readonly objective: WeightedObjective; readonly draws: number };
}

/**
 * A posterior was asked for something that it cannot give. Codes: "disposed", "not-checked", "wrong-argument",
 * "no-predictive".
 */
export class PosteriorError extends ElbowError {
  static override readonly name = "PosteriorError";
}

/** Throws a PosteriorError for anything else. */
export function positiveInteger(value: number, what: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new PosteriorError("wrong-argument", `${what}: expected a positive integer, got ${value}`);
}
