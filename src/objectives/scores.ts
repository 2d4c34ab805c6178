import { gradient } from "../graph/autodiff.ts";
import type { Axis } from "../graph/axis.ts";
import { abs, add, and, castF32, div, eq, isFiniteValue, lt, max, not, select, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

export interface GuardedScores {
  /** ∇_z of the target, zero for a draw that is left out. */
  readonly score: Value;
  /** Whether the target and its gradient are finite, by bits. */
  readonly good: Value;
  /** 1 / number of good draws: E_q[f] is estimated by share · Σ f over the good draws. */
  readonly share: Value;
}

/** Larger derivatives, all coordinates together, would overflow float32 in the products that follow. */
const LARGEST_SCORE = 1e18;

/**
 * The gradient of a log density in each draw's z, with draws that are not finite left out before they can meet a sum:
 * a NaN times a weight of zero would still be NaN.
 */
export function guardedScores(target: Value, z: Value, coordinate: Axis, draw: Axis): GuardedScores {
  const [raw] = gradient(target, [z]) as [Value];
  // NaN and infinity stay in sums of absolute values: one test a draw.
  const magnitude = sum(abs(raw), [coordinate]);
  const good = and(isFiniteValue(add(abs(target), magnitude)), lt(magnitude, LARGEST_SCORE));
  const count = sum(castF32(good), [draw]);
  return { score: select(good, raw, 0), good, share: div(1, max(count, 1)) };
}

/** How many draws have a NaN (or +∞) target or a gradient that is not finite, and how many have a target of −∞. */
export function countNonFinite(target: Value, good: Value, draw: Axis): { nan: Value; impossible: Value } {
  const impossible = eq(target, Number.NEGATIVE_INFINITY);
  return {
    nan: sum(castF32(and(not(good), not(impossible))), [draw]),
    impossible: sum(castF32(impossible), [draw]),
  };
}
