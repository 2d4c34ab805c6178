/**
 * Large Cholesky factors in blocks (right-looking: Golub & Van Loan, *Matrix Computations*, §4.2.6): a small factor by one
 * thread, the panel below it by a thread a row, the rest of the matrix as one contraction.
 */
import { Axis } from "../graph/axis.ts";
import { cholesky, contract } from "../graph/linalg.ts";
import { add, sub, triangularSolve } from "../graph/ops.ts";
import { rename, window } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import { transform } from "./rewrite.ts";

const BLOCK = 32;
/** Up to here one thread does it all. */
const LARGEST_WHOLE = 48;

export const blockCholesky = (roots: readonly Value[]): Value[] =>
  transform(roots, (value) => {
    const { op } = value;
    if (op.kind !== "cholesky" || op.row.size <= LARGEST_WHOLE) return undefined;
    return factor(value.inputs[0]!, op.row, op.column);
  });

function factor(matrix: Value, row: Axis, column: Axis): Value {
  let rest = matrix;
  let [down, across] = [row, column];
  let factored: Value | undefined;
  const place = (part: Value, rowAxis: Axis, rowStart: number, columnAxis: Axis, columnStart: number): void => {
    const placed = window(window(part, rowAxis, row, -rowStart), columnAxis, column, -columnStart);
    factored = factored === undefined ? placed : add(factored, placed);
  };
  for (let start = 0; start < row.size; start += BLOCK) {
    const size = Math.min(BLOCK, row.size - start);
    const [block, twin] = [new Axis(`${row.name}.block`, size), new Axis(`${row.name}.block′`, size)];
    const head = cholesky(window(window(rest, down, block), across, twin), block, twin);
    place(head, block, start, twin, start);
    const left = row.size - start - size;
    if (left === 0) break;
    const [below, right] = [new Axis(`${row.name}.below`, left), new Axis(`${row.name}.below′`, left)];
    const panel = triangularSolve(head, window(window(rest, down, below, size), across, block), block, twin);
    place(panel, below, start + size, block, start);
    const trailing = window(window(rest, down, below, size), across, right, size);
    rest = sub(trailing, contract(panel, rename(panel, below, right), block));
    [down, across] = [below, right];
  }
  return factored!;
}
