/** What the kernels of a recurrence need to know of its step. */
import { type Axis, sizeOf, withoutAxes } from "../graph/axis.ts";
import { GraphError } from "../graph/errors.ts";
import { add, exp, isFiniteValue, log, maximum, select, sub, sum } from "../graph/ops.ts";
import { scanOutput, substitute } from "../graph/rewrite.ts";
import { dependents, heldAxes, type ScanBody, sideBySide } from "../graph/scan-body.ts";
import type { Op, Value } from "../graph/value.ts";
import { nodeCost } from "./cost.ts";
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
        : undefined;
    });
    for (const { op } of dependents(plain, body.previous)) {
      if (["map", "reduce", "reindex", "gather", "stop", "input"].includes(op.kind)) continue;
      throw new GraphError(
        `a step of a recurrence has a ${op.kind} of its carry, which kernels do not do: write it out, or use device: "cpu"`,
      );
    }
    const made = { ...body, next: plain };
    lowered.set(body, made);
    return made;
  };
  return transform(roots, (value) =>
    isScan(value) ? scanOutput({ ...value.op, body: lower(value.op.body) }, value.inputs) : undefined,
  );
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
  /** Reductions of what depends on the carries, in order: computed step by step, before what uses them. */
  readonly reductions: readonly Value[];
  readonly held: readonly Axis[];
}

export function stepOf({ op, inputs }: Value & { op: ScanOp }): Step {
  const { body } = op;
  const given = new Map(body.elements.map((element, k) => [element, inputs[body.previous.length + k]!]));
  const next = substitute(body.next, given);
  const reductions = dependents(next, body.previous).filter((value) => value.op.kind === "reduce");
  return { next, reductions, held: heldAxes(body) };
}

/** Words of a thread's own arrays: carries, the next carries, reductions over what varies along held axes. */
export function threadWords(op: ScanOp): number {
  const { body } = op;
  const alongside = [...sideBySide(body), op.axis];
  const words = (value: Value): number => {
    const open = withoutAxes(value.axes, alongside);
    return open.length === 0 ? 0 : sizeOf(open);
  };
  const reductions = dependents(body.next, body.previous).filter((value) => value.op.kind === "reduce");
  return 2 * body.previous.reduce((n, carry) => n + words(carry), 0) + reductions.reduce((n, v) => n + words(v), 0);
}

/** WGSL lets the variables of one thread take so many words (8192 bytes), of which some are left to scalars. */
export const MOST_THREAD_WORDS = 1920;

/** Operations of one step, per entry of the held axes. */
export function stepCost(op: ScanOp): number {
  const alongside = sideBySide(op.body);
  const cost = dependents(op.body.next, op.body.previous).reduce((sum, value) => {
    const over = value.op.kind === "reduce" ? sizeOf(value.op.over) : 1;
    return sum + Math.max(1, nodeCost(value)) * over * sizeOf(withoutAxes(value.axes, alongside));
  }, 0);
  return cost / sizeOf(heldAxes(op.body));
}
