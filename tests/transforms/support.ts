import { evaluate } from "../../src/cpu/interpreter.ts";
import type { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Transform } from "../../src/transforms/index.ts";

/** x = forward(u), u again, and the log Jacobian. */
export function runTransform(
  transform: Transform,
  u: readonly number[],
  axes: readonly Axis[],
  data: ReadonlyMap<string, Float64Array> = new Map(),
) {
  const value = input("u", axes, "data");
  const x = transform.forward(value);
  const inputs = new Map([...data, ["u", Float64Array.from(u)]]);
  const [forward, back, logJacobian] = evaluate(
    [x, transform.inverse(x), transform.logAbsDetJacobian(value, x)],
    inputs,
  );
  return { x: Array.from(forward!), back: Array.from(back!), logJacobian: Array.from(logJacobian!) };
}

/** log |det| by Gaussian elimination with pivoting. */
export function logAbsDeterminant(matrix: number[][]): number {
  const m = matrix.map((row) => [...row]);
  let total = 0;
  for (let c = 0; c < m.length; c++) {
    const pivot = m.reduce((best, _, r) => (r >= c && Math.abs(m[r]![c]!) > Math.abs(m[best]![c]!) ? r : best), c);
    [m[c], m[pivot]] = [m[pivot]!, m[c]!];
    total += Math.log(Math.abs(m[c]![c]!));
    for (let r = c + 1; r < m.length; r++) {
      const factor = m[r]![c]! / m[c]![c]!;
      for (let k = c; k < m.length; k++) m[r]![k]! -= factor * m[c]![k]!;
    }
  }
  return total;
}
