/** A planned program on a device: its buffers, what the host writes into them, and its submissions. */
import { compileEvaluator, type Evaluator, type Inputs } from "../cpu/interpreter.ts";
import { GraphError } from "../graph/errors.ts";
import { checkWrite, type Executable, type Explanation, type ProgramSpec, stepsOfFits } from "../graph/program.ts";
import type { DType } from "../graph/value.ts";
import type { GpuBuffer, GpuDevice, ReadRange } from "../webgpu/device.ts";
import type { Allocation } from "./arena.ts";
import { invertIndex } from "./csr.ts";
import type { Hoisted } from "./hoist.ts";
import type { BufferName, CsrPlace, Piece, Region } from "./inputs.ts";
import type { Plan } from "./plan.ts";
import { Uploads } from "./uploads.ts";
import { fromWords, joined, toWords } from "./words.ts";

/** Operations a dispatch may plan for: well under a browser's time limit even on a software adapter. */
const OPERATIONS_PER_DISPATCH = 2e8;
/** Workgroups that surely run side by side: of so many fits the operations of a dispatch are counted once. */
const SIDE_BY_SIDE = { software: 2, gpu: 32 } as const;
const MOST_STEPS_PER_DISPATCH = 1000;
/** Operations a submission may plan for, and how many may be under way before the host waits. */
const OPERATIONS_PER_SUBMIT = 4e8;
const SUBMITS_IN_FLIGHT = 4;

const STORAGE = 0x80;
const UNIFORM = 0x40;
const COPY_DST = 0x08;
const COPY_SRC = 0x04;

/** What the host has written of one fit, or of all. */
interface Written {
  readonly names: Set<string>;
  /** Data inputs as written, for what is computed from them on the host. */
  readonly data: Map<string, Float64Array>;
  /** Whether that has to be computed anew. */
  stale: boolean;
}

interface Derived {
  readonly hoisted: readonly Hoisted[];
  readonly evaluate: Evaluator | undefined;
}

const derived = (hoisted: readonly Hoisted[]): Derived => ({
  hoisted,
  evaluate: hoisted.length === 0 ? undefined : compileEvaluator(hoisted.map((h) => h.expression)),
});

export class GpuExecutable implements Executable {
  readonly #buffers = new Map<BufferName, GpuBuffer>();
  readonly #bindGroups = new Map<number, GPUBindGroup>();
  readonly #uploads: Uploads;
  /** What all fits share, or the only one has. */
  readonly #common: Written = { names: new Set(), data: new Map(), stale: true };
  /** What each of many fits has for itself. */
  readonly #own: readonly Written[];
  /** What is computed on the host from data: once for all fits, and for each from its own. */
  readonly #derived: { readonly common: Derived; readonly own: Derived };
  #lastSteps: Uint32Array = new Uint32Array(0);
  #traceCapacity = 0;
  #disposed = false;

  private constructor(
    readonly spec: ProgramSpec,
    readonly device: GpuDevice,
    readonly plan: Plan,
    readonly pipelines: readonly GPUComputePipeline[],
  ) {
    const isOwn = ({ input: { op } }: Hoisted): boolean =>
      op.kind === "input" && (plan.inputs.get(op.name)?.stride ?? 0) > 0;
    const { hoisted } = plan.schedule;
    this.#derived = { common: derived(hoisted.filter((h) => !isOwn(h))), own: derived(hoisted.filter(isOwn)) };
    this.#uploads = new Uploads(device);
    this.#own = Array.from({ length: spec.fits ?? 0 }, () => ({ names: new Set(), data: new Map(), stale: true }));
  }

  static async create(spec: ProgramSpec, device: GpuDevice, plan: Plan): Promise<GpuExecutable> {
    const pipelines = await device.createPipelines(plan.kernels.map(({ name, wgsl }) => ({ name, wgsl })));
    const made = new GpuExecutable(spec, device, plan, pipelines);
    try {
      for (const [name, bytes] of plan.bufferBytes) {
        if (bytes === 0) continue;
        const usage = STORAGE | COPY_DST | (name === "work" || name === "work4" ? COPY_SRC : 0);
        made.#buffers.set(name, await device.allocate(`${spec.name}: ${name}`, bytes, usage));
      }
      made.#buffers.set("control", await device.allocate(`${spec.name}: control`, 16, UNIFORM | COPY_DST));
    } catch (error) {
      made.dispose();
      throw error;
    }
    return made;
  }

  hasInput(name: string): boolean {
    return this.plan.schedule.inputs.has(name);
  }

  write(name: string, values: ArrayLike<number>, fit?: number): void {
    this.#alive();
    const input = this.plan.schedule.inputs.get(name);
    if (input === undefined) throw new GraphError(`program "${this.spec.name}": there is no input "${name}"`);
    checkWrite(this.spec, name, input.size, values.length, fit);
    const op = input.op;
    if (op.kind !== "input") return;
    const words = toWords(values, input.dtype);
    const place = op.role === "state" ? regionOf(this.plan.work.places.get(input)!) : this.plan.inputs.get(name);
    const csr = this.plan.csr.filter(({ index }) => index === input);
    for (const [k, written] of this.#writtenBy(name, fit)) {
      written.names.add(name);
      if (op.role === "data") {
        written.data.set(name, Float64Array.from(values));
        written.stale = true;
        if (written === this.#common) for (const own of this.#own) own.stale = true;
      }
      if (place !== undefined) this.#upload(place, words, k);
      for (const each of csr) this.#uploadCsr(each, values, k);
    }
  }

  /** Where it is kept what has been written of a fit's input, or of all fits'. */
  #writtenBy(name: string, fit: number | undefined): (readonly [number, Written])[] {
    if (this.spec.fits === undefined || this.spec.shared?.has(name)) return [[0, this.#common]];
    return fit === undefined ? [...this.#own.entries()] : [[fit, this.#own[fit]!]];
  }

  async run(steps: number | ArrayLike<number> = 1): Promise<void> {
    this.#alive();
    const counts = stepsOfFits(this.spec, steps);
    // The fits with most steps come first: those still running are always the first so many.
    const order = [...counts.keys()].filter((fit) => counts[fit]! > 0).sort((a, b) => counts[b]! - counts[a]!);
    const most = order.length === 0 ? 0 : counts[order[0]!]!;
    this.#lastSteps = counts;
    for (const fit of order) this.#prepare(fit);
    this.#prepareTrace(most);
    this.#prepareSlots(order, counts);
    this.#uploads.flush();
    const { resident } = this.plan.schedule;
    const perSubmit = resident ? this.#stepsPerDispatch(order.length) : this.#stepsPerSubmit(order.length);
    let inFlight = 0;
    let running = order.length;
    for (let done = 0; done < most; ) {
      const now = Math.min(perSubmit, most - done);
      if (resident) this.device.write(this.#buffers.get("control")!, 0, new Uint32Array([now, done, 0, 0]));
      const encoder = this.device.raw.createCommandEncoder({ label: this.spec.name });
      const pass = encoder.beginComputePass();
      for (let step = 0; step < (resident ? 1 : now); step++) {
        while (counts[order[running - 1]!]! <= done + step) running--;
        this.#encodeStep(pass, running);
      }
      pass.end();
      this.device.submit(encoder);
      done += now;
      if (++inFlight >= SUBMITS_IN_FLIGHT && done < most) {
        await this.device.queue.onSubmittedWorkDone();
        inFlight = 0;
      }
    }
  }

  /** Of a resident program with so many fits. */
  #stepsPerDispatch(fits: number): number {
    const together = SIDE_BY_SIDE[this.device.isSoftware ? "software" : "gpu"];
    const cost = Math.max(1, this.plan.schedule.operations) * Math.max(1, fits / together);
    return clamp(Math.floor(OPERATIONS_PER_DISPATCH / cost), 1, MOST_STEPS_PER_DISPATCH);
  }

  /** Of a program whose steps are dispatches. */
  #stepsPerSubmit(fits: number): number {
    const cost = Math.max(1, this.plan.schedule.operations) * fits;
    return clamp(Math.floor(OPERATIONS_PER_SUBMIT / cost), 1, 256);
  }

  async read(names: readonly string[], fits?: readonly number[]): Promise<Record<string, Float64Array>> {
    this.#alive();
    this.#uploads.flush();
    const rows = fits ?? Array.from({ length: this.spec.fits ?? 1 }, (_, fit) => fit);
    const first = rows.reduce((a, b) => Math.min(a, b), rows[0] ?? 0);
    const last = rows.reduce((a, b) => Math.max(a, b), first);
    const parts = names.map((name) => this.#partOf(name, first, last));
    const data = await this.device.readBuffers(parts.map((part) => part.range));
    const result: Record<string, Float64Array> = {};
    names.forEach((name, i) => {
      const { dtype, words, stride, trace } = parts[i]!;
      const all = new Uint32Array(data[i]!);
      const found =
        trace === undefined
          ? joined(rows.map((fit) => all.subarray((fit - first) * stride, (fit - first) * stride + words)))
          : undefined;
      result[name] = found === undefined ? this.#traceOf(all, trace!, dtype, rows) : fromWords(found, dtype);
    });
    return result;
  }

  /** One trace of some fits, each as long as the longest of the run. */
  #traceOf(words: Uint32Array, trace: number, dtype: DType, rows: readonly number[]): Float64Array {
    const counts = this.#lastSteps;
    const [fits, width] = [counts.length, this.plan.traces.length];
    const most = counts.reduce((a, b) => Math.max(a, b), 0);
    const found = new Float64Array(rows.length * most).fill(Number.NaN);
    rows.forEach((fit, row) => {
      const column = Uint32Array.from(
        { length: counts[fit]! },
        (_, step) => words[(step * fits + fit) * width + trace]!,
      );
      found.set(fromWords(column, dtype), row * most);
    });
    return found;
  }

  explain(): Explanation {
    const { schedule, kernels, bufferBytes, work } = this.plan;
    const fits = this.spec.fits ?? 1;
    const perDispatch = this.#stepsPerDispatch(fits);
    const stepsPerDispatch = schedule.resident ? perDispatch : 1;
    const total = [...bufferBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return {
      dispatchesPerStep: schedule.resident ? 1 / perDispatch : kernels.length,
      stepsPerDispatch,
      peakBytes: total + this.#traceCapacity * 4 + 16,
      buffers: [...work.places].map(([value, { words }]) => ({
        name: value.op.kind === "input" ? value.op.name : value.op.kind,
        axes: value.axes.map((axis) => axis.name),
        bytes: fits * words * 4,
      })),
      kernels: kernels.map((kernel) => kernel.explanation),
    };
  }

  dispose(): void {
    this.#disposed = true;
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
    this.#bindGroups.clear();
  }

  #alive(): void {
    if (this.#disposed) throw new GraphError(`program "${this.spec.name}" has been disposed`);
  }

  /** Checks that a fit has all its inputs, and computes what follows from its data. */
  #prepare(fit: number): void {
    const own = this.#own[fit] ?? this.#common;
    for (const name of this.plan.schedule.inputs.keys()) {
      if (own.names.has(name) || this.#common.names.has(name)) continue;
      const where = this.#own.length === 0 ? "" : ` for fit ${fit}`;
      throw new GraphError(`program "${this.spec.name}": input "${name}" has no values yet${where}`);
    }
    this.#derive(this.#common, this.#common.data, this.#derived.common, 0);
    if (own !== this.#common) {
      this.#derive(own, new Map([...this.#common.data, ...own.data]), this.#derived.own, fit);
    }
  }

  #derive(written: Written, data: Inputs, { hoisted, evaluate }: Derived, fit: number): void {
    if (!written.stale) return;
    written.stale = false;
    const values = evaluate?.(data) ?? [];
    hoisted.forEach(({ input }, i) => {
      const op = input.op;
      const place = op.kind === "input" ? this.plan.inputs.get(op.name) : undefined;
      if (place !== undefined) this.#upload(place, toWords(values[i]!, input.dtype), fit);
      for (const csr of this.plan.csr) if (csr.index === input) this.#uploadCsr(csr, values[i]!, fit);
    });
  }

  #uploadCsr(csr: CsrPlace, values: ArrayLike<number>, fit: number): void {
    const { starts, rows } = invertIndex(values, csr.groups);
    this.#upload(csr.starts, starts, fit);
    this.#upload(csr.rows, rows, fit);
  }

  /** The array of one fit (of all, where they share it) into its region, which may be cut over several buffers. */
  #upload({ pieces, stride }: Region, words: Uint32Array<ArrayBuffer>, fit: number): void {
    const start = fit * stride;
    let before = 0;
    for (const { buffer, offset, words: length } of pieces) {
      const [from, to] = [Math.max(start, before), Math.min(start + words.length, before + length)];
      if (from < to) {
        const part = words.subarray(from - start, to - start);
        const target = this.#buffers.get(buffer)!;
        // What is large and seldom written need not wait.
        if (stride === 0 && buffer.startsWith("data")) this.device.write(target, 4 * (offset + from - before), part);
        else this.#uploads.add(target, offset + from - before, part);
      }
      before += length;
    }
  }

  #prepareTrace(steps: number): void {
    const count = this.plan.traces.length;
    if (count === 0) return;
    const fits = this.spec.fits ?? 1;
    const words = fits * (1 + steps * count);
    if (words > this.#traceCapacity) {
      this.#buffers.get("trace")?.destroy();
      this.#traceCapacity = Math.max(words, 2 * this.#traceCapacity);
      const usage = STORAGE | COPY_SRC | COPY_DST;
      this.#buffers.set("trace", this.device.createBuffer(`${this.spec.name}: trace`, this.#traceCapacity * 4, usage));
      this.#bindGroups.clear();
    }
    this.device.write(this.#buffers.get("trace")!, 0, new Uint32Array(fits));
  }

  /** Tells the workgroups of many fits which fit is theirs, and how many steps it takes. */
  #prepareSlots(order: readonly number[], counts: Uint32Array): void {
    const { slots } = this.plan;
    if (slots === null || order.length === 0) return;
    const table = Uint32Array.from(order.flatMap((fit) => [fit, counts[fit]!]));
    this.device.write(this.#buffers.get(slots.buffer)!, 4 * slots.offset, table);
  }

  #encodeStep(pass: GPUComputePassEncoder, fits: number): void {
    this.plan.kernels.forEach((kernel, i) => {
      pass.setPipeline(this.pipelines[i]!);
      pass.setBindGroup(0, this.#bindGroup(i));
      const most = this.device.limits.maxComputeWorkgroupsPerDimension;
      const rows = Math.ceil(kernel.workgroups / most);
      pass.dispatchWorkgroups(Math.ceil(kernel.workgroups / rows), rows, fits);
    });
  }

  #bindGroup(i: number): GPUBindGroup {
    const known = this.#bindGroups.get(i);
    if (known !== undefined) return known;
    const entries = this.plan.kernels[i]!.bindings.map(({ binding, buffer }) => ({
      binding,
      resource: { buffer: this.#buffers.get(buffer)!.raw },
    }));
    const made = this.device.raw.createBindGroup({ layout: this.pipelines[i]!.getBindGroupLayout(0), entries });
    this.#bindGroups.set(i, made);
    return made;
  }

  /** The range of a buffer with the values of some fits, first to last. */
  #partOf(name: string, first: number, last: number): ReadPart {
    const trace = this.plan.traces.indexOf(name);
    if (trace >= 0) {
      const fits = this.#lastSteps.length;
      const most = this.#lastSteps.reduce((a, b) => Math.max(a, b), 0);
      const bytes = 4 * most * fits * this.plan.traces.length;
      const range = { buffer: this.#buffers.get("trace")!, offset: 4 * fits, bytes };
      return { range, dtype: this.spec.trace![name]!.dtype, words: 0, stride: 0, trace };
    }
    const value = this.plan.schedule.outputs.get(name) ?? this.plan.schedule.inputs.get(name);
    const place = value === undefined ? undefined : this.plan.work.places.get(value);
    if (value === undefined || place === undefined) {
      throw new GraphError(`program "${this.spec.name}": nothing to read by the name "${name}"`);
    }
    const { words, stride } = place;
    const { buffer, offset } = pieceOf(place);
    const range = {
      buffer: this.#buffers.get(buffer)!,
      offset: 4 * (offset + first * stride),
      bytes: 4 * ((last - first) * stride + words),
    };
    // Vector places hold floats, bools as 0 or 1.
    return { range, dtype: place.arena === "vector" ? "f32" : value.dtype, words, stride };
  }
}

interface ReadPart {
  readonly range: ReadRange;
  readonly dtype: DType;
  readonly words: number;
  readonly stride: number;
  /** Which of the traces it is. */
  readonly trace?: number;
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

const pieceOf = ({ arena, offset, words }: Allocation): Piece => ({
  buffer: arena === "vector" ? "work4" : "work",
  offset,
  words,
});

const regionOf = (place: Allocation): Region => ({
  pieces: [{ ...pieceOf(place), words: Number.POSITIVE_INFINITY }],
  stride: place.stride,
});
