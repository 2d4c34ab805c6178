import { lt, type Operand, select } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, realValue } from "./distribution.ts";

type Tail = (k: Value) => Value;

/**
 * log P(X ≤ k) and log P(X > k) of a family of counts at any integer, from what they are for k ≥ 0: below 0 lies
 * nothing. Truncation from 0 on asks for k = −1, where the formulas for k ≥ 0 and their derivatives are undefined.
 */
export function countTails(logCdf: Tail, logSurvival: Tail): Required<Pick<Distribution, "logCdf" | "logSurvival">> {
  const fromZero = (tail: Tail, below: number) => (given: Operand) => {
    const k = realValue(given);
    const isBelow = lt(k, 0);
    return select(isBelow, below, tail(select(isBelow, 0, k)));
  };
  return { logCdf: fromZero(logCdf, Number.NEGATIVE_INFINITY), logSurvival: fromZero(logSurvival, 0) };
}
