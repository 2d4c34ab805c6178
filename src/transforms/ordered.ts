import { Axis } from "../graph/axis.ts";
import { eq, exp, iota, le, log, select, sub, sum } from "../graph/ops.ts";
import { rename, shift } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import type { Transform } from "./bijection.ts";

/**
 * x₁ = u₁, x_k = x_{k−1} + exp(u_k): increasing vectors; log |det J| = Σ_{k>1} u_k. The cumulative sum is a masked sum.
 * Stan Reference Manual, "Ordered vector".
 */
export function ordered(axis: Axis): Transform {
  const earlier = new Axis(`${axis.name}′`, axis.size);
  const isFirst = (): Value => eq(iota(axis), 0);
  /** The increments' logarithms, 0 in the first place (u₁ may be too large to exponentiate, even in vain). */
  const logIncrements = (u: Value): Value => select(isFirst(), 0, u);
  return {
    name: "ordered",
    eventAxes: [axis],
    forward: (u) => {
      const steps = select(isFirst(), u, exp(logIncrements(u)));
      return sum(select(le(iota(earlier), iota(axis)), rename(steps, axis, earlier), 0), [earlier]);
    },
    inverse: (x) => {
      const increments = select(isFirst(), 1, sub(x, shift(x, axis, 1)));
      return select(isFirst(), x, log(increments));
    },
    logAbsDetJacobian: (u) => sum(logIncrements(u), [axis]),
  };
}
