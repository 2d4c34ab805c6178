/** Forward or back substitution by one thread, the solution written in place as it appears. */
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/value.ts";
import type { Member } from "../levels.ts";
import type { Bindings } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { loadElement, storeElement } from "./memory.ts";

export function emitSolve({ emitter, targets, needs, root }: StageContext, member: Member, bindings: Bindings): void {
  const { value } = member;
  const op = value.op;
  if (op.kind !== "triangularSolve") throw new GraphError("solve: not a triangular solve");
  const [L, b] = value.inputs as [Value, Value];
  const extent = op.row.size;
  const target = targets.targetOf(member);
  const count = emitter.fresh("n");
  const r = emitter.fresh("r");
  const c = emitter.fresh("c");
  const rows = new Frame(root);
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
  const solved = loadElement(target, emitter.linearIndex(value.axes, at(columns, c, c), false), "f32", needs);
  columns.lines.push(`${sum} -= ${entry.text} * ${solved};`);
  const range = op.transpose ? `var ${c} = ${r} + 1; ${c} < ${extent}; ${c}++` : `var ${c} = 0; ${c} < ${r}; ${c}++`;
  rows.block(`for (${range})`, columns);
  const diagonal = emitter.emit(L, at(rows, r, r), rows);
  const index = emitter.linearIndex(value.axes, at(rows, r, r), false);
  rows.lines.push(storeElement(target, index, `${sum} / ${diagonal.text}`, "f32"));
  root.block(`for (var ${count} = 0; ${count} < ${extent}; ${count}++)`, rows);
}
