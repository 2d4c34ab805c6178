import { gradient } from "../graph/autodiff.ts";
import type { Axis } from "../graph/axis.ts";
import { abs, and, castF32, div, eq, isFiniteValue, lt, max, not, select, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

export interface GuardedScores {
  /** ∇_z of the target, zero for a draw that is left out. */
  readonly score: Value;
  /** Whether the target and its gradient are finite, by bits. */
  readonly good: Value;
  /** good / number of good draws: E_q[f] is estimated by Σ weight·f over the good draws. */
  readonly weight: Value;
}

/** A larger derivative would overflow float32 in the products that follow. */
const LARGEST_SCORE = 1e18;

/**
 * The gradient of a log density in each draw's z, with draws that are not finite left out before they can meet a sum:
 * a NaN times a weight of zero would still be NaN.
 */
export function guardedScores(target: Value, z: Value, coordinate: Axis, draw: Axis): GuardedScores {
  const [raw] = gradient(target, [z]) as [Value];
  const usable = and(isFiniteValue(raw), lt(abs(raw), LARGEST_SCORE));
  const broken = sum(select(usable, 0, 1), [coordinate]);
  const good = and(isFiniteValue(target), eq(broken, 0));
  const count = sum(castF32(good), [draw]);
  return { score: select(good, raw, 0), good, weight: select(good, div(1, max(count, 1)), 0) };
}

/** How many draws have a NaN (or +∞) target or a gradient that is not finite, and how many have a target of −∞. */
export function countNonFinite(target: Value, good: Value, draw: Axis): { nan: Value; impossible: Value } {
  const impossible = eq(target, Number.NEGATIVE_INFINITY);
  return {
    nan: sum(castF32(and(not(good), not(impossible))), [draw]),
    impossible: sum(castF32(impossible), [draw]),
  };
}
