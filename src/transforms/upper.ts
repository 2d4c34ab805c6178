import { exp, log, type Operand, sub } from "../graph/ops.ts";
import type { Transform } from "./bijection.ts";

/** x = bound − eᵘ; log |dx/du| = u. Stan Reference Manual, "Upper bounded scalar". */
export const upper = (bound: Operand): Transform => ({
  name: "upper",
  eventAxes: [],
  forward: (u) => sub(bound, exp(u)),
  inverse: (x) => log(sub(bound, x)),
  logAbsDetJacobian: (u) => u,
});
