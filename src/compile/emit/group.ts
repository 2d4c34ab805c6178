/** The WGSL of one group: decode the thread's indices, run its loop, write its members. */
import { type Axis, sizeOf } from "../../graph/axis.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/value.ts";
import type { Group, Member } from "../levels.ts";
import { mayCarryLanes } from "../lower.ts";
import { type Binding, type Bindings, carriesLanes, type Emitted, Emitter } from "./emitter.ts";
import { Frame } from "./frame.ts";
import { emitLiteral, type Needs, wgslType } from "./maps.ts";
import { type Memory, type Place, storeElement, storeLanes } from "./memory.ts";

/** Sums over more terms than this go block by block. */
const BLOCK = 64;

/** Where the members of a group are written. */
export interface Targets extends Memory {
  targetOf(member: Member): Place;
  /** WGSL expression (i32) of the entry of a trace to write. */
  readonly traceEntry: string;
}

interface Accumulator {
  readonly value: Value;
  readonly name: string;
  readonly lanes: boolean;
}

/** The axis along which this group takes four draws at a time, if it can. */
export function laneAxisOf(group: Group, isStored: (value: Value) => boolean): Axis | undefined {
  const { loop } = group;
  if (loop.kind === "solve") return undefined;
  const serial = loop.kind === "reduce" ? loop.over : [];
  const candidates = [...group.parallel, ...serial].filter(mayCarryLanes);
  const along = candidates[0];
  if (along === undefined || candidates.length > 1) return undefined;
  const carried = group.members.every(({ kind, value }) => {
    if (value.op.kind === "reduce" && value.op.reducer === "logSumExp") return false;
    if (loop.kind !== "none") return carriesLanes(value.inputs[0]!, new Set([along]), isStored);
    // A stored map is being computed here, so its own store does not count.
    return carriesLanes(value, new Set([along]), (v) => (kind !== "store" || v !== value) && isStored(v));
  });
  return carried ? along : undefined;
}

/** Threads (or lanes of four) a group has work for. */
export const itemsOf = (group: Group, lanes: Axis | undefined): number =>
  sizeOf(group.parallel) / (lanes !== undefined && group.parallel.includes(lanes) ? 4 : 1);

/**
 * The body for item `item` (an i32 variable): statements ready to stand in a function. Values computed for storing are
 * all evaluated before the first is written.
 */
export function emitGroup(
  group: Group,
  targets: Targets,
  needs: Needs,
  item: string,
  lanes: Axis | undefined,
): string[] {
  const root = new Frame(null);
  const own = new Set(group.members.filter((m) => m.kind === "store").map((m) => m.value));
  const memory: Memory = {
    placeOf: (value) => (own.has(value) ? undefined : targets.placeOf(value)),
    csrOf: (index, out) => targets.csrOf(index, out),
  };
  const emitter = new Emitter(memory, needs, root);
  const bindings = decode(group.parallel, item, root, emitter, lanes);
  const results = compute(group, bindings, root, emitter, targets, needs, lanes);
  group.members.forEach((member, i) => {
    const result = results[i];
    if (result !== undefined) write(member, result, bindings, targets, root, emitter);
  });
  return root.lines;
}

function decode(axes: readonly Axis[], item: string, root: Frame, emitter: Emitter, lanes: Axis | undefined): Bindings {
  const bindings = new Map<Axis, Binding>();
  let rest = item;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]!;
    const isLane = axis === lanes;
    const size = isLane ? axis.size / 4 : axis.size;
    const name = size === 1 ? "0" : emitter.fresh("i");
    if (size > 1) root.lines.push(`let ${name} = ${i === 0 ? rest : `${rest} % ${size}`};`);
    bindings.set(axis, { text: name, frame: root, lanes: isLane });
    if (i > 0 && size > 1) {
      const quotient = emitter.fresh("q");
      root.lines.push(`let ${quotient} = ${rest} / ${size};`);
      rest = quotient;
    }
  }
  return bindings;
}

/** The members' values as texts valid at the end of the body; undefined where the loop wrote them itself. */
function compute(
  group: Group,
  bindings: Bindings,
  root: Frame,
  emitter: Emitter,
  targets: Targets,
  needs: Needs,
  lanes: Axis | undefined,
): (Emitted | undefined)[] {
  const { loop } = group;
  switch (loop.kind) {
    case "none":
      return group.members.map((member) => emitter.emit(member.value, bindings, root));
    case "reduce":
      return reduceLoop(group, loop.over, bindings, root, emitter, needs, lanes);
    case "segment": {
      const inner = new Frame(root);
      const group_ = bindings.get(loop.out)!;
      const { starts, rows } = targets.csrOf(loop.index, loop.out);
      const accumulators = declare(group, root, emitter, needs, lanes);
      const k = emitter.fresh("k");
      const row = emitter.fresh("row");
      inner.lines.push(`let ${row} = i32(${word(rows, k)});`);
      const along = new Map(bindings);
      decodeInto(along, loop.rows, row, inner, emitter);
      emitter.know(loop.index, along, { text: group_.text, frame: root, lanes: false, dtype: "i32" });
      accumulate(accumulators, along, inner, emitter, needs);
      const first = word(starts, group_.text);
      const end = word(starts, `${group_.text} + 1`);
      root.block(`for (var ${k} = i32(${first}); ${k} < i32(${end}); ${k}++)`, inner);
      return accumulators.map((a) => ({ text: a.name, frame: root, lanes: a.lanes, dtype: a.value.dtype }));
    }
    case "solve":
      solve(group.members[0]!, loop.value, bindings, root, emitter, targets);
      return group.members.map(() => undefined);
  }
}

const word = (place: Place, index: string): string =>
  `${place.banks[0]!.variable}[${place.offset === 0 ? index : `${index} + ${place.offset}`}]`;

function decodeInto(
  bindings: Map<Axis, Binding>,
  axes: readonly Axis[],
  item: string,
  frame: Frame,
  emitter: Emitter,
): void {
  for (const [axis, binding] of decode(axes, item, frame, emitter, undefined))
    bindings.set(axis, { ...binding, frame });
}

function declare(group: Group, root: Frame, emitter: Emitter, needs: Needs, lanes: Axis | undefined): Accumulator[] {
  return group.members.map(({ value }) => {
    const carried = lanes !== undefined && (value.hasAxis(lanes) || value.inputs[0]!.hasAxis(lanes));
    const name = emitter.fresh("a");
    root.lines.push(`var ${name} = ${initial(value, carried, needs)};`);
    return { value, name, lanes: carried };
  });
}

function initial(value: Value, lanes: boolean, needs: Needs): string {
  const reducer = value.op.kind === "reduce" || value.op.kind === "segment" ? value.op.reducer : "sum";
  const type = wgslType(value.dtype, lanes);
  if (reducer === "logSumExp") {
    needs.leaves.add("e_lseEmpty");
    return "e_lseEmpty()";
  }
  if (reducer === "sum") return `${type}(${emitLiteral(0, value.dtype, needs)})`;
  const lowest =
    value.dtype === "i32" ? "-2147483647i" : value.dtype === "u32" ? "0u" : emitLiteral(-Infinity, "f32", needs);
  return `${type}(${lowest})`;
}

function accumulate(
  accumulators: readonly Accumulator[],
  bindings: Bindings,
  inner: Frame,
  emitter: Emitter,
  needs: Needs,
): void {
  const terms = accumulators.map(({ value }) => emitter.emit(value.inputs[0]!, bindings, inner));
  accumulators.forEach(({ value, name, lanes }, i) => {
    const reducer = value.op.kind === "reduce" || value.op.kind === "segment" ? value.op.reducer : "sum";
    const term = terms[i]!;
    const text = lanes && !term.lanes ? `${wgslType(value.dtype, true)}(${term.text})` : term.text;
    if (reducer === "sum") inner.lines.push(`${name} += ${text};`);
    else if (reducer === "logSumExp") {
      needs.leaves.add("e_lseMerge");
      inner.lines.push(`${name} = e_lseMerge(${name}, ${text});`);
    } else if (value.dtype !== "f32") inner.lines.push(`${name} = max(${name}, ${text});`);
    else if (!lanes) {
      needs.leaves.add("e_max");
      inner.lines.push(`${name} = e_max(${name}, ${text});`);
    } else {
      needs.leaves.add("e_max");
      const parts = ["x", "y", "z", "w"].map((lane) => `e_max(${name}.${lane}, ${text}.${lane})`);
      inner.lines.push(`${name} = vec4<f32>(${parts.join(", ")});`);
    }
  });
}

function reduceLoop(
  group: Group,
  over: readonly Axis[],
  bindings: Bindings,
  root: Frame,
  emitter: Emitter,
  needs: Needs,
  lanes: Axis | undefined,
): Emitted[] {
  const accumulators = declare(group, root, emitter, needs, lanes);
  const long = sizeOf(over) > 4 * BLOCK;
  // A long sum goes through partial sums of one block each: rounding errors grow with the block, not with the length.
  const partial = long
    ? accumulators.map((a) => (isSum(a.value) ? { ...a, name: emitter.fresh("p") } : a))
    : accumulators;
  const inside = new Map(bindings);
  const frames: { frame: Frame; header: string }[] = [];
  let parent = root;
  over.forEach((axis, i) => {
    const frame = new Frame(parent);
    const name = emitter.fresh("j");
    const size = axis === lanes ? axis.size / 4 : axis.size;
    inside.set(axis, { text: name, frame, lanes: axis === lanes });
    if (long && i === over.length - 1 && size > BLOCK) {
      // The outer loop over blocks shares the frame's place: see below.
      frames.push({ frame, header: `for (var ${name} = block; ${name} < min(block + ${BLOCK}, ${size}); ${name}++)` });
    } else frames.push({ frame, header: `for (var ${name} = 0; ${name} < ${size}; ${name}++)` });
    parent = frame;
  });
  accumulate(partial, inside, parent, emitter, needs);
  for (let i = frames.length - 1; i >= 0; i--) {
    const { frame, header } = frames[i]!;
    const outer = i === 0 ? root : frames[i - 1]!.frame;
    const innermost = i === frames.length - 1;
    if (!long || !innermost) {
      outer.block(header, frame);
      continue;
    }
    const body = new Frame(outer);
    partial.forEach((p, k) => {
      const whole = accumulators[k]!;
      if (p !== whole) body.lines.push(`var ${p.name} = ${initial(p.value, p.lanes, needs)};`);
    });
    body.block(header, frame);
    partial.forEach((p, k) => {
      const whole = accumulators[k]!;
      if (p !== whole) body.lines.push(`${whole.name} += ${p.name};`);
    });
    const axis = over[over.length - 1]!;
    const size = axis === lanes ? axis.size / 4 : axis.size;
    if (size > BLOCK) outer.block(`for (var block = 0; block < ${size}; block += ${BLOCK})`, body);
    else outer.block("", body);
  }
  return accumulators.map((a) => finish(a, over, root, emitter, needs, lanes));
}

const isSum = (value: Value): boolean => value.op.kind === "reduce" && value.op.reducer === "sum";

function finish(
  a: Accumulator,
  over: readonly Axis[],
  root: Frame,
  emitter: Emitter,
  needs: Needs,
  lanes: Axis | undefined,
): Emitted {
  const { value, name } = a;
  const reducer = value.op.kind === "reduce" ? value.op.reducer : "sum";
  if (reducer === "logSumExp") {
    needs.leaves.add("e_lseFinish");
    const done = emitter.fresh("s");
    root.lines.push(`let ${done} = e_lseFinish(${name});`);
    return { text: done, frame: root, lanes: false, dtype: value.dtype };
  }
  const across = a.lanes && lanes !== undefined && over.includes(lanes);
  if (!across) return { text: name, frame: root, lanes: a.lanes, dtype: value.dtype };
  if (reducer === "sum")
    return {
      text: `((${name}.x + ${name}.y) + (${name}.z + ${name}.w))`,
      frame: root,
      lanes: false,
      dtype: value.dtype,
    };
  needs.leaves.add("e_max");
  return {
    text: `e_max(e_max(${name}.x, ${name}.y), e_max(${name}.z, ${name}.w))`,
    frame: root,
    lanes: false,
    dtype: value.dtype,
  };
}

/** Forward or back substitution by one thread, the solution written in place as it appears. */
function solve(
  member: Member,
  value: Value,
  bindings: Bindings,
  root: Frame,
  emitter: Emitter,
  targets: Targets,
): void {
  const op = value.op;
  if (op.kind !== "triangularSolve") throw new GraphError("solve: not a triangular solve");
  const [L, b] = value.inputs as [Value, Value];
  const n = op.row.size;
  const target = targets.targetOf(member);
  const r = emitter.fresh("r");
  const c = emitter.fresh("c");
  const rowFrame = new Frame(root);
  const columnFrame = new Frame(rowFrame);
  const step = emitter.fresh("n");
  rowFrame.lines.push(`let ${r} = ${op.transpose ? `${n - 1} - ${step}` : step};`);
  const at = (frame: Frame, row: string, column: string): Bindings =>
    new Map(bindings)
      .set(op.row, { text: row, frame, lanes: false })
      .set(op.column, { text: column, frame, lanes: false });
  const right = emitter.emit(b, at(rowFrame, r, r), rowFrame);
  const sum = emitter.fresh("s");
  rowFrame.lines.push(`var ${sum} = ${right.text};`);
  const entry = op.transpose
    ? emitter.emit(L, at(columnFrame, c, r), columnFrame)
    : emitter.emit(L, at(columnFrame, r, c), columnFrame);
  const other = at(columnFrame, c, c);
  const known = emitter.linearIndex(value.axes, other, false);
  const loaded = target.vector
    ? `${target.banks[0]!.variable}[(${known}) / 4 + ${target.offset}][(${known}) % 4]`
    : `bitcast<f32>(${target.banks[0]!.variable}[${known} + ${target.offset}])`;
  columnFrame.lines.push(`${sum} -= ${entry.text} * ${loaded};`);
  const range = op.transpose ? `var ${c} = ${r} + 1; ${c} < ${n}; ${c}++` : `var ${c} = 0; ${c} < ${r}; ${c}++`;
  rowFrame.block(`for (${range})`, columnFrame);
  const diagonal = emitter.emit(L, at(rowFrame, r, r), rowFrame);
  const place = emitter.linearIndex(value.axes, at(rowFrame, r, r), false);
  rowFrame.lines.push(storeElement(target, place, `${sum} / ${diagonal.text}`, "f32"));
  root.block(`for (var ${step} = 0; ${step} < ${n}; ${step}++)`, rowFrame);
}

function write(
  member: Member,
  result: Emitted,
  bindings: Bindings,
  targets: Targets,
  root: Frame,
  emitter: Emitter,
): void {
  const place = targets.targetOf(member);
  if (member.kind === "trace") {
    root.lines.push(
      storeElement({ ...place, offset: 0 }, `${targets.traceEntry} + ${place.offset}`, result.text, result.dtype),
    );
    return;
  }
  const axes = member.kind === "state" ? member.state.axes : member.value.axes;
  const along = axes.some((axis) => bindings.get(axis)?.lanes);
  const index = emitter.linearIndex(axes, bindings, along);
  if (!along) {
    root.lines.push(storeElement(place, index, result.text, result.dtype));
    return;
  }
  const text = result.lanes ? result.text : `${wgslType(result.dtype, true)}(${result.text})`;
  root.lines.push(storeLanes(place, index, text, result.dtype));
}
