/** How far a float32 backend may be from the float64 interpreter, element by element. */
import { compileEvaluator, evaluate, type Inputs } from "../../src/cpu/interpreter.ts";
import type { Value } from "../../src/graph/value.ts";

const RUNS = 16;
const SAFETY = 5;
/** Below this, denormals are flushed. */
const TINY = 1e-36;

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
  for (let run = 0; run < RUNS; run++) note(compileEvaluator(roots, { perturb: run })(inputs));
  return largest.map((array, k) =>
    array.map((deviation, i) => SAFETY * deviation + 2 ** -23 * Math.abs(exact[k]![i]!) + TINY),
  );
}
