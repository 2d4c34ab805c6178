/** Recurrences: the step is planned once as a graph of its own and evaluated entry by entry of the axis. */
import { type Axis, unionAxes, withoutAxes } from "../graph/axis.ts";
import type { Op, Value } from "../graph/value.ts";
import { expandTo } from "./expand.ts";
import { forEachRow, innerSize, innerStride, makeNest, stridesOf } from "./loops.ts";
import type { Kernel } from "./mapkernels.ts";

type Scan = Extract<Op, { kind: "scan" }>;
type Step = (inputs: ReadonlyMap<string, Float64Array>) => Float64Array[];

/** The stacked carries of one recurrence; its outputs are nodes of their own and share the run. */
interface Recurrence {
  readonly value: Value;
  readonly run: (inputs: readonly Float64Array[]) => Float64Array[];
  stacked: Float64Array[];
  /** Outputs whose arrays wait to be fetched. */
  readonly pending: Set<number>;
}

export class ScanKernels {
  readonly #recurrences: Recurrence[] = [];

  constructor(readonly compile: (roots: readonly Value[]) => Step) {}

  plan(value: Value): Kernel {
    const op = value.op as Scan;
    const shared = this.#find(value) ?? this.#make(value);
    return (out, inputs) => {
      if (!shared.pending.delete(op.output)) {
        shared.stacked = shared.run(inputs);
        for (const k of op.body.next.keys()) if (k !== op.output) shared.pending.add(k);
      }
      out.set(shared.stacked[op.output]!);
    };
  }

  #find(value: Value): Recurrence | undefined {
    const { axis, body, reverse } = value.op as Scan;
    return this.#recurrences.find(({ value: known }) => {
      const op = known.op as Scan;
      if (op.body !== body || op.axis !== axis || op.reverse !== reverse) return false;
      return known.inputs.every((input, k) => input === value.inputs[k]);
    });
  }

  #make(value: Value): Recurrence {
    const made = { value, run: recurrence(value, this.compile), stacked: [], pending: new Set<number>() };
    this.#recurrences.push(made);
    return made;
  }
}

/** Copies between an array with the axis and its entry at one position of it. */
function entryCopier(
  axes: readonly Axis[],
  axis: Axis,
): (whole: Float64Array, at: number, entry: Float64Array, into: boolean) => void {
  const rest = withoutAxes(axes, [axis]);
  const [along] = axes.includes(axis) ? stridesOf(axes, [axis]) : [0];
  const nest = makeNest(rest, [stridesOf(axes, rest), stridesOf(rest, rest)]);
  const n = innerSize(nest);
  const [wholeStride, entryStride] = [innerStride(nest, 0), innerStride(nest, 1)];
  return (whole, position, entry, into) =>
    forEachRow(nest, (at) => {
      const [from, to] = [at[0]! + position * along!, at[1]!];
      for (let i = 0; i < n; i++) {
        if (into) whole[from + i * wholeStride] = entry[to + i * entryStride]!;
        else entry[to + i * entryStride] = whole[from + i * wholeStride]!;
      }
    });
}

const nameOf = (value: Value): string => (value.op as { name: string }).name;

function recurrence(value: Value, compile: (roots: readonly Value[]) => Step): Recurrence["run"] {
  const { axis, reverse, body } = value.op as Scan;
  const count = body.previous.length;
  const step = compile(body.next);
  const initial = value.inputs.slice(0, count);
  const elements = value.inputs.slice(count).map((x, k) => {
    const placeholder = body.elements[k]!;
    return {
      name: nameOf(placeholder),
      varies: x.hasAxis(axis),
      size: placeholder.size,
      copy: entryCopier(x.axes, axis),
    };
  });
  const outputs = body.previous.map((carry) => {
    const axes = unionAxes(carry.axes, [axis]);
    return { carry, size: carry.size * axis.size, copy: entryCopier(axes, axis) };
  });
  return (inputs) => {
    const bound = new Map<string, Float64Array>();
    for (const [k, { carry }] of outputs.entries()) {
      bound.set(nameOf(carry), expandTo(inputs[k]!, initial[k]!.axes, carry.axes));
    }
    for (const [k, { name, varies }] of elements.entries()) if (!varies) bound.set(name, inputs[count + k]!);
    const stacked = outputs.map(({ size }) => new Float64Array(size));
    for (let i = 0; i < axis.size; i++) {
      const t = reverse ? axis.size - 1 - i : i;
      for (const [k, { name, varies, size, copy }] of elements.entries()) {
        if (!varies) continue;
        // An evaluator knows inputs by identity, so every step gets an array of its own.
        const entry = new Float64Array(size);
        copy(inputs[count + k]!, t, entry, false);
        bound.set(name, entry);
      }
      const next = step(bound);
      for (const [k, { carry, copy }] of outputs.entries()) {
        const full = expandTo(next[k]!, body.next[k]!.axes, carry.axes);
        copy(stacked[k]!, t, full, true);
        bound.set(nameOf(carry), full);
      }
    }
    return stacked;
  };
}
