/** Bijections from unconstrained reals to supports. */
import type { Axis } from "../graph/axis.ts";
import { ElbowError } from "../graph/errors.ts";
import type { Value } from "../graph/value.ts";

/**
 * x = forward(u), with u unconstrained. Definitions are those of the Stan Reference Manual, "Constraint transforms",
 * so that unconstrained coordinates and log densities can be compared with Stan's.
 */
export interface Transform {
  readonly name: string;
  /** Axes of x that one variable runs over: empty for scalar transforms, which act entry by entry. */
  readonly eventAxes: readonly Axis[];
  /** Axes of u in their place, where they differ: a simplex of K entries has an axis of K − 1 free coordinates. */
  readonly unconstrainedAxes?: readonly Axis[];
  forward(u: Value): Value;
  inverse(x: Value): Value;
  /** log |det ∂x/∂u| at u, x = forward(u); per entry for scalar transforms, summed over the event axes for others. */
  logAbsDetJacobian(u: Value, x: Value): Value;
}

/** A support has no transform, or the bounds do not fit. */
export class TransformError extends ElbowError {
  static override readonly name = "TransformError";

  constructor(message: string, options?: ErrorOptions) {
    super("transform", message, options);
  }
}
