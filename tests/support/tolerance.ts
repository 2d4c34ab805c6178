/** How far a float32 backend may be from the float64 interpreter, element by element. */

import { transform } from "../../src/compile/rewrite.ts";
import { compileEvaluator, evaluate, type Inputs } from "../../src/cpu/interpreter.ts";
import { div } from "../../src/graph/ops.ts";
import { rebuild } from "../../src/graph/rewrite.ts";
import type { Value } from "../../src/graph/value.ts";

const RUNS = 16;
const SAFETY = 5;
/** Below this, denormals are flushed. */
const TINY = 1e-36;

/**
 * The backward error of a float32 sum is a small relative error in every term, also where the terms are exact and the
 * sum nearly cancels: a division by one stands for it, since divisions are always perturbed.
 */
const withInexactTerms = (roots: readonly Value[]): Value[] =>
  transform(roots, (value) => {
    const { op } = value;
    const sums = (op.kind === "reduce" || op.kind === "segment") && op.reducer === "sum" && value.dtype === "f32";
    if (!sums) return undefined;
    const [x, ...rest] = value.inputs;
    return rebuild(value, [div(x!, 1), ...rest]);
  });

/**
 * The largest deviation over a float32-rounded run and runs with random errors of float32 size in every node, times a
 * safety factor, plus a little. NaN where a run was not finite: compare such elements by kind.
 */
export function float32Tolerance(roots: readonly Value[], inputs: Inputs): Float64Array[] {
  const exact = evaluate(roots, inputs);
  const largest = exact.map((array) => new Float64Array(array.length));
  const note = (results: readonly Float64Array[]): void =>
    results.forEach((array, k) => {
      array.forEach((value, i) => {
        largest[k]![i] = Math.max(largest[k]![i]!, Math.abs(value - exact[k]![i]!));
      });
    });
  note(evaluate(roots, inputs, { round: "f32" }));
  const inexact = withInexactTerms(roots);
  for (let run = 0; run < RUNS; run++) note(compileEvaluator(inexact, { perturb: run })(inputs));
  return largest.map((array, k) =>
    array.map((deviation, i) => SAFETY * deviation + 2 ** -23 * Math.abs(exact[k]![i]!) + TINY),
  );
}
