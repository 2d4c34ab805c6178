/** Short loops written out: each index is a number, so that guards fold, loads are shared, and sums are trees. */
import { type Axis, sizeOf } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { nodeCost } from "../cost.ts";
import { tilingOf } from "../lower.ts";
import { BLOCK } from "./accumulators.ts";
import type { Bindings, Emitted, Emitter } from "./emitter.ts";
import { deeper, type Frame } from "./frame.ts";
import { emitLiteral, wgslType } from "./maps.ts";
import { placesAlong } from "./places.ts";

/** No loop of more iterations is written out. */
const MOST_ITERATIONS = 16;

/** Whether a loop over `axes` that evaluates `value` is worth writing out. */
export function isShort(value: Value, axes: readonly Axis[], emitter: Emitter): boolean {
  const iterations = sizeOf(axes);
  if (iterations > MOST_ITERATIONS || axes.some((axis) => tilingOf(axis) !== undefined)) return false;
  const budget = emitter.mostUnrolled / iterations;
  const seen = new Set<Value>();
  let cost = 0;
  const visit = (v: Value): void => {
    if (seen.has(v) || cost > budget || emitter.isReady(v)) return;
    seen.add(v);
    cost += v.op.kind === "reduce" ? sizeOf(v.op.over) : nodeCost(v);
    v.inputs.forEach(visit);
  };
  visit(value);
  return cost <= budget;
}

/** A sum as a tree of its terms. */
export function sumWrittenOut(emitter: Emitter, value: Value, bindings: Bindings, current: Frame): Emitted {
  const over = value.op.kind === "reduce" ? value.op.over : [];
  const terms = placesAlong(over, emitter.root, bindings).map((inside) =>
    emitter.emit(value.inputs[0]!, inside, current),
  );
  const some = terms.filter(({ text }) => text !== "0.0f");
  if (some.length === 0) return terms[0]!;
  const frame = some.reduce((f, term) => deeper(f, term.frame), emitter.root);
  const text = emitter.fresh("s");
  frame.lines.push(`let ${text} = ${tree(some.map((term) => term.text))};`);
  return { text, frame, lanes: some.some((term) => term.lanes), dtype: value.dtype };
}

/**
 * A sum written out term after term, as in a loop: what does not depend on the loop around it is loaded before that loop,
 * into registers.
 */
export function sumInOrder(emitter: Emitter, value: Value, bindings: Bindings, outer: Frame): Emitted {
  const over = value.op.kind === "reduce" ? value.op.over : [];
  const lanes = value.axes.some((axis) => bindings.get(axis)?.lanes);
  const type = wgslType(value.dtype, lanes);
  const zero = `${type}(${emitLiteral(0, value.dtype, emitter.needs)})`;
  const text = emitter.fresh("e");
  const places = placesAlong(over, emitter.root, bindings);
  outer.lines.push(`var ${text} = ${zero};`);
  for (let first = 0; first < places.length; first += BLOCK) {
    const part = places.length <= 2 * BLOCK ? text : emitter.fresh("p");
    if (part !== text) outer.lines.push(`var ${part} = ${zero};`);
    for (const place of places.slice(first, first + BLOCK)) {
      const term = emitter.emit(value.inputs[0]!, place, outer);
      outer.lines.push(`${part} += ${lanes && !term.lanes ? `${type}(${term.text})` : term.text};`);
    }
    if (part !== text) outer.lines.push(`${text} += ${part};`);
  }
  return { text, frame: outer, lanes, dtype: value.dtype };
}

function tree(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!;
  const half = texts.length >> 1;
  return `(${tree(texts.slice(0, half))} + ${tree(texts.slice(half))})`;
}
