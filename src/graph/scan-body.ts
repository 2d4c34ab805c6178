/** One step of a recurrence, as a graph of its own. */
import { type Axis, unionAxes, withoutAxes } from "./axis.ts";
import { input } from "./ops.ts";
import { type DType, Value } from "./value.ts";

/**
 * next = f(previous, elements), written for a single step: no value in it has the axis of the recurrence. `previous` and
 * `elements` are placeholders (inputs that no program sees) for the carries before the step and for what the step reads.
 */
export interface ScanBody {
  readonly previous: readonly Value[];
  readonly elements: readonly Value[];
  readonly next: readonly Value[];
}

/** A leaf that stands for a value given from outside the body. */
export const placeholder = (name: string, axes: readonly Axis[], dtype: DType): Value =>
  input(name, axes, "state", dtype);

/** The values of `roots` that depend on one of `sources`, inputs before consumers. */
export function dependents(roots: readonly Value[], sources: readonly Value[]): Value[] {
  const reached = new Set(sources);
  return Value.topological(roots).filter((value) => {
    const depends = reached.has(value) || value.inputs.some((x) => reached.has(x));
    if (depends) reached.add(value);
    return depends;
  });
}

/** Whether a node repeats its input along axes that it lacks, and does nothing else. */
export const isBroadcast = ({ op }: Pick<Value, "op">): boolean =>
  op.kind === "reindex" && op.map.source.length === 0 && op.map.guards.length === 0;

/** Axes along which a node reads other entries of its inputs than its own. */
export function movedAxes({ op, inputs }: Value): readonly Axis[] {
  switch (op.kind) {
    case "reduce":
      return op.over;
    case "reindex":
      return isBroadcast({ op }) ? [] : [...op.map.source.map((entry) => entry.axis), ...op.map.out];
    case "gather":
      return [op.axis, ...inputs[1]!.axes.filter((axis) => !inputs[0]!.hasAxis(axis))];
    case "segment":
      return [...op.rows, op.out];
    case "cholesky":
    case "triangularSolve":
      return [op.row, op.column];
    case "scan":
      return [op.axis, ...mixedAxes(op.body)];
    default:
      return [];
  }
}

/**
 * Axes along which a step mixes entries of its carries: a thread that follows one series has to hold them all. Along
 * every other axis the recurrences run independently.
 */
export const mixedAxes = ({ previous, next }: ScanBody): Axis[] =>
  unionAxes(...dependents(next, previous).map(movedAxes));

/** Axes of the carries that one thread holds. */
export function heldAxes(body: ScanBody): Axis[] {
  const mixed = mixedAxes(body);
  return unionAxes(...body.previous.map((carry) => carry.axes)).filter((axis) => mixed.includes(axis));
}

/** Axes over which the recurrences of a body run side by side. */
export const sideBySide = (body: ScanBody): Axis[] =>
  withoutAxes(unionAxes(...body.previous.map((carry) => carry.axes)), heldAxes(body));
