import { add, exp, log, type Operand, sub } from "../graph/ops.ts";
import type { Transform } from "./bijection.ts";

/** x = bound + eᵘ; log |dx/du| = u. Stan Reference Manual, "Lower bounded scalar". */
export const lower = (bound: Operand): Transform => ({
  name: "lower",
  eventAxes: [],
  forward: (u) => add(bound, exp(u)),
  inverse: (x) => log(sub(x, bound)),
  logAbsDetJacobian: (u) => u,
});
