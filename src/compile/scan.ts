/** What the kernels of a recurrence need to know of its step. */
import { type Axis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { GraphError } from "../graph/errors.ts";
import { add, exp, isFiniteValue, log, maximum, select, sub, sum } from "../graph/ops.ts";
import { scanOutput, substitute } from "../graph/rewrite.ts";
import { dependents, heldAxes, type ScanBody, sideBySide } from "../graph/scan-body.ts";
import type { Op, Value } from "../graph/value.ts";
import { isExpensive, nodeCost } from "./cost.ts";
import { flattenSegments } from "./lower.ts";
import { transform } from "./rewrite.ts";

export type ScanOp = Extract<Op, { kind: "scan" }>;

export const isScan = (value: Value): value is Value & { op: ScanOp } => value.op.kind === "scan";

/** Whether two values are carries of the same recurrence. */
export function sameRecurrence(a: Value, b: Value): boolean {
  if (!isScan(a) || !isScan(b)) return false;
  const same = a.op.body === b.op.body && a.op.axis === b.op.axis && a.op.reverse === b.op.reverse;
  return same && a.inputs.every((input, k) => input === b.inputs[k]);
}

/** Whether none of `before` is another carry of the recurrence: its steps run once. */
export const isFirst = (value: Value, before: readonly Value[]): boolean =>
  !before.some((other) => sameRecurrence(other, value));

/** Steps are written with sums and maxima only: what a thread computes inside its loop over the steps. */
export function lowerSteps(roots: readonly Value[]): Value[] {
  const lowered = new Map<ScanBody, ScanBody>();
  const lower = (body: ScanBody): ScanBody => {
    const known = lowered.get(body);
    if (known !== undefined) return known;
    const plain = transform(flattenSegments(body.next, 0, true), (value) => {
      const { op } = value;
      return op.kind === "reduce" && op.reducer === "logSumExp"
        ? logSumExpByParts(value.inputs[0]!, op.over)
        : lowerScan(value);
    });
    for (const { op } of dependents(plain, body.previous)) {
      if (IN_PLACE.has(op.kind) || PARTS.has(op.kind)) continue;
      throw new GraphError(
        `a step of a recurrence has a ${op.kind} of its carry, which kernels do not do: write it out, or use device: "cpu"`,
      );
    }
    const made = { ...body, next: plain };
    lowered.set(body, made);
    return made;
  };
  const lowerScan = (value: Value): Value | undefined =>
    isScan(value) ? scanOutput({ ...value.op, body: lower(value.op.body) }, value.inputs) : undefined;
  return transform(roots, lowerScan);
}

/** What a thread computes where it is used. */
const IN_PLACE: ReadonlySet<Op["kind"]> = new Set(["map", "reindex", "gather", "stop", "input"]);
/** What it computes into variables of its own, before what uses them. */
const PARTS: ReadonlySet<Op["kind"]> = new Set(["reduce", "triangularSolve", "cholesky", "scan"]);

/** A costly map that a loop would evaluate so many times over is computed once before it. */
const REDUNDANCY = 4;

/** How many entries a step computes each value for, once the parts before it are at hand; and which maps are such parts. */
interface StepLoops {
  readonly evaluations: ReadonlyMap<Value, number>;
  readonly maps: ReadonlySet<Value>;
}

function loopsOf(axis: Axis, next: readonly Value[], depends: ReadonlySet<Value>): StepLoops {
  const entries = (value: Value): number => sizeOf(withoutAxes(value.axes, [axis]));
  const evaluations = new Map<Value, number>();
  const maps = new Set<Value>();
  const visit = (value: Value, times: number): void => {
    if ((evaluations.get(value) ?? 0) >= times) return;
    evaluations.set(value, times);
    if (!depends.has(value) || PARTS.has(value.op.kind)) return;
    const part = value.op.kind === "map" && isExpensive(value) && times >= REDUNDANCY * entries(value);
    if (part) maps.add(value);
    for (const x of value.inputs) visit(x, part ? entries(value) : times);
  };
  for (const value of next) visit(value, entries(value));
  for (const value of depends) if (PARTS.has(value.op.kind)) for (const x of value.inputs) visit(x, entries(x));
  return { evaluations, maps };
}

function partsOf(axis: Axis, next: readonly Value[], previous: readonly Value[]): Value[] {
  const all = dependents(next, previous);
  const { maps } = loopsOf(axis, next, new Set(all));
  return all.filter((value) => PARTS.has(value.op.kind) || maps.has(value));
}

/** What a recurrence reads and would evaluate several times over in the loops of its steps. */
export function readOften({ op, inputs }: Value & { op: ScanOp }): Value[] {
  const { axis, body } = op;
  const { evaluations } = loopsOf(axis, body.next, new Set(dependents(body.next, body.previous)));
  return inputs
    .slice(body.previous.length)
    .filter((x, k) => (evaluations.get(body.elements[k]!) ?? 0) * axis.size >= REDUNDANCY * x.size);
}

/** m + log Σ exp(x − m), m the maximum; an infinite maximum is the answer itself. */
function logSumExpByParts(x: Value, over: readonly Axis[]): Value {
  const highest = maximum(x, over);
  const finite = isFiniteValue(highest);
  const shift = select(finite, highest, 0);
  return select(finite, add(shift, log(sum(exp(sub(x, shift)), over))), highest);
}

export interface Step {
  /** The next carries, over the values that the step reads instead of placeholders. */
  readonly next: readonly Value[];
  /**
   * Reductions, factors, solutions and recurrences of what depends on the carries, and costly maps that several of their
   * terms share: computed step by step, in this order.
   */
  readonly parts: readonly Value[];
}

export function stepOf({ op, inputs }: Value & { op: ScanOp }): Step {
  const { body } = op;
  const given = new Map(body.elements.map((element, k) => [element, inputs[body.previous.length + k]!]));
  const next = substitute(body.next, given);
  return { next, parts: partsOf(op.axis, next, body.previous) };
}

/** A step that does more than maps and reductions takes its draws one by one. */
export const stepCarriesLanes = ({ next, previous }: ScanBody): boolean =>
  dependents(next, previous).every(({ op }) => op.kind === "reduce" || !PARTS.has(op.kind));

/** Words of a thread's own arrays: carries, the next carries, and the parts that vary along axes the thread goes through. */
export const threadWords = (op: ScanOp): number => wordsWithin(op, [...sideBySide(op.body), op.axis]);

/** `outside`: the axes whose position is settled where the recurrence stands, or in its loop. */
function wordsWithin({ axis, body }: ScanOp, outside: readonly Axis[]): number {
  const words = (value: Value): number => {
    const open = withoutAxes(value.axes, outside);
    return open.length === 0 ? 0 : sizeOf(open);
  };
  const inside = partsOf(axis, body.next, body.previous);
  const parts = inside.map((value, i) => {
    const steps = isScan(value) && isFirst(value, inside.slice(0, i));
    return words(value) + (steps ? wordsWithin(value.op, [...outside, value.op.axis]) : 0);
  });
  return 2 * body.previous.reduce((n, carry) => n + words(carry), 0) + parts.reduce((n, part) => n + part, 0);
}

/** WGSL lets the variables of one thread take so many words (8192 bytes), of which some are left to scalars. */
export const MOST_THREAD_WORDS = 1920;

/** Operations of one step, per entry of the held axes. */
export const stepCost = ({ body }: ScanOp): number => costWithin(body, sideBySide(body)) / sizeOf(heldAxes(body));

function costWithin(body: ScanBody, outside: readonly Axis[]): number {
  return dependents(body.next, body.previous).reduce((cost, value, i, all) => {
    if (isScan(value)) {
      const { axis, body: inner } = value.op;
      return isFirst(value, all.slice(0, i)) ? cost + axis.size * costWithin(inner, [...outside, axis]) : cost;
    }
    return cost + Math.max(1, nodeCost(value)) * termsOf(value) * sizeOf(withoutAxes(value.axes, outside));
  }, 0);
}

/** Terms of a sum for each entry of a value. */
function termsOf({ op }: Value): number {
  if (op.kind === "reduce") return sizeOf(op.over);
  return op.kind === "triangularSolve" ? Math.ceil(op.row.size / 2) : 1;
}
