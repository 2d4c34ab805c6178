import type { Axis } from "../graph/axis.ts";
import { constant } from "../graph/ops.ts";
import type { Transform } from "./bijection.ts";

/** x = u. */
export const identity = (eventAxes: readonly Axis[] = []): Transform => ({
  name: "identity",
  eventAxes,
  forward: (u) => u,
  inverse: (x) => x,
  logAbsDetJacobian: () => constant(0),
});
