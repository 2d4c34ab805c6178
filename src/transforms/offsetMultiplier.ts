import type { Axis } from "../graph/axis.ts";
import { add, asValue, div, log, mul, type Operand, sub } from "../graph/ops.ts";
import type { Transform } from "./bijection.ts";

/**
 * x = offset + multiplier·u; log |dx/du| = log multiplier, summed over the event axes of vectors. Stan Reference Manual,
 * "Affinely transformed scalar". The multiplier must be positive.
 *
 * With an inferred offset and multiplier a centred prior gets the coordinates of the non-centred one.
 */
export function offsetMultiplier(offset: Operand, multiplier: Operand, eventAxes: readonly Axis[] = []): Transform {
  const scale = asValue(multiplier);
  return {
    name: "offsetMultiplier",
    eventAxes,
    forward: (u) => add(offset, mul(scale, u)),
    inverse: (x) => div(sub(x, offset), scale),
    logAbsDetJacobian: () => log(scale).sum(...eventAxes),
  };
}
