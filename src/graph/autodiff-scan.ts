/**
 * The adjoint of a recurrence c_t = f(c_{t−1}, x_t) is a recurrence in the other direction:
 *
 *   p_t = (∂f/∂c)ᵀ(c_{t−1}, x_t) · (c̄_t + p_{t+1}),   x̄_t = (∂f/∂x)ᵀ(c_{t−1}, x_t) · (c̄_t + p_{t+1}),   c̄_{−1} = p_0,
 *
 * with c̄_t the cotangent that c_t has from outside. Only p is a recurrence: the Jacobians and x̄ are computed for all t at
 * once from the stored carries. (Griewank & Walther, *Evaluating Derivatives*, 2008, ch. 3, for a chain of steps.)
 */
import type { Axis } from "./axis.ts";
import { unionAxes } from "./axis.ts";
import { eq, iota, select } from "./ops.ts";
import { at, shift } from "./reindex.ts";
import { scanOutput, substitute } from "./rewrite.ts";
import { scanAll } from "./scan.ts";
import { placeholder, type ScanBody } from "./scan-body.ts";
import { constantOf, isConstant } from "./sums.ts";
import { constant, type Op, type Value } from "./value.ts";

type Scan = Extract<Op, { kind: "scan" }>;
type Vjp = (outputs: readonly { value: Value; cotangent: Value }[], wrt: readonly Value[]) => Value[];

/** The derivative of one step, in placeholders for the cotangents of what it computes. */
interface StepAdjoint {
  readonly cotangents: readonly Value[];
  readonly previous: readonly Value[];
  readonly elements: readonly Value[];
}

const adjoints = new WeakMap<ScanBody, StepAdjoint>();

function adjointOf(body: ScanBody, vjp: Vjp): StepAdjoint {
  const known = adjoints.get(body);
  if (known !== undefined) return known;
  const cotangents = body.previous.map((carry, k) => placeholder(`cotangent ${k}`, carry.axes, "f32"));
  const outputs = body.next.flatMap((value, k) =>
    value.dtype === "f32" ? [{ value, cotangent: cotangents[k]! }] : [],
  );
  const all = vjp(outputs, [...body.previous, ...body.elements]);
  const made = {
    cotangents,
    previous: all.slice(0, body.previous.length),
    elements: all.slice(body.previous.length),
  };
  adjoints.set(body, made);
  return made;
}

/** The contribution to one input of a recurrence, and the axes it is to be taken over. */
export interface ScanContribution {
  readonly cotangent: Value;
  readonly nominal: readonly Axis[];
}

/** Contributions to the inputs of a recurrence, from the cotangents of its stacked carries (undefined where none). */
export function throughScan(
  op: Scan,
  inputs: readonly Value[],
  stacked: readonly (Value | undefined)[],
  vjp: Vjp,
): ScanContribution[] {
  const { axis, reverse, body } = op;
  const count = body.previous.length;
  const initial = inputs.slice(0, count);
  const elements = inputs.slice(count);
  const adjoint = adjointOf(body, vjp);
  const first = reverse ? axis.size - 1 : 0;
  const forward = reverse ? -1 : 1;
  const before = initial.map((start, output) => {
    const carries = scanOutput({ ...op, output }, inputs);
    const known = constantOf(start);
    if (known !== undefined) return shift(carries, axis, forward, known);
    return select(eq(iota(axis), first), start, shift(carries, axis, forward));
  });
  const outside = new Map<Value, Value>();
  for (const [k, value] of body.previous.entries()) outside.set(value, before[k]!);
  for (const [k, value] of body.elements.entries()) outside.set(value, elements[k]!);
  const given = stacked.map((cotangent) => cotangent ?? constant(0));
  const under = (cotangents: readonly Value[], roots: readonly Value[]): Value[] => {
    const replaced = new Map(outside);
    for (const [k, value] of adjoint.cotangents.entries()) replaced.set(value, cotangents[k]!);
    return substitute(roots, replaced);
  };
  const pulled = scanAll(
    axis,
    initial.map(() => 0),
    (later) =>
      under(
        later.map((p, k) => p.add(given[k]!)),
        adjoint.previous,
      ),
    { reverse: !reverse },
  );
  const total = pulled.map((p, k) => {
    const next = shift(p, axis, -forward);
    return isConstant(given[k]!, 0) ? next : next.add(given[k]!);
  });
  const toElements = under(total, adjoint.elements);
  return [
    ...pulled.map((p, k) => ({ cotangent: at(p, axis, first), nominal: body.previous[k]!.axes })),
    ...toElements.map((cotangent, k) => ({ cotangent, nominal: unionAxes(body.elements[k]!.axes, [axis]) })),
  ];
}
