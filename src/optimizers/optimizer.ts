/** Optimisers as graph builders: pure steps of explicit state. */
import type { Axis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";

export type Arrays = Readonly<Record<string, Value>>;

export interface StateSpec {
  readonly axes: readonly Axis[];
  readonly initial: Float64Array;
}

/**
 * A method that turns a gradient into a step. Gradient and step live in the guide's local coordinates (see
 * guides/guide.ts), by parameter; `stepSize` is a scalar of the schedule.
 */
export interface Optimizer {
  readonly name: string;
  /** The state at the start, by name. */
  init(localAxes: Readonly<Record<string, readonly Axis[]>>): Readonly<Record<string, StateSpec>>;
  step(gradient: Arrays, state: Arrays, stepSize: Value): { readonly step: Arrays; readonly state: Arrays };
  /** The step size a fit begins with. */
  readonly stepSize: number;
}

/** No coordinate moves further than this in one step, in standard deviations of q. */
export const LONGEST_STEP = 0.3;

export const mapArrays = (arrays: Arrays, f: (value: Value, name: string) => Value): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, value]) => [name, f(value, name)]));
