import { Axis } from "../graph/axis.ts";
import { eq, exp, iota, le, log, select, sub, sum } from "../graph/ops.ts";
import { rename, shift } from "../graph/reindex.ts";
import type { Transform } from "./bijection.ts";

/**
 * x₁ = exp(u₁), x_k = x_{k−1} + exp(u_k): positive increasing vectors; log |det J| = Σ u_k. The cumulative sum is a masked
 * sum. Stan Reference Manual, "Positive ordered vector".
 */
export function positiveOrdered(axis: Axis): Transform {
  const earlier = new Axis(`${axis.name}′`, axis.size);
  return {
    name: "positiveOrdered",
    eventAxes: [axis],
    forward: (u) => sum(select(le(iota(earlier), iota(axis)), rename(exp(u), axis, earlier), 0), [earlier]),
    inverse: (x) => log(select(eq(iota(axis), 0), x, sub(x, shift(x, axis, 1)))),
    logAbsDetJacobian: (u) => sum(u, [axis]),
  };
}
