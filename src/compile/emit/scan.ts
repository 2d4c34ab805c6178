/** A recurrence by one thread: its carries in variables, a loop over the steps, each carry written as it appears. */
import { type Axis, sizeOf } from "../../graph/axis.ts";
import type { Value } from "../../graph/value.ts";
import { MemoryPlanError } from "../../webgpu/errors.ts";
import type { Member } from "../levels.ts";
import { isScan, MOST_THREAD_WORDS, stepOf, threadWords } from "../scan.ts";
import { combine, declaration } from "./accumulators.ts";
import type { Bindings, Emitted } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { wgslType } from "./maps.ts";
import { storeElement, storeLanes } from "./memory.ts";

export function emitScan(context: StageContext, members: readonly Member[], bindings: Bindings): void {
  const value = members[0]!.value;
  if (!isScan(value)) return;
  const { emitter, root } = context;
  const { axis, reverse, body } = value.op;
  const lanes = context.lanes !== undefined;
  const words = threadWords(value.op) * (lanes ? 4 : 1);
  if (words > MOST_THREAD_WORDS) {
    throw new MemoryPlanError(`a recurrence along "${axis.name}"`, "one thread", 4 * words, 4 * MOST_THREAD_WORDS);
  }
  const { next, reductions } = stepOf(value);
  const loop = new Frame(root);
  const carries = body.previous.map((carry, k) => {
    const type = wgslType(carry.dtype, lanes);
    const open = carry.axes.filter((a) => !bindings.has(a));
    const variable = declareVariable(context, open, type);
    nest(context, root, open, bindings, (frame, inside) => {
      const first = emitter.emit(value.inputs[k]!, inside, frame);
      assign(context, frame, variable, open, inside, splat(first, type, lanes));
    });
    emitter.hold(carry, { variable, axes: open, frame: loop, lanes });
    return { open, type, variable };
  });
  const count = emitter.fresh("n");
  const t = emitter.fresh("t");
  loop.lines.push(`let ${t} = ${reverse ? `${axis.size - 1} - ${count}` : count};`);
  const atStep = new Map(bindings).set(axis, { text: t, frame: loop, lanes: false });
  for (const reduction of reductions) emitReduction(context, loop, reduction, atStep);
  const results = next.map((result, k) => {
    const { open, type } = carries[k]!;
    const variable = open.length > 0 ? declareVariable(context, open, type) : emitter.fresh("x");
    const outputs = members.filter((member) => isScan(member.value) && member.value.op.output === k);
    nest(context, loop, open, atStep, (frame, inside) => {
      const text = splat(emitter.emit(result, inside, frame), type, lanes);
      if (open.length === 0) frame.lines.push(`let ${variable} = ${text};`);
      else assign(context, frame, variable, open, inside, text);
      const at = open.length === 0 ? variable : element(context, variable, open, inside);
      for (const member of outputs) write(context, frame, member, at, inside);
    });
    return variable;
  });
  carries.forEach(({ open, variable }, k) => {
    if (open.length === 0) loop.lines.push(`${variable} = ${results[k]};`);
    else loop.lines.push(copyLoop(context, variable, results[k]!, sizeOf(open)));
  });
  root.block(`for (var ${count} = 0; ${count} < ${axis.size}; ${count}++)`, loop);
}

/** A variable of the thread, an array if it varies along axes that the thread holds. */
function declareVariable({ emitter, root }: StageContext, open: readonly Axis[], type: string): string {
  const name = emitter.fresh("c");
  root.lines.push(`var ${name}: ${open.length === 0 ? type : `array<${type}, ${sizeOf(open)}>`};`);
  return name;
}

/** Loops over `axes`, the body inside the innermost. */
function nest(
  { emitter }: StageContext,
  outer: Frame,
  axes: readonly Axis[],
  bindings: Bindings,
  body: (frame: Frame, inside: Bindings) => void,
): void {
  const headers: { header: string; frame: Frame }[] = [];
  const inside = new Map(bindings);
  let frame = outer;
  for (const axis of axes) {
    frame = new Frame(frame);
    const name = emitter.fresh("h");
    inside.set(axis, { text: name, frame, lanes: false });
    headers.push({ header: `for (var ${name} = 0; ${name} < ${axis.size}; ${name}++)`, frame });
  }
  body(frame, inside);
  for (let i = headers.length - 1; i >= 0; i--)
    (headers[i - 1]?.frame ?? outer).block(headers[i]!.header, headers[i]!.frame);
}

const element = ({ emitter }: StageContext, variable: string, open: readonly Axis[], inside: Bindings): string =>
  open.length === 0 ? variable : `${variable}[${emitter.linearIndex(open, inside, false)}]`;

function assign(
  context: StageContext,
  frame: Frame,
  variable: string,
  open: readonly Axis[],
  inside: Bindings,
  text: string,
): void {
  frame.lines.push(`${element(context, variable, open, inside)} = ${text};`);
}

const splat = (emitted: Emitted, type: string, lanes: boolean): string =>
  lanes && !emitted.lanes ? `${type}(${emitted.text})` : emitted.text;

/** A reduction inside a step, kept in a variable for what uses it. */
function emitReduction(context: StageContext, loop: Frame, value: Value, bindings: Bindings): void {
  const { op } = value;
  if (op.kind !== "reduce") return;
  const { emitter, needs } = context;
  const open = value.axes.filter((axis) => !bindings.has(axis));
  const lanes = context.lanes !== undefined && value.hasAxis(context.lanes);
  const type = wgslType(value.dtype, lanes);
  const array = open.length > 0 ? declareVariable(context, open, type) : undefined;
  let total = "";
  nest(context, loop, open, bindings, (frame, inside) => {
    total = emitter.fresh("s");
    frame.lines.push(declaration({ value, name: total, lanes }, needs));
    nest(context, frame, op.over, inside, (inner, at) => {
      const term = splat(emitter.emit(value.inputs[0]!, at, inner), type, lanes);
      inner.lines.push(`${total} ${combine(op.reducer, value, total, term, lanes, needs)};`);
    });
    if (array !== undefined) assign(context, frame, array, open, inside, total);
  });
  emitter.hold(value, { variable: array ?? total, axes: open, frame: loop, lanes });
}

function write({ targets, emitter }: StageContext, frame: Frame, member: Member, text: string, inside: Bindings): void {
  const { axes, dtype } = member.value;
  const along = axes.some((axis) => inside.get(axis)?.lanes);
  const place = targets.targetOf(member);
  const index = emitter.linearIndex(axes, inside, along);
  frame.lines.push(along ? storeLanes(place, index, text, dtype) : storeElement(place, index, text, dtype));
}

function copyLoop({ emitter }: StageContext, to: string, from: string, size: number): string {
  const name = emitter.fresh("h");
  return `for (var ${name} = 0; ${name} < ${size}; ${name}++) { ${to}[${name}] = ${from}[${name}]; }`;
}
