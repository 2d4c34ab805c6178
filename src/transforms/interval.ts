import { constantOf } from "../distributions/support.ts";
import { add, log, logSigmoid, mul, neg, type Operand, sigmoid, sub, tanh } from "../graph/ops.ts";
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
    forward: (u) => {
      if (unit) return sigmoid(u);
      // Around zero from the middle, (b + a)/2 + (b − a)/2 tanh(u/2): a + (b − a) p would round x as if it were as large as a.
      if (a !== undefined && b !== undefined && a < 0 && b > 0) {
        return add((a + b) / 2, mul((b - a) / 2, tanh(mul(u, 0.5))));
      }
      return add(lower, mul(width, sigmoid(u)));
    },
    inverse: (x) => log(sub(x, lower)).sub(log(sub(upper, x))),
    logAbsDetJacobian: (u) => {
      const slope = add(logSigmoid(u), logSigmoid(neg(u)));
      return unit ? slope : slope.add(log(width));
    },
  };
}
