/**
 * Recurrences along an axis: c_t = f(c_{t−1}, x_t).
 *
 * A step is a graph without the axis of the recurrence (see scan-body.ts); whatever in it does not depend on the carry is
 * computed outside, for all t at once. What a user would call stacked outputs are maps of the carries. Giving the inputs
 * a draw axis, or a plate, gives it to the carries: one recurrence for each.
 */
import { type Axis, sameAxes, withoutAxes } from "./axis.ts";
import { GraphError } from "./errors.ts";
import { expand } from "./expand.ts";
import { at } from "./reindex.ts";
import { scanOutput, substitute } from "./rewrite.ts";
import { dependents, isBroadcast, movedAxes, placeholder, type ScanBody } from "./scan-body.ts";
import { asValue, type Op, type Operand, type Value } from "./value.ts";

export interface ScanOptions {
  /** From the last entry of the axis to the first. Default false. */
  readonly reverse?: boolean;
}

/**
 * The carries after every step along `axis`: c_t = step(c_{t−1}), c_{−1} = `initial`. Each has the axes of its first
 * value, of what the step makes of it, and `axis`. Values that have `axis` stand for their entry at t inside `step`; a
 * reduction or a shift along `axis` of something that depends on the carry is refused with a GraphError.
 */
export function scanAll(
  axis: Axis,
  initial: readonly Operand[],
  step: (previous: readonly Value[]) => readonly Operand[],
  { reverse = false }: ScanOptions = {},
): Value[] {
  const first = initial.map((x) => asValue(x));
  for (const x of first) {
    if (x.hasAxis(axis))
      throw new GraphError(`scan: a first value runs over "${axis.name}", the axis of the recurrence`);
  }
  // A sum over an axis that a value lacks is a product, so the step is asked again once the axes of the carries are known.
  let carryAxes = first.map((x) => x.axes);
  for (;;) {
    const made = build(axis, first, carryAxes, step, reverse);
    const found = made.map(({ op }, output) => (op as ScanOp).body.previous[output]!.axes);
    if (found.every((axes, k) => sameAxes(axes, carryAxes[k]!))) return made;
    carryAxes = found;
  }
}

type ScanOp = Extract<Op, { kind: "scan" }>;

function build(
  axis: Axis,
  first: readonly Value[],
  carryAxes: readonly (readonly Axis[])[],
  step: (previous: readonly Value[]) => readonly Operand[],
  reverse: boolean,
): Value[] {
  const previous = first.map((x, k) => placeholder(`previous ${k}`, carryAxes[k]!, x.dtype));
  const next = step(previous).map((x) => asValue(x));
  if (next.length !== first.length) {
    throw new GraphError(`scan along "${axis.name}": ${first.length} first values but a step gives ${next.length}`);
  }
  next.forEach((x, k) => {
    const expected = first[k]!.dtype;
    if (x.dtype !== expected) {
      throw new GraphError(`scan along "${axis.name}": carry ${k} starts as ${expected} and becomes ${x.dtype}`);
    }
  });
  const { body, captured } = capture(axis, previous, next);
  const start = first.map((x, k) => expand(x, carryAxes[k]!));
  return first.map((_, output) => scanOutput({ kind: "scan", axis, reverse, body, output }, [...start, ...captured]));
}

/** The recurrence of one carry; see `scanAll`. */
export function scan(
  axis: Axis,
  initial: Operand,
  step: (previous: Value) => Operand,
  options: ScanOptions = {},
): Value {
  return scanAll(axis, [initial], ([previous]) => [step(previous!)], options)[0]!;
}

/** What the step reads without depending on the carry becomes an element: computed outside, taken at t. */
function capture(
  axis: Axis,
  previous: readonly Value[],
  next: readonly Value[],
): { body: ScanBody; captured: Value[] } {
  const inside = dependents(next, previous);
  const depends = new Set(inside);
  for (const value of inside) checkStep(axis, value);
  const captured = new Set<Value>();
  const consider = (value: Value): void => {
    if (!depends.has(value) && value.op.kind !== "constant") captured.add(value);
  };
  for (const value of inside) value.inputs.forEach(consider);
  next.forEach(consider);
  const outside = [...captured];
  const elements = outside.map((value, k) =>
    placeholder(
      `element ${k}`,
      value.axes.filter((a) => a !== axis),
      value.dtype,
    ),
  );
  const replaced = new Map(outside.map((value, k) => [value, elements[k]!]));
  // A carry of an inner recurrence that reads x_t has been given the axis: at t it has none.
  for (const value of inside) {
    if (!value.hasAxis(axis) || !isBroadcast(value)) continue;
    const [entry] = substitute(value.inputs, replaced);
    replaced.set(value, expand(entry!, withoutAxes(value.axes, [axis])));
  }
  return { body: { previous, elements, next: substitute(next, replaced) }, captured: outside };
}

function checkStep(axis: Axis, value: Value): void {
  if (!movedAxes(value).includes(axis)) return;
  throw new GraphError(
    `scan along "${axis.name}": a step sees one entry of the axis at a time, but a ${value.op.kind} of the carry runs along it`,
  );
}

/** The carry after the last step. */
export const lastOf = (stacked: Value, axis: Axis): Value => at(stacked, axis, axis.size - 1);

/** y_t = x_0 + … + x_t along `axis` (in reverse: x_t + … + x_{T−1}). */
export const cumulativeSum = (x: Value, axis: Axis, options: ScanOptions = {}): Value =>
  scan(axis, 0, (previous) => previous.add(x), options);

/** y_t = x_0 · … · x_t along `axis` (in reverse: x_t · … · x_{T−1}). */
export const cumulativeProduct = (x: Value, axis: Axis, options: ScanOptions = {}): Value =>
  scan(axis, 1, (previous) => previous.mul(x), options);
