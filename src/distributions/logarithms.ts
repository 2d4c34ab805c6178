/**
 * Logarithms of values that are themselves exponentials or sigmoids, as constrained parameters and inverse links are.
 * Taken from the argument they neither overflow nor underflow, nor do their derivatives: log σ(u) and log(1 − σ(u))
 * are finite for any u, where in float32 σ(20) is 1. This is done where a density is written, before it is
 * differentiated.
 */
import { asValue, eq, log, log1p, logSigmoid, mul, neg, type Operand, select } from "../graph/ops.ts";
import type { UnaryName, Value } from "../graph/value.ts";

/** u, where x was built as name(u). */
export function argumentOf(x: Operand, name: UnaryName): Value | undefined {
  const { op, inputs } = asValue(x);
  return op.kind === "map" && op.name === name ? inputs[0] : undefined;
}

/** log x. */
export function logOf(x: Operand): Value {
  const exponent = argumentOf(x, "exp");
  if (exponent !== undefined) return exponent;
  const logit = argumentOf(x, "sigmoid");
  return logit === undefined ? log(x) : logSigmoid(logit);
}

/** log(1 − x). */
export function logOneMinus(x: Operand): Value {
  const logit = argumentOf(x, "sigmoid");
  return logit === undefined ? log1p(neg(x)) : logSigmoid(neg(logit));
}

/** count·logarithm, where 0·log 0 counts as 0. */
export const timesLog = (count: Value, logarithm: Value): Value => select(eq(count, 0), 0, mul(count, logarithm));
