/** Substitution and factorisation by one thread, the result written in place as it appears. */
import { GraphError } from "../../graph/errors.ts";
import type { Op, Value } from "../../graph/value.ts";
import type { Member } from "../levels.ts";
import type { Bindings } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { loadElement, storeElement } from "./memory.ts";

/** Where the entries of a result are kept while it appears. */
export interface Cells {
  read(at: Bindings): string;
  /** The statement that keeps `text` there. */
  write(at: Bindings, text: string): string;
}

export function emitSolve(context: StageContext, member: Member, bindings: Bindings): void {
  const { emitter, targets, needs, root } = context;
  const { value } = member;
  const target = targets.targetOf(member);
  const index = (at: Bindings): string => emitter.linearIndex(value.axes, at, false);
  solveInto(context, root, value, bindings, {
    read: (at) => loadElement(target, index(at), "f32", needs),
    write: (at, text) => storeElement(target, index(at), text, "f32"),
  });
}

/** The statements that compute `value`, a solution or a factor, one entry after the other. */
export function solveInto(context: StageContext, frame: Frame, value: Value, bindings: Bindings, cells: Cells): void {
  const { kind } = value.op;
  if (kind === "triangularSolve") emitSubstitution(context, frame, value, bindings, cells);
  else if (kind === "cholesky") emitCholesky(context, frame, value, bindings, cells);
  else throw new GraphError(`solve: no kernel for a ${kind}`);
}

/** Forward or back substitution. */
function emitSubstitution(
  { emitter }: StageContext,
  outer: Frame,
  value: Value,
  bindings: Bindings,
  cells: Cells,
): void {
  const op = value.op as Extract<Op, { kind: "triangularSolve" }>;
  const [L, b] = value.inputs as [Value, Value];
  const extent = op.row.size;
  const count = emitter.fresh("n");
  const r = emitter.fresh("r");
  const c = emitter.fresh("c");
  const rows = new Frame(outer);
  const columns = new Frame(rows);
  rows.lines.push(`let ${r} = ${op.transpose ? `${extent - 1} - ${count}` : count};`);
  const at = (frame: Frame, row: string, column: string): Bindings =>
    new Map(bindings)
      .set(op.row, { text: row, frame, lanes: false })
      .set(op.column, { text: column, frame, lanes: false });
  const sum = emitter.fresh("s");
  rows.lines.push(`var ${sum} = ${emitter.emit(b, at(rows, r, r), rows).text};`);
  const place = op.transpose ? at(columns, c, r) : at(columns, r, c);
  const entry = emitter.emit(L, place, columns);
  columns.lines.push(`${sum} -= ${entry.text} * ${cells.read(at(columns, c, c))};`);
  const range = op.transpose ? `var ${c} = ${r} + 1; ${c} < ${extent}; ${c}++` : `var ${c} = 0; ${c} < ${r}; ${c}++`;
  rows.block(`for (${range})`, columns);
  const diagonal = emitter.emit(L, at(rows, r, r), rows);
  rows.lines.push(cells.write(at(rows, r, r), `${sum} / ${diagonal.text}`));
  outer.block(`for (var ${count} = 0; ${count} < ${extent}; ${count}++)`, rows);
}

/** L column by column: Lᵢⱼ = (Aᵢⱼ − Σ_{k<j} Lᵢₖ Lⱼₖ) / Lⱼⱼ, the square root of that without the division where i = j. */
function emitCholesky(
  { emitter, needs }: StageContext,
  outer: Frame,
  value: Value,
  bindings: Bindings,
  cells: Cells,
): void {
  const { row, column } = value.op as Extract<Op, { kind: "cholesky" }>;
  const n = row.size;
  const [i, j, k] = ["r", "c", "k"].map((prefix) => emitter.fresh(prefix)) as [string, string, string];
  const columns = new Frame(outer);
  const rows = new Frame(columns);
  const terms = new Frame(rows);
  const upper = new Frame(columns);
  const at = (frame: Frame, down: string, across: string): Bindings =>
    new Map(bindings).set(row, { text: down, frame, lanes: false }).set(column, { text: across, frame, lanes: false });
  const load = (down: string, across: string): string => cells.read(at(rows, down, across));
  upper.lines.push(cells.write(at(upper, i, j), "0.0f"));
  columns.block(`for (var ${i} = 0; ${i} < ${j}; ${i}++)`, upper);
  const [pivot, rest] = [emitter.fresh("p"), emitter.fresh("s")];
  columns.lines.push(`var ${pivot} = 1.0f;`);
  rows.lines.push(`var ${rest} = ${emitter.emit(value.inputs[0]!, at(rows, i, j), rows).text};`);
  terms.lines.push(`${rest} -= ${load(i, k)} * ${load(j, k)};`);
  rows.block(`for (var ${k} = 0; ${k} < ${j}; ${k}++)`, terms);
  // The first row of a column is its pivot. Bits decide whether it is positive: a comparison may be wrong about NaN.
  for (const leaf of ["e_nan", "e_sqrt"]) needs.leaves.add(leaf);
  const bits = `bitcast<u32>(${rest})`;
  const isPositive = `(${bits} > 0u) & (${bits} < 0x7f800000u)`;
  rows.lines.push(
    `if (${i} == ${j}) { ${pivot} = select(e_nan(), e_sqrt(${rest}), ${isPositive}); }`,
    cells.write(at(rows, i, j), `select(${rest} / ${pivot}, ${pivot}, ${i} == ${j})`),
  );
  columns.block(`for (var ${i} = ${j}; ${i} < ${n}; ${i}++)`, rows);
  outer.block(`for (var ${j} = 0; ${j} < ${n}; ${j}++)`, columns);
}
