import type { Axis } from "../graph/axis.ts";
import { castF32, castI32, gt, iota, le, mul, type Operand, select, stopGradient, sub, sum } from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import { ObjectiveError } from "./errors.ts";

/**
 * What is subtracted from f before it weighs a score: "leave-one-out", the mean of the other draws (default); "none"; or
 * a value that does not depend on the draw it is subtracted for.
 */
export type Baseline = "leave-one-out" | "none" | Value;

export interface ScoreFunctionOptions {
  readonly baseline?: Baseline;
  /** Over draw (and whatever else f runs over): false for a draw that is left out. Default: all count. */
  readonly good?: Value;
}

/**
 * An average over draws whose derivative is the score-function estimate: for draws z_s ~ q_λ without a path from λ to z,
 *
 * ∇E_q[f] ≈ (1/S) Σ_s ∇f(z_s) + (f(z_s) − b_s) ∇ log q_λ(z_s),
 *
 * where b_s is the mean of f over the other draws: independent of z_s, hence no bias, and close to E_q[f], hence less
 * variance. The value is (1/S) Σ_s f(z_s); what multiplies the scores is not differentiated.
 *
 * `f` and `logDensity` run over `draw` and may run over plates, each entry of which then has the terms of f that it bears
 * on and a baseline of its own. Any f does, with discrete z or without derivatives in z; f may depend on λ itself.
 *
 * Sources: R. Williams, *Simple statistical gradient-following algorithms*, Machine Learning 1992, §4; W. Kool, H. van
 * Hoof & M. Welling, *Buy 4 REINFORCE samples, get a baseline for free!*, ICLR workshop 2019, eq. 6; J. Schulman et al.,
 * *Gradient estimation using stochastic computation graphs*, NeurIPS 2015, §3.
 *
 * @throws ObjectiveError for a leave-one-out baseline of one draw.
 */
export function scoreFunction(
  f: Value,
  logDensity: Value,
  draw: Axis,
  { baseline = "leave-one-out", good }: ScoreFunctionOptions = {},
): Value {
  const kept = good === undefined ? f : select(good, f, 0);
  const count: Operand = good === undefined ? draw.size : sum(castF32(good), [draw]);
  const fixed = stopGradient(kept);
  const excess = baseline === "none" ? fixed : sub(fixed, baselineOf(baseline, fixed, count, draw));
  // Zero, with the derivative of log q.
  const score = sub(logDensity, stopGradient(logDensity));
  const weighed = mul(good === undefined ? excess : select(good, excess, 0), score);
  return sum(kept.add(weighed), [draw]).div(good === undefined ? draw.size : atLeast(count, 1));
}

function baselineOf(baseline: "leave-one-out" | Value, f: Value, count: Operand, draw: Axis): Value {
  if (baseline !== "leave-one-out") return stopGradient(baseline);
  if (draw.size < 2) {
    throw new ObjectiveError(
      null,
      `a leave-one-out baseline is the mean of the other draws, and there is 1 draw: take draws of 2 or more, or the ` +
        `baseline "none"`,
    );
  }
  return sub(sum(f, [draw]), f).div(atLeast(sub(count, 1), 1));
}

const atLeast = (x: Operand, least: number): Value => select(gt(asValue(x), least), x, least);

/**
 * Draws of a categorical variable by inversion: the number of cumulative probabilities along `axis` below a uniform.
 * `uniform` runs over the axis of draws and the plates. The result is an integer and has no derivative.
 */
export function drawCategorical(probs: Value, axis: Axis, uniform: Value): Value {
  const upTo = axis.prime();
  const cumulative = sum(select(le(iota(axis), iota(upTo)), probs, 0), [axis]);
  // The last one is 1 but for rounding: no uniform is beyond it.
  const below = select(le(iota(upTo), axis.size - 2), castF32(gt(uniform, cumulative)), 0);
  return castI32(stopGradient(sum(below, [upTo])));
}
