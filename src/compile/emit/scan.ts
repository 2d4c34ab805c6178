/** A recurrence by one thread: its carries in variables, a loop over the steps, each carry written as it appears. */
import { type Axis, sizeOf, withoutAxes } from "../../graph/axis.ts";
import { movedAxes } from "../../graph/scan-body.ts";
import type { Value } from "../../graph/value.ts";
import { MemoryPlanError } from "../../webgpu/errors.ts";
import type { Member } from "../levels.ts";
import { isFirst, isScan, MOST_THREAD_WORDS, type ScanOp, sameRecurrence, stepOf, threadWords } from "../scan.ts";
import { combine, declaration } from "./accumulators.ts";
import type { Bindings, Emitted } from "./emitter.ts";
import { Frame } from "./frame.ts";
import type { StageContext } from "./group.ts";
import { wgslType } from "./maps.ts";
import { storeElement, storeLanes } from "./memory.ts";
import { solveInto } from "./solve.ts";

export function emitScan(context: StageContext, members: readonly Member[], bindings: Bindings): void {
  const value = members[0]!.value;
  if (!isScan(value)) return;
  const { root, lanes } = context;
  const words = threadWords(value.op) * (lanes === undefined ? 1 : 4);
  if (words > MOST_THREAD_WORDS) {
    const { name } = value.op.axis;
    throw new MemoryPlanError(`a recurrence along "${name}"`, "one thread", 4 * words, 4 * MOST_THREAD_WORDS);
  }
  emitSteps(context, root, value, bindings, (output, frame, text, inside) => {
    for (const member of members)
      if (isScan(member.value) && member.value.op.output === output) write(context, frame, member, text, inside);
  });
}

/** The loop over the steps, in `outer`; `appear` is told of each entry of each carry as it is computed. */
function emitSteps(
  context: StageContext,
  outer: Frame,
  value: Value & { op: ScanOp },
  bindings: Bindings,
  appear: (output: number, frame: Frame, text: string, inside: Bindings) => void,
): void {
  const { emitter } = context;
  const { axis, reverse, body } = value.op;
  const lanes = context.lanes !== undefined;
  const { next, parts } = stepOf(value);
  const loop = new Frame(outer);
  const carries = body.previous.map((carry, k) => {
    const type = wgslType(carry.dtype, lanes);
    const open = carry.axes.filter((a) => !bindings.has(a));
    const variable = declareVariable(context, open, type);
    nest(context, outer, open, bindings, (frame, inside) => {
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
  parts.forEach((part, i) => {
    if (isFirst(part, parts.slice(0, i))) emitPart(context, loop, part, parts, atStep);
  });
  const results = next.map((result, k) => {
    const { open, type } = carries[k]!;
    const variable = open.length > 0 ? declareVariable(context, open, type) : emitter.fresh("x");
    nest(context, loop, open, atStep, (frame, inside) => {
      const text = splat(emitter.emit(result, inside, frame), type, lanes);
      if (open.length === 0) frame.lines.push(`let ${variable} = ${text};`);
      else assign(context, frame, variable, open, inside, text);
      appear(k, frame, element(context, variable, open, inside), inside);
    });
    return variable;
  });
  carries.forEach(({ open, variable }, k) => {
    if (open.length === 0) loop.lines.push(`${variable} = ${results[k]};`);
    else loop.lines.push(copyLoop(context, variable, results[k]!, sizeOf(open)));
  });
  outer.block(`for (var ${count} = 0; ${count} < ${axis.size}; ${count}++)`, loop);
}

/** What a step computes before what uses it, into variables of the thread. */
function emitPart(context: StageContext, loop: Frame, value: Value, parts: readonly Value[], bindings: Bindings): void {
  if (value.op.kind === "reduce") emitReduction(context, loop, value, bindings);
  else if (isScan(value)) emitInnerSteps(context, loop, value, parts, bindings);
  else if (value.op.kind === "map") emitShared(context, loop, value, bindings);
  else emitInnerSolve(context, loop, value, bindings);
}

/** A recurrence inside a step: its stacked carries, as far as something asks for them, are arrays of the thread. */
function emitInnerSteps(
  context: StageContext,
  loop: Frame,
  value: Value & { op: ScanOp },
  parts: readonly Value[],
  bindings: Bindings,
): void {
  const stacked = parts.filter(isScan).filter((part) => sameRecurrence(part, value));
  const arrays = stacked.map((part) => {
    const axes = part.axes.filter((axis) => !bindings.has(axis));
    return { output: part.op.output, axes, variable: declareVariable(context, axes, wgslType(part.dtype, false)) };
  });
  emitSteps(context, loop, value, bindings, (output, frame, text, inside) => {
    for (const { output: own, axes, variable } of arrays)
      if (own === output) assign(context, frame, variable, axes, inside, text);
  });
  stacked.forEach((part, i) => {
    const { axes, variable } = arrays[i]!;
    context.emitter.hold(part, { variable, axes, frame: loop, lanes: false });
  });
}

/** A solution or a factor inside a step. */
function emitInnerSolve(context: StageContext, loop: Frame, value: Value, bindings: Bindings): void {
  const axes = value.axes.filter((axis) => !bindings.has(axis));
  const variable = declareVariable(context, axes, wgslType(value.dtype, false));
  const side = withoutAxes(axes, movedAxes(value));
  nest(context, loop, side, bindings, (frame, inside) =>
    solveInto(context, frame, value, inside, {
      read: (at) => element(context, variable, axes, at),
      write: (at, text) => `${element(context, variable, axes, at)} = ${text};`,
    }),
  );
  context.emitter.hold(value, { variable, axes, frame: loop, lanes: false });
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

/** A map that several terms share, kept in a variable for them. */
function emitShared(context: StageContext, loop: Frame, value: Value, bindings: Bindings): void {
  const { emitter } = context;
  const open = value.axes.filter((axis) => !bindings.has(axis));
  const lanes = context.lanes !== undefined && value.hasAxis(context.lanes);
  const type = wgslType(value.dtype, lanes);
  const variable = open.length > 0 ? declareVariable(context, open, type) : emitter.fresh("m");
  nest(context, loop, open, bindings, (frame, inside) => {
    const text = splat(emitter.emit(value, inside, frame), type, lanes);
    if (open.length === 0) frame.lines.push(`let ${variable} = ${text};`);
    else assign(context, frame, variable, open, inside, text);
  });
  emitter.hold(value, { variable, axes: open, frame: loop, lanes });
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
