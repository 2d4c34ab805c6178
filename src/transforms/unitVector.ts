import type { Axis } from "../graph/axis.ts";
import { reciprocal, sqrt, square, sum } from "../graph/ops.ts";
import { type Transform, TransformError } from "./bijection.ts";

/**
 * x = u/‖u‖. There is one coordinate more than the sphere has dimensions; the term −½ uᵀu in place of a Jacobian gives the
 * length a distribution of its own, and makes x uniform on the sphere. Stan Reference Manual, "Unit vector".
 */
export function unitVector(axis: Axis): Transform {
  if (axis.size < 2)
    throw new TransformError(`unitVector: the axis "${axis.name}" has one entry, which can only be ±1`);
  return {
    name: "unitVector",
    eventAxes: [axis],
    forward: (u) => u.mul(reciprocal(sqrt(sum(square(u), [axis])))),
    inverse: (x) => x,
    logAbsDetJacobian: (u) => sum(square(u), [axis]).mul(-0.5),
  };
}
