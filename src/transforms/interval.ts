import { constantOf } from "../distributions/support.ts";
import { add, log, logSigmoid, mul, neg, type Operand, sigmoid, sub } from "../graph/ops.ts";
import { type Transform, TransformError } from "./bijection.ts";

/**
 * x = lower + (upper − lower)·p with p = 1/(1 + e⁻ᵘ); log |dx/du| = log(upper − lower) + log p + log(1 − p), both
 * logarithms as log-sigmoids of u. Stan Reference Manual, "Lower and upper bounded scalar".
 */
export function interval(lower: Operand, upper: Operand): Transform {
  const [a, b] = [constantOf(lower), constantOf(upper)];
  if (a !== undefined && b !== undefined && !(a < b))
    throw new TransformError(`interval: the upper bound must exceed the lower one, got ${a} and ${b}`);
  const unit = a === 0 && b === 1;
  const width = sub(upper, lower);
  return {
    name: "interval",
    eventAxes: [],
    forward: (u) => (unit ? sigmoid(u) : add(lower, mul(width, sigmoid(u)))),
    inverse: (x) => log(sub(x, lower)).sub(log(sub(upper, x))),
    logAbsDetJacobian: (u) => {
      const slope = add(logSigmoid(u), logSigmoid(neg(u)));
      return unit ? slope : slope.add(log(width));
    },
  };
}
