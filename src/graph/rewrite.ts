/** Rebuilding graphs: axes are inferred anew, so that giving a leaf a `draw` axis gives it to all that depends on it. */
import { type Axis, sameAxes, unionAxes, withoutAxes } from "./axis.ts";
import { GraphError } from "./errors.ts";
import { cholesky } from "./linalg.ts";
import { gather, map, reduce, reindex, segment, stopGradient, triangularSolve } from "./ops.ts";
import { mixedAxes, placeholder, type ScanBody } from "./scan-body.ts";
import { type Op, Value } from "./value.ts";

/** The same operation on other inputs. Leaves come back as they are. */
export function rebuild(value: Value, inputs: readonly Value[]): Value {
  if (inputs.every((input, i) => input === value.inputs[i])) return value;
  const [a, b] = inputs as [Value, Value];
  const op = value.op;
  switch (op.kind) {
    case "map":
      return map(op.name, inputs);
    case "reindex":
      return reindex(a, op.map, op.transposed, op.fill);
    case "gather":
      return gather(a, op.axis, b);
    case "segment":
      return segment(op.reducer, a, b, op.out);
    case "reduce":
      return reduce(op.reducer, a, op.over);
    case "triangularSolve":
      return triangularSolve(a, b, op.row, op.column, op.transpose);
    case "cholesky":
      return cholesky(a, op.row, op.column);
    case "scan":
      return scanOutput(op, inputs);
    case "stop":
      return stopGradient(a);
    case "random":
      return new Value(op, inputs, value.axes, value.dtype);
    default:
      throw new GraphError(`rebuild: a ${op.kind} has no inputs to replace`);
  }
}

/** Replaces values throughout the graphs of `roots`; returns the new roots in order. */
export function substitute(roots: readonly Value[], replacements: ReadonlyMap<Value, Value>): Value[] {
  const made = new Map<Value, Value>(replacements);
  for (const value of Value.topological(roots)) {
    if (made.has(value)) continue;
    made.set(
      value,
      rebuild(
        value,
        value.inputs.map((input) => made.get(input)!),
      ),
    );
  }
  return roots.map((root) => made.get(root)!);
}

/** A carry of a recurrence over the given initial carries and elements; the axes of the body follow from theirs. */
export function scanOutput(op: Extract<Op, { kind: "scan" }>, inputs: readonly Value[]): Value {
  const body = fitted(op.body, op.axis, inputs);
  const carry = body.previous[op.output]!;
  return new Value({ ...op, body }, inputs, unionAxes(carry.axes, [op.axis]), carry.dtype);
}

const variants = new WeakMap<ScanBody, Map<string, ScanBody>>();
const axisNumbers = new WeakMap<Axis, number>();
let numbered = 0;

const axisNumber = (axis: Axis): number => {
  const known = axisNumbers.get(axis);
  if (known !== undefined) return known;
  axisNumbers.set(axis, ++numbered);
  return numbered;
};

/** The body for inputs of these axes; the same object for the same axes, so that sibling outputs share it. */
function fitted(body: ScanBody, axis: Axis, inputs: readonly Value[]): ScanBody {
  const count = body.previous.length;
  const elementAxes = inputs.slice(count).map((x) => withoutAxes(x.axes, [axis]));
  const initial = inputs.slice(0, count);
  const key = [...initial.map((x) => x.axes), ...elementAxes].map((axes) => axes.map(axisNumber).join()).join("|");
  const known = variants.get(body) ?? new Map<string, ScanBody>();
  variants.set(body, known);
  const variant = known.get(key);
  if (variant !== undefined) return variant;
  const made = withAxes(body, initial, elementAxes);
  known.set(key, made);
  // A body that fits already is its own variant.
  if (made !== body) variants.set(made, (variants.get(made) ?? new Map()).set(key, made));
  return made;
}

/**
 * Axes of a carry: those of its first value and of what a step makes of it, to a fixed point. Carries share the axes along
 * which the recurrences run side by side, so that a thread follows one series in all of them.
 */
function withAxes(body: ScanBody, initial: readonly Value[], elementAxes: readonly (readonly Axis[])[]): ScanBody {
  let carryAxes = initial.map((x) => [...x.axes]);
  for (;;) {
    const fits = (values: readonly Value[], axes: readonly (readonly Axis[])[]): boolean =>
      values.every((value, k) => sameAxes(value.axes, axes[k]!));
    const same = fits(body.previous, carryAxes) && fits(body.elements, elementAxes);
    const renew = (values: readonly Value[], axes: readonly (readonly Axis[])[]): Value[] =>
      values.map((value, k) => placeholder((value.op as { name: string }).name, axes[k]!, value.dtype));
    const previous = same ? body.previous : renew(body.previous, carryAxes);
    const elements = same ? body.elements : renew(body.elements, elementAxes);
    const replaced = new Map<Value, Value>();
    for (const [k, value] of body.previous.entries()) replaced.set(value, previous[k]!);
    for (const [k, value] of body.elements.entries()) replaced.set(value, elements[k]!);
    const next = same ? body.next : substitute(body.next, replaced);
    const made = same ? body : { previous, elements, next };
    const mixed = mixedAxes(made);
    const shared = withoutAxes(unionAxes(...carryAxes, ...next.map((value) => value.axes)), mixed);
    const wanted = carryAxes.map((axes, k) => unionAxes(axes, next[k]!.axes, shared));
    if (wanted.every((axes, k) => sameAxes(axes, carryAxes[k]!))) return made;
    carryAxes = wanted;
  }
}
