/** Whether four neighbours, draws above all, can be taken as one vec4 through an expression. */
import { type Axis, isDrawAxis } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";

/**
 * True where lanes along `axis` stay lanes in everything under `value` that is computed in place. Where a kernel sees scalar
 * memory as `wide`, four words at a time, lanes may run along the last axis of what it loads, as well as along draws.
 */
export function carriesLanes(
  value: Value,
  lanes: ReadonlySet<Axis>,
  isStored: (value: Value) => boolean,
  wide = false,
): boolean {
  const seen = new Map<string, boolean>();
  const visit = (v: Value, along: ReadonlySet<Axis>): boolean => {
    const carried = v.axes.filter((axis) => along.has(axis));
    if (carried.length === 0) return true;
    const key = `${v.id}:${carried.map((axis) => axis.order + axis.name).join()}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const result = decide(v, along, carried);
    seen.set(key, result);
    return result;
  };
  const decide = (v: Value, along: ReadonlySet<Axis>, carried: Axis[]): boolean => {
    if (carried.length > 1) return false;
    if (isStored(v)) return isDrawAxis(carried[0]!) || (wide && liesInFours(v, carried[0]!));
    const op = v.op;
    switch (op.kind) {
      case "iota":
      case "constant":
        return true;
      case "map":
        return !["mod"].includes(op.name) && v.inputs.every((x) => visit(x, along));
      case "stop":
        return visit(v.inputs[0]!, along);
      case "reduce":
        return visit(v.inputs[0]!, along);
      case "gather":
        return !v.inputs[1]!.axes.some((axis) => along.has(axis)) && visit(v.inputs[0]!, along);
      case "reindex": {
        const touchesGuard = op.map.guards.some((g) => g.index.terms.some((t) => along.has(t.axis)));
        if (touchesGuard) return false;
        const inner = new Set(along);
        for (const { axis, index } of op.map.source) {
          inner.delete(axis);
          const lane = index.terms.find((t) => along.has(t.axis));
          if (lane === undefined) continue;
          const whole =
            lane.coefficient === 1 && index.divisor === 1 && index.modulus % 4 === 0 && index.offset % 4 === 0;
          if (!whole || index.terms.some((t) => t !== lane && t.coefficient % 4 !== 0)) return false;
          inner.add(axis);
        }
        return visit(v.inputs[0]!, inner);
      }
      default:
        return false;
    }
  };
  return visit(value, lanes);
}

/** Whether neighbours along an axis lie side by side, in whole groups of four. */
export const liesInFours = (value: Value, axis: Axis): boolean =>
  axis === value.axes[value.axes.length - 1] && axis.size % 4 === 0;
