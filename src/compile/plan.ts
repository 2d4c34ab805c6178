/** A program's plan: its schedule, the places of its values, and the WGSL of its dispatches. */
import { GraphError } from "../graph/errors.ts";
import type { KernelExplanation, ProgramSpec } from "../graph/program.ts";
import { Value } from "../graph/value.ts";
import { MemoryPlanError } from "../webgpu/errors.ts";
import { type Allocation, planWork, type WorkMemory } from "./arena.ts";
import { emitGroup, type Targets } from "./emit/group.ts";
import type { Needs } from "./emit/maps.ts";
import type { Place } from "./emit/memory.ts";
import { itemsOf, QUAD } from "./emit/tactics.ts";
import type { Walk } from "./emit/walk.ts";
import { describe, explain } from "./explain.ts";
import {
  type BufferName,
  type CsrPlace,
  InputLayout,
  type InputPlace,
  type Piece,
  type Region,
  STORAGE_BINDINGS,
} from "./inputs.ts";
import { leafClosure } from "./leaves.ts";
import { type Member, membersOf, sharingThreads } from "./levels.ts";
import { type Dispatch, type Schedule, type ScheduledGroup, type ScheduleOptions, schedule } from "./schedule.ts";

export interface PlannedKernel {
  readonly name: string;
  readonly wgsl: string;
  readonly workgroups: number;
  /** Buffers by binding number. */
  readonly bindings: readonly { readonly binding: number; readonly buffer: BufferName }[];
  readonly explanation: KernelExplanation;
}

export interface Plan {
  readonly schedule: Schedule;
  readonly kernels: readonly PlannedKernel[];
  readonly inputs: ReadonlyMap<string, InputPlace>;
  readonly csr: readonly CsrPlace[];
  /** The table of the fits that run: pairs of a fit and its steps; null in a program of one. */
  readonly slots: Piece | null;
  readonly work: WorkMemory;
  /** Size of each buffer in bytes, the trace's left out. */
  readonly bufferBytes: ReadonlyMap<BufferName, number>;
  readonly traces: readonly string[];
}

export interface PlanLimits {
  readonly maxBindingBytes: number;
  readonly maxWorkgroups: number;
}

export function plan(spec: ProgramSpec, options: ScheduleOptions, limits: PlanLimits): Plan {
  const made = schedule(spec, options);
  const traces = Object.keys(spec.trace ?? {});
  const levels = made.dispatches.flatMap((dispatch) => dispatch.levels);
  const states = [...made.inputs.values()].filter((v) => v.op.kind === "input" && v.op.role === "state");
  const work = planWork(states, levels, made, spec.fits);
  const hoistedInputs = made.hoisted.map((h) => h.input);
  const shared = new Set([...(spec.shared ?? []), ...sharedExpressions(made, spec)]);
  const isShared = ({ op }: Value): boolean => op.kind === "input" && shared.has(op.name);
  const layout = new InputLayout(limits.maxBindingBytes, spec.name, { count: spec.fits, isShared });
  const read = readInputs(levels, hoistedInputs, made);
  for (const value of read) layout.add(value);
  for (const { loop } of levels.flat().flatMap((group) => group.stages)) {
    if (loop.kind === "segment") layout.addCsr(loop.index, loop.out);
  }

  const bytes = new Map<BufferName, number>(layout.bytes());
  bytes.set("work", work.scalarWords * 4);
  bytes.set("work4", work.vectorWords * 4);
  for (const [name, size] of bytes) {
    if (size > limits.maxBindingBytes) {
      throw new MemoryPlanError(`program "${spec.name}"`, `binding "${name}"`, size, limits.maxBindingBytes);
    }
  }
  const targets = new PlanTargets(layout, work.places, traces, made.local);
  const kernels = made.dispatches.map((dispatch, i) =>
    emitDispatch(`${spec.name} ${i}`, dispatch, made, targets, options, limits),
  );
  const { places: inputs, csr, slots } = layout;
  return { schedule: made, kernels, inputs, csr, slots, work, bufferBytes: bytes, traces };
}

/** Names of the hoisted expressions that are the same for all fits. */
function sharedExpressions({ hoisted }: Schedule, { fits, shared }: ProgramSpec): string[] {
  if (fits === undefined) return [];
  const isOwn = ({ op }: Value): boolean => op.kind === "input" && !shared?.has(op.name);
  return hoisted.flatMap(({ input, expression }) =>
    input.op.kind === "input" && !Value.topological([expression]).some(isOwn) ? [input.op.name] : [],
  );
}

/** Inputs that some kernel reads, hoisted ones included, states not. */
function readInputs(
  levels: readonly (readonly ScheduledGroup[])[],
  hoisted: readonly Value[],
  made: Schedule,
): Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.op.kind === "input" && value.op.role !== "state") found.add(value);
    value.inputs.forEach(visit);
  };
  for (const group of levels.flat()) for (const { value } of membersOf(group)) visit(value);
  const known = new Set<Value>([...made.inputs.values(), ...hoisted]);
  for (const value of found) if (!known.has(value)) throw new GraphError("compile: an input got lost");
  return [...found].sort((a, b) => a.id - b.id);
}

class PlanTargets implements Targets {
  readonly traceEntry: string;
  /** WGSL of the word that counts the steps traced, of this fit. */
  readonly traceCount: string;

  constructor(
    readonly layout: InputLayout,
    readonly work: ReadonlyMap<Value, Allocation>,
    readonly traces: readonly string[],
    readonly local: ReadonlySet<Value>,
    /** Buffers of words that a kernel sees as vec4s. */
    readonly wide: ReadonlySet<BufferName> = new Set(),
  ) {
    const { count } = layout.fits;
    this.traceCount = count === undefined ? "trace[0]" : "trace[fit]";
    const entry = count === undefined ? `i32(${this.traceCount})` : `(i32(${this.traceCount}) * ${count} + fit)`;
    this.traceEntry = `${count ?? 1} + ${entry} * ${traces.length}`;
  }

  /** The same for a kernel that sees words by fours, as far as arrays are whole. */
  widened(): PlanTargets {
    const cut = [...this.layout.places.values()].filter(({ pieces }) => pieces.length > 1);
    const whole = new Set<BufferName>(["work"]);
    for (let i = 0; i < STORAGE_BINDINGS; i++) whole.add(`data${i}`);
    for (const { buffer } of cut.flatMap(({ pieces }) => pieces)) whole.delete(buffer);
    return new PlanTargets(this.layout, this.work, this.traces, this.local, whole);
  }

  placeOf(value: Value): Place | undefined {
    const known = this.work.get(value);
    if (known !== undefined) return this.#workPlace(known);
    if (value.op.kind !== "input") return undefined;
    const input = this.layout.places.get(value.op.name);
    if (input === undefined) throw new GraphError(`compile: no place for the input "${value.op.name}"`);
    return this.#inputPlace(input);
  }

  targetOf(member: Member): Place {
    if (member.kind === "trace") {
      const offset = this.traces.indexOf(member.name);
      return { banks: [{ variable: "trace", words: 0 }], offset, stride: 0, vector: false, wide: false };
    }
    const value = member.kind === "state" ? member.state : member.value;
    return this.#workPlace(this.work.get(value)!);
  }

  isLocal(value: Value): boolean {
    return this.local.has(value);
  }

  csrOf(index: Value): { starts: Place; rows: Place } {
    const entry = this.layout.csr.find((e) => e.index === index)!;
    return { starts: this.#inputPlace(entry.starts), rows: this.#inputPlace(entry.rows) };
  }

  #workPlace({ arena, offset, words, stride }: Allocation): Place {
    return this.#place([{ buffer: arena === "vector" ? "work4" : "work", offset, words }], stride);
  }

  #inputPlace({ pieces, stride }: Region): Place {
    return this.#place(pieces, stride);
  }

  #place(pieces: readonly Piece[], stride: number): Place {
    const { buffer, offset } = pieces[0]!;
    const vector = buffer === "work4" || buffer === "parameters4";
    const unit = vector ? 4 : 1;
    const banks = pieces.map((piece) => ({ variable: piece.buffer, words: piece.words }));
    return { banks, offset: offset / unit, stride: stride / unit, vector, wide: this.wide.has(buffer) };
  }
}

function emitDispatch(
  name: string,
  dispatch: Dispatch,
  made: Schedule,
  allTargets: PlanTargets,
  options: ScheduleOptions,
  limits: PlanLimits,
): PlannedKernel {
  const needs: Needs = { leaves: new Set(), wrappers: new Set() };
  const tactics = dispatch.levels.flat().map((group) => group.tactics);
  const targets = tactics.some(({ wide }) => wide) ? allTargets.widened() : allTargets;
  const inQuads = tactics.some(({ quads }) => quads !== undefined);
  const size = inQuads ? QUAD : dispatch.single ? options.singleWorkgroupSize : workgroupSize(dispatch, options);
  const functions: string[] = [];
  const main: string[] = [];
  let workgroups = 1;
  const loops = made.resident;
  const resident = loops ? "  " : "";
  const { slots } = targets.layout;
  // With many fits each has a workgroup of its own, or a layer of the grid.
  const perFit = slots === null ? "" : ", fit";
  const parametersOf = (number: string): string => `${number}: i32${slots === null ? "" : ", fit: i32"}`;
  if (slots !== null) main.push(`let fit = i32(parameters[2 * wid.z + ${slots.offset}]);`);
  if (loops && slots === null) main.push("for (var step = 0u; step < control.steps; step++) {");
  if (loops && slots !== null) {
    main.push(`let last = min(parameters[2 * wid.z + ${slots.offset + 1}], control.first + control.steps);`);
    main.push("for (var step = control.first; step < last; step++) {");
  }
  let firstBlock = 0;
  dispatch.levels.forEach((groups, level) => {
    groups.forEach((group, g) => {
      const call = `level${level}_group${g}`;
      const items = itemsOf(group, group.tactics);
      const sharing = dispatch.single ? size : sharingThreads(group);
      const walk: Walk =
        sharing === undefined ? { kind: "item", item: "item" } : { kind: "share", items, threads: sharing };
      const number = sharing === undefined ? "item" : "thread";
      const writesOut = sharingThreads(group) !== undefined;
      const body = emitGroup(group, targets, needs, walk, writesOut ? options.mostUnrolled : 0);
      const isTiled = group.tactics.quads !== undefined;
      functions.push(
        `// ${describe(group)}\nfn ${call}(${parametersOf(number)}${isTiled ? ", lane: i32" : ""}) {\n${body.map((line) => `  ${line}`).join("\n")}\n}\n`,
      );
      if (dispatch.single) {
        main.push(`${resident}${call}(i32(lid)${perFit});`);
        return;
      }
      const threads = sharing ?? items;
      const { blocks, rounds } = gridOf(group, threads, size, options.mostWorkgroups);
      const block = firstBlock === 0 ? "block" : `(block - ${firstBlock})`;
      main.push(`if ((block >= ${firstBlock}) & (block < ${firstBlock + blocks})) {`);
      if (isTiled) {
        // The workgroup is the quad: all four threads are at the same tile.
        main.push(
          `  let end = min((${block} + 1) * ${rounds}, ${items / QUAD});`,
          `  for (var tile = ${block} * ${rounds}; tile < end; tile++) { ${call}(tile${perFit}, i32(lane)); }`,
        );
      } else if (rounds === 1) {
        main.push(
          `  let item = ${block} * ${size} + i32(lid);`,
          `  if (item < ${threads}) { ${call}(item${perFit}); }`,
        );
      } else {
        const [first, end] = [`${block} * ${rounds * size}`, `min((${block} + 1) * ${rounds * size}, ${threads})`];
        main.push(
          `  let end = ${end};`,
          `  for (var item = ${first} + i32(lid); item < end; item += ${size}) { ${call}(item${perFit}); }`,
        );
      }
      main.push("}");
      firstBlock += blocks;
    });
    if (dispatch.single && (loops || level < dispatch.levels.length - 1)) main.push(`${resident}storageBarrier();`);
  });
  if (loops) main.push("}");
  if (!dispatch.single) workgroups = firstBlock;
  if (workgroups > limits.maxWorkgroups * limits.maxWorkgroups) {
    throw new MemoryPlanError(
      `kernel "${name}"`,
      "workgroups",
      workgroups,
      limits.maxWorkgroups * limits.maxWorkgroups,
    );
  }

  const bodyText = `${[...needs.wrappers].join("\n")}\n${functions.join("\n")}`;
  const { declarations, bindings } = declareBuffers(`${bodyText}\n${main.join("\n")}`, loops, targets.wide);
  const wgsl = [
    ...(inQuads ? ["enable subgroups;"] : []),
    declarations,
    leafClosure(needs.leaves),
    bodyText,
    `@compute @workgroup_size(${size})`,
    `fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lid: u32${
      inQuads ? ", @builtin(subgroup_invocation_id) lane: u32" : ""
    }) {`,
    ...(dispatch.single ? [] : ["  let block = i32(wid.x + wid.y * count.x);"]),
    ...main.map((line) => `  ${line}`),
    "}",
  ].join("\n");
  const explanation = explain(name, dispatch, made, workgroups, wgsl, targets.layout.fits.count ?? 1);
  return { name, wgsl, workgroups, bindings, explanation };
}

/**
 * Workgroups of a group, and how many items each thread takes: one, but where there would be very many workgroups. Not
 * where a thread keeps arrays, which it would have to empty in between.
 */
function gridOf(
  { stages }: ScheduledGroup,
  items: number,
  size: number,
  mostWorkgroups: number,
): { readonly blocks: number; readonly rounds: number } {
  const wanted = Math.ceil(items / size);
  const keepsArrays = stages.some(({ loop }) => loop.kind === "solve" || loop.kind === "scan");
  const rounds = keepsArrays ? 1 : Math.ceil(wanted / mostWorkgroups);
  return { blocks: Math.ceil(wanted / rounds), rounds };
}

/** Threads a workgroup, halved while there are too few workgroups for all cores. */
function workgroupSize({ levels }: Dispatch, { workgroupSize: most, fewestWorkgroups }: ScheduleOptions): number {
  const items = levels.flat().map((group) => sharingThreads(group) ?? itemsOf(group, group.tactics));
  let size = most;
  while (size > 4 && items.reduce((n, count) => n + Math.ceil(count / size), 0) < fewestWorkgroups) size /= 2;
  return size;
}

function declareBuffers(
  text: string,
  control: boolean,
  wide: ReadonlySet<BufferName>,
): { declarations: string; bindings: PlannedKernel["bindings"] } {
  const words = (buffer: BufferName): string => (wide.has(buffer) ? "array<vec4<u32>>" : "array<u32>");
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\[`).test(text);
  const lines: string[] = [];
  const bindings: { binding: number; buffer: BufferName }[] = [];
  const declare = (buffer: BufferName, declaration: string): void => {
    const binding = bindings.length;
    lines.push(`@group(0) @binding(${binding}) var${declaration};`);
    bindings.push({ binding, buffer });
  };
  if (control) {
    lines.push("struct Control { steps: u32, first: u32 }");
    declare("control", "<uniform> control: Control");
  }
  for (let i = 0; i < STORAGE_BINDINGS; i++) {
    if (uses(`data${i}`)) declare(`data${i}`, `<storage, read> data${i}: ${words(`data${i}`)}`);
  }
  if (uses("parameters")) declare("parameters", "<storage, read> parameters: array<u32>");
  if (uses("parameters4")) declare("parameters4", "<storage, read> parameters4: array<vec4<f32>>");
  if (uses("work")) declare("work", `<storage, read_write> work: ${words("work")}`);
  if (uses("work4")) declare("work4", "<storage, read_write> work4: array<vec4<f32>>");
  if (uses("trace")) declare("trace", "<storage, read_write> trace: array<u32>");
  return { declarations: lines.join("\n"), bindings };
}
