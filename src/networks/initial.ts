/** First values of learned parameters. */
import type { Axis } from "../graph/axis.ts";
import type { Value } from "../graph/value.ts";

/** Fills an array of `size` entries; `uniform` gives independent uniforms on (0, 1) from the seed of the training. */
export type Initializer = (size: number, uniform: () => number) => Float64Array;

/** A learned array. */
export interface LearnedParameter {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly initial: Initializer;
  /** Stands for it in the graph. */
  readonly value: Value;
}

/** Declares a learned array: `parameter` of a model's context, or of an amortised guide's. Default: a zero. */
export type DeclareParameter = (name: string, axes?: readonly Axis[], initial?: Initializer) => Value;

/** The same number everywhere. */
export const filled =
  (value: number): Initializer =>
  (size) =>
    new Float64Array(size).fill(value);

/**
 * Uniform on ±√(6 / (from + to)), which keeps the variances of activations and of gradients about equal from layer to layer
 * (X. Glorot & Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010, eq. 16).
 */
export const glorot = (from: Axis, to: Axis): Initializer => {
  const bound = Math.sqrt(6 / (from.size + to.size));
  return (size, uniform) => Float64Array.from({ length: size }, () => (2 * uniform() - 1) * bound);
};
