import { exp, log } from "../graph/ops.ts";
import type { Transform } from "./bijection.ts";

/** x = eᵘ; log |dx/du| = u. Stan Reference Manual, "Lower bounded scalar" at bound 0. */
export const positive = (): Transform => ({
  name: "positive",
  eventAxes: [],
  forward: (u) => exp(u),
  inverse: (x) => log(x),
  logAbsDetJacobian: (u) => u,
});
