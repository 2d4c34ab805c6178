/** What the posterior needs of a fit: its model with data, a bound guide, the parameters found, and how it ended. */
import type { Axis } from "../graph/axis.ts";
import { ElbowError } from "../graph/errors.ts";
import type { Backend } from "../graph/program.ts";
import type { Value } from "../graph/value.ts";
import type { TracedModel } from "../model/traced.ts";

/** Standard noise over `axes` and the axis of draws. */
export type DrawNoise = (distribution: "normal" | "uniform", axes: readonly Axis[], stream: number) => Value;

/** A Gaussian guide bound to the coordinates of a model. */
export interface FittedGuide {
  readonly name: string;
  readonly coordinate: Axis;
  readonly parameters: Readonly<Record<string, { readonly axes: readonly Axis[] }>>;
  readonly constants: Readonly<Record<string, { readonly axes: readonly Axis[]; readonly values: Float64Array }>>;
  sample(
    lambda: Readonly<Record<string, Value>>,
    constants: Readonly<Record<string, Value>>,
    noise: DrawNoise,
  ): { readonly z: Value; readonly logDensity: Value; readonly entropy: Value | null };
  moments(lambda: Record<string, Float64Array>): { readonly loc: Float64Array; readonly scale: Float64Array };
}

export type Stopped = "converged" | "max-steps" | "cancelled" | "failed" | "device-lost";

/** How a fit ended. */
export interface Fitted {
  readonly model: TracedModel;
  readonly guide: FittedGuide;
  /** The last good state of the guide's parameters. */
  readonly lambda: Record<string, Float64Array>;
  readonly backend: Backend;
  readonly seed: number;
  readonly steps: number;
  readonly stopped: Stopped;
  readonly reasons: readonly string[];
  readonly nonFinite: { readonly total: number; readonly bySite: Readonly<Record<string, number>> };
  readonly seconds: { readonly compile: number; readonly run: number };
}

/**
 * A posterior was asked for something that it cannot give. Codes: "disposed", "not-checked", "wrong-argument",
 * "no-predictive".
 */
export class PosteriorError extends ElbowError {}
