/** Draws of gammas in the graph, and of the families that are made of them, differentiable in their shapes. */
import { Axis } from "../../graph/axis.ts";
import {
  and,
  castF32,
  constant,
  eq,
  exp,
  gt,
  iota,
  log,
  logGammaOfShape,
  lt,
  max,
  maximum,
  mul,
  select,
  sigmoid,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
} from "../../graph/ops.ts";
import type { Value } from "../../graph/value.ts";
import type { GraphNoise } from "../distribution.ts";

/** Proposals of a draw, of which the first that is accepted counts: all of 8 are refused once in 10¹⁰ times. */
const ATTEMPTS = 8;
/** What a draw is taken to be where float32 would make it zero. */
const LEAST_LOG = -85;

/**
 * The logarithm of a gamma(shape, 1) variate over `axes` (and the axis of draws of the noise). As a number it is
 * Marsaglia & Tsang's (ACM TOMS 2000), with the boost of shapes below one; its derivative is implicit: the draw z keeps its place
 * F(z; a) in the distribution, so that dz/da = −(∂F/∂a)/p(z; a), whatever made z.
 *
 * M. Figurnov, S. Mohamed & A. Mnih, *Implicit reparameterization gradients*, NeurIPS 2018, eq. 5.
 */
export function logGammaDraw(shape: Value, noise: GraphNoise, axes: readonly Axis[]): Value {
  const drawn = max(stopGradient(proposed(stopGradient(shape), noise, axes)), LEAST_LOG);
  return logGammaOfShape(shape, drawn);
}

function proposed(shape: Value, noise: GraphNoise, axes: readonly Axis[]): Value {
  const attempt = new Axis("attempt", ATTEMPTS);
  const isSmall = lt(shape, 1);
  const d = sub(select(isSmall, shape.add(1), shape), 1 / 3);
  const x = noise("normal", [...axes, attempt]);
  const root = mul(x, sqrt(mul(d, 9)).reciprocal()).add(1);
  const isPositive = gt(root, 0);
  const logV = mul(log(select(isPositive, root, 1)), 3);
  const bound = mul(square(x), 0.5).add(mul(d, sub(1, exp(logV)).add(logV)));
  const accepted = and(isPositive, lt(log(noise("uniform", [...axes, attempt])), bound));
  const rank = select(accepted, sub(ATTEMPTS, castF32(iota(attempt))), 0);
  const isFirst = and(accepted, eq(rank, maximum(rank, [attempt])));
  const chosen = log(d).add(sum(select(isFirst, logV, 0), [attempt]));
  const boost = log(noise("uniform", axes)).div(select(isSmall, shape, constant(1)));
  return select(isSmall, chosen.add(boost), chosen);
}

/** G₁/(G₁ + G₀), taken in logarithms. */
export const betaDraw = (one: Value, zero: Value, noise: GraphNoise, axes: readonly Axis[]): Value =>
  sigmoid(sub(logGammaDraw(one, noise, axes), logGammaDraw(zero, noise, axes)));

/** Normalised gammas, taken in logarithms. */
export function dirichletDraw(concentration: Value, axis: Axis, noise: GraphNoise, axes: readonly Axis[]): Value {
  const logs = logGammaDraw(concentration, noise, axes);
  const weights = exp(sub(logs, stopGradient(maximum(logs, [axis]))));
  return weights.div(sum(weights, [axis]));
}

/** A standard t variate: a normal over the root of a mean chi-squared. */
export const studentTDraw = (df: Value, noise: GraphNoise, axes: readonly Axis[]): Value =>
  mul(noise("normal", axes), exp(mul(log(df.mul(0.5)).sub(logGammaDraw(df.mul(0.5), noise, axes)), 0.5)));
