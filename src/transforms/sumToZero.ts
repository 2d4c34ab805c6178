import { Axis } from "../graph/axis.ts";
import { add, castF32, constant, eq, gt, iota, lt, mul, reciprocal, select, sqrt, sub, sum } from "../graph/ops.ts";
import { pad } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { type Transform, TransformError } from "./bijection.ts";

/**
 * K entries with sum zero from K − 1 free ones, an isometry: with w_i = u_i/√(i(i + 1)), i = 1 … K − 1, and k from 0,
 * x_k = Σ_{i>k} w_i − k w_k; log |det J| = 0. Stan Reference Manual, "Zero sum vector".
 */
export function sumToZero(axis: Axis): Transform {
  if (axis.size < 2) throw new TransformError(`sumToZero: the axis "${axis.name}" has one entry, which can only be 0`);
  const free = new Axis(`${axis.name} free`, axis.size - 1);
  /** i = 1 … K − 1 along the free axis. */
  const number = (): Value => castF32(add(iota(free), 1));
  const scaled = (u: Value): Value => u.mul(reciprocal(sqrt(mul(number(), add(number(), 1)))));
  return {
    name: "sumToZero",
    eventAxes: [axis],
    unconstrainedAxes: [free],
    forward: (u) => {
      const w = scaled(u);
      const later = sum(select(gt(add(iota(free), 1), iota(axis)), w, 0), [free]);
      return sub(later, mul(castF32(iota(axis)), pad(w, free, axis, 1)));
    },
    inverse: (x) => {
      const index = add(iota(free), 1);
      const before = sum(select(lt(iota(axis), index), x, 0), [axis]);
      const own = sum(select(eq(iota(axis), index), x, 0), [axis]);
      return scaled(sub(before, mul(number(), own)));
    },
    logAbsDetJacobian: () => constant(0),
  };
}
