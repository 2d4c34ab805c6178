import type { Axis } from "../graph/axis.ts";
import { add, mul, type Operand } from "../graph/ops.ts";
import { at } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  hostNumber,
  hostVector,
  takeParameters,
} from "./distribution.ts";
import { hostAt, series } from "./series.ts";

export interface AutoregressiveOptions {
  /** φ_1, φ_2, …, nearest lag first: a list, or one value over the axis `lag`. One number or value without `lag` is φ_1. */
  readonly coefficients: Operand | readonly Operand[];
  /** The axis of the coefficients, where they are one value. */
  readonly lag?: Axis;
  /** Standard deviation of an innovation. */
  readonly scale: Operand;
  /** Default 0. */
  readonly constant?: Operand;
  /** Of each of the first p entries: a scalar family on the reals. `flat()` conditions on them, and leaves no sampler. */
  readonly initial: Distribution;
}

/**
 * An autoregression AR(p) along `axis`: the first p entries as `initial` says, then
 * x_t ~ normal(constant + Σ_j φ_j x_{t−j}, scale).
 *
 * Nothing asks for it to be stationary. Scale and constant may run over `axis` (a regression with autocorrelated lags); the
 * coefficients may not. Source: Box, Jenkins, Reinsel & Ljung, *Time Series Analysis*, ch. 3; Stan User's Guide,
 * "Autoregressive models", which conditions on the first p entries.
 *
 * @throws DistributionError where the axis is not longer than p, coefficients lack the axis `lag` or run over `axis`, or
 * `initial` is no scalar family on the reals.
 */
export function ar(axis: Axis, given: AutoregressiveOptions): Distribution {
  const { coefficients, lag, scale, constant = 0, initial } = given;
  const listed = Array.isArray(coefficients) ? (coefficients as readonly Operand[]) : [coefficients as Operand];
  const order = lag?.size ?? listed.length;
  if (order === 0 || (lag !== undefined && Array.isArray(coefficients))) refuse(NEITHER);
  const keys = lag === undefined ? listed.map((_, k) => `coefficient${k + 1}`) : ["coefficients"];
  const { parameters, checks } = takeParameters<string>("ar", {
    ...Object.fromEntries(keys.map((key, k) => [key, [listed[k]!, "finite"] as const])),
    scale: [scale, "positive"],
    constant: [constant, "finite"],
  });
  for (const key of keys) {
    if (parameters[key]!.hasAxis(axis)) refuse(`coefficients must not run over "${axis.name}", the axis of the series`);
    if (lag !== undefined && !parameters[key]!.hasAxis(lag))
      refuse(`coefficients must run over the axis "${lag.name}"`);
  }
  const coefficient = (now: Readonly<Record<string, Value>>, k: number): Value =>
    lag === undefined ? now[keys[k]!]! : at(now.coefficients!, lag, k);
  const onHost = (values: HostParameters, k: number): number =>
    lag === undefined ? hostNumber(values, keys[k]!) : hostVector(values, "coefficients", order)[k]!;
  return series({
    name: "ar",
    axis,
    order,
    initial,
    parameters,
    checks,
    ...(lag === undefined ? {} : { inner: [lag] }),
    predict: (now, previous) => previous.reduce((sum, x, k) => add(sum, mul(coefficient(now, k), x)), now.constant!),
    predictOnHost: (values, t, previous) =>
      previous.reduce((sum, x, k) => sum + onHost(values, k) * x, hostAt(values, "constant", t)),
  });
}

const NEITHER = "give a list of coefficients, or one value and the axis `lag` that it runs over";

function refuse(message: string): never {
  throw new DistributionError("ar", "coefficients", message);
}
