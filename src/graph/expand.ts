import { type Axis, withoutAxes } from "./axis.ts";
import { reindex } from "./ops.ts";
import type { Value } from "./value.ts";

/** The same value over `axes` as well, constant along those it lacks: for where an axis has to be present. */
export function expand(x: Value, axes: readonly Axis[]): Value {
  const out = withoutAxes(axes, x.axes);
  if (out.length === 0) return x;
  // The adjoint's sum over `out` is what autodiff does with every axis that the input lacks.
  return reindex(x, { out, source: [], guards: [] }, { out: [], source: [], guards: [] });
}
