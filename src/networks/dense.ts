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
 * A layer of `to` units, x ↦ f(Σ_from W[from, to] x[from] + b[to]), whatever other axes x has. It learns `NAME.weight` and
 * `NAME.bias`, declared here once, however often the layer is used: inside the steps of a recurrence, say. Where `from` is
 * `to`, the weight's rows run along its twin, `from.prime()`.
 */
export function layer(
  parameter: DeclareParameter,
  name: string,
  from: Axis,
  to: Axis,
  { activation = "none", initial = glorot(from, to), bias = 0 }: DenseOptions = {},
): (x: Value) => Value {
  const weigh = linear(parameter, `${name}.weight`, from, to, initial);
  const intercept = parameter(`${name}.bias`, [to], filled(bias));
  return (x) => activate(weigh(x).add(intercept), activation);
}

/** The value of a `layer` at x. */
export const dense = (
  parameter: DeclareParameter,
  name: string,
  x: Value,
  from: Axis,
  to: Axis,
  options: DenseOptions = {},
): Value => layer(parameter, name, from, to, options)(x);

/** x ↦ Σ_from W[from, to] x[from], W learned. */
export function linear(
  parameter: DeclareParameter,
  name: string,
  from: Axis,
  to: Axis,
  initial: Initializer = glorot(from, to),
): (x: Value) => Value {
  const source = from === to ? from.prime() : from;
  const weight = parameter(name, [source, to], initial);
  return (x) => sum(mul(source === from ? x : rename(x, from, source), weight), [source]);
}
