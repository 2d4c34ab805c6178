/** Sums over the draws of a thread, taken where the draws are evaluated. */
import { withoutAxes } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import { shareOf } from "../lower.ts";
import type { Bindings } from "./emitter.ts";
import type { StageContext } from "./group.ts";
import { emitLiteral, wgslType } from "./maps.ts";
import { storeElement } from "./memory.ts";
import { placesAlong } from "./places.ts";
import type { Items } from "./walk.ts";

/** Adds each member's term of this item to the thread's totals. Returns what is to be done once all items are. */
export function emitShares(context: StageContext, bindings: Bindings, items: Items): string[] {
  const { stage, emitter, root, needs, targets } = context;
  const afterwards: string[] = [];
  for (const member of stage.members) {
    const { value } = member;
    const share = shareOf(value);
    if (share === undefined) throw new GraphError("compile: not a thread's part of a sum");
    const rest = withoutAxes(value.axes, [share.thread]);
    const lanes = share.term.axes.some((axis) => bindings.get(axis)?.lanes);
    const type = wgslType(value.dtype, lanes);
    for (const inside of placesAlong(rest, emitter.root, bindings)) {
      const term = emitter.emit(share.term, inside, root);
      const text = lanes && !term.lanes ? `${type}(${term.text})` : term.text;
      const total = emitter.fresh("a");
      if (items.isLoop) {
        emitter.root.lines.push(`var ${total} = ${type}(${emitLiteral(0, value.dtype, needs)});`);
        root.lines.push(`${total} += ${text};`);
      } else root.lines.push(`let ${total} = ${text};`);
      const own = new Map(inside).set(share.thread, { text: "thread", frame: emitter.root, lanes: false });
      const sum = lanes ? `((${total}.x + ${total}.y) + (${total}.z + ${total}.w))` : total;
      const index = emitter.linearIndex(value.axes, own, false);
      afterwards.push(storeElement(targets.targetOf(member), index, sum, value.dtype));
    }
  }
  return afterwards;
}
