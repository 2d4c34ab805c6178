/**
 * Arrays of the thread: what a sum that is written out reads along its axis, whatever the row. Indexed by constants inside
 * the loop, they cost what registers cost, and compile much sooner than as many variables.
 */
import type { Axis } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { originOf } from "../lower.ts";
import { isUnrolled } from "../passes.ts";
import type { Bindings } from "./emitter.ts";
import type { StageContext } from "./group.ts";

/** Fills the tables that the loop over `over` needs, for each of the copies. */
export function emitTables({ stage, emitter, root }: StageContext, over: readonly Axis[], copies: readonly Bindings[]) {
  const moving = [...over, ...over.map(originOf)];
  for (const sum of unrolledSums(stage.members.map(({ value }) => value.inputs[0]!))) {
    const [axis] = sum.op.kind === "reduce" ? sum.op.over : [];
    for (const value of operands(sum.inputs[0]!, axis!, moving)) {
      for (const bindings of copies) {
        const bound = value.axes.every((other) => other === axis || bindings.has(other));
        if (bound) emitter.tabulate(value, axis!, bindings, root);
      }
    }
  }
}

function unrolledSums(roots: readonly Value[]): Value[] {
  const seen = new Set(roots);
  for (const value of seen) if (!isUnrolled(value)) for (const x of value.inputs) seen.add(x);
  return [...seen].filter(isUnrolled);
}

/** The largest values under `root` that vary along `axis` and along none of `moving`. */
function operands(root: Value, axis: Axis, moving: readonly Axis[]): Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value) || !value.hasAxis(axis)) return;
    seen.add(value);
    if (!moving.some((other) => value.hasAxis(other))) found.add(value);
    else if (value.op.kind === "map" || value.op.kind === "stop") value.inputs.forEach(visit);
  };
  visit(root);
  return [...found];
}
