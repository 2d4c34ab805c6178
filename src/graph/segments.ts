/** Rows that share an index, of which there may be any number in each group: what ragged data need. */
import type { Axis } from "./axis.ts";
import { eq, exp, gather, log, segment, select, stopGradient, sub } from "./ops.ts";
import type { Value } from "./value.ts";

/** y[out := k] = Σ of x over the rows whose index is k; 0 for a group without rows. */
export const segmentSum = (x: Value, index: Value, out: Axis): Value => segment("sum", x, index, out);

/** The largest x of the rows whose index is k; −∞ for a group without rows. */
export const segmentMaximum = (x: Value, index: Value, out: Axis): Value => segment("max", x, index, out);

/** log Σ exp(x) over the rows whose index is k, stable; −∞ for a group without rows. */
export function segmentLogSumExp(x: Value, index: Value, out: Axis): Value {
  const largest = stopGradient(segmentMaximum(x, index, out));
  // A group whose entries are all −∞ sums to zero.
  const shift = select(eq(largest, Number.NEGATIVE_INFINITY), 0, largest);
  return log(segmentSum(exp(sub(x, gather(shift, out, index))), index, out)).add(shift);
}
