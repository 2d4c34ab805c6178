import { Axis } from "../graph/axis.ts";
import { max, mul, softplus, sum, tanh } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { type DeclareParameter, filled, glorot, type Initializer } from "./initial.ts";

export type Activation = "tanh" | "relu" | "softplus" | "none";

export interface DenseOptions {
  /** What is applied to the result. Default "none". */
  readonly activation?: Activation;
  /** First weights. Default glorot(from, to). */
  readonly initial?: Initializer;
  /** First intercepts. Default 0. */
  readonly bias?: number;
}

/** An axis of a network's hidden units. It may be as large as another and is still an axis of its own. */
export const units = (name: string, size: number): Axis => new Axis(name, size);

export function activate(x: Value, activation: Activation): Value {
  switch (activation) {
    case "tanh":
      return tanh(x);
    case "relu":
      return max(x, 0);
    case "softplus":
      return softplus(x);
    case "none":
      return x;
  }
}

/**
 * A layer of `to` units, f(Σ_from W[from, to] x[from] + b[to]), whatever other axes x has. It learns `NAME.weight` and
 * `NAME.bias`.
 */
export function dense(
  parameter: DeclareParameter,
  name: string,
  x: Value,
  from: Axis,
  to: Axis,
  { activation = "none", initial = glorot(from, to), bias = 0 }: DenseOptions = {},
): Value {
  const weight = parameter(`${name}.weight`, [from, to], initial);
  return activate(product(x, weight, from).add(parameter(`${name}.bias`, [to], filled(bias))), activation);
}

/** Σ_from W x. */
export const product = (x: Value, weight: Value, from: Axis): Value => sum(mul(x, weight), [from]);

/** Σ over `axis` of W[axis′, axis] x[axis]: a matrix from an axis to itself, its rows along the twin. */
export const squareProduct = (x: Value, weight: Value, axis: Axis): Value =>
  product(rename(x, axis, axis.prime()), weight, axis.prime());
