/** Where the members of a group go. */
import type { Value } from "../../graph/value.ts";
import type { Member } from "../levels.ts";
import type { Bindings, Emitted } from "./emitter.ts";
import type { StageContext } from "./group.ts";
import { wgslType } from "./maps.ts";
import { storeElement, storeLanes } from "./memory.ts";

/** Writes a result, be it in a loop over a table. */
export function writeWhole(context: StageContext, member: Member, result: Emitted, bindings: Bindings): void {
  const { root } = context;
  const { frame } = result;
  if (root.encloses(frame) && frame !== root && frame.parent === root) {
    const [axis, index] = [...bindings].find(([, binding]) => binding.frame === frame)!;
    write({ ...context, root: frame }, member, result, bindings);
    root.block(`for (var ${index.text} = 0; ${index.text} < ${axis.size}; ${index.text}++)`, frame);
  } else write(context, member, result, bindings);
}

/** Writes a result to its element. */
export function write(
  { targets, emitter, root }: StageContext,
  member: Member,
  result: Emitted,
  bindings: Bindings,
): void {
  const place = targets.targetOf(member);
  if (member.kind === "trace") {
    const entry = `${targets.traceEntry} + ${place.offset}`;
    root.lines.push(storeElement({ ...place, offset: 0 }, entry, result.text, result.dtype));
    return;
  }
  const { axes } = targetValue(member);
  const along = axes.some((axis) => bindings.get(axis)?.lanes);
  const index = emitter.linearIndex(axes, bindings, along);
  if (!along) {
    root.lines.push(storeElement(place, index, result.text, result.dtype));
    return;
  }
  const text = result.lanes ? result.text : `${wgslType(result.dtype, true)}(${result.text})`;
  root.lines.push(storeLanes(place, index, text, result.dtype));
}

/** The value whose place a member writes: its own, or the state's. */
const targetValue = (member: Member): Value => (member.kind === "state" ? member.state : member.value);
