/** A planned program on a device: its buffers, what the host writes into them, and its submissions. */
import { compileEvaluator, type Evaluator } from "../cpu/interpreter.ts";
import { GraphError } from "../graph/errors.ts";
import type { Executable, Explanation, ProgramSpec } from "../graph/program.ts";
import type { DType } from "../graph/value.ts";
import type { GpuBuffer, GpuDevice, ReadRange } from "../webgpu/device.ts";
import type { Allocation } from "./arena.ts";
import { invertIndex } from "./csr.ts";
import type { BufferName, CsrPlace, InputPlace, Plan } from "./plan.ts";

/** Operations a dispatch may plan for: well under a browser's time limit even on a software adapter. */
const OPERATIONS_PER_DISPATCH = 2e8;
const MOST_STEPS_PER_DISPATCH = 1000;
/** Operations a submission may plan for, and how many may be under way before the host waits. */
const OPERATIONS_PER_SUBMIT = 4e8;
const SUBMITS_IN_FLIGHT = 4;

const STORAGE = 0x80;
const UNIFORM = 0x40;
const COPY_DST = 0x08;
const COPY_SRC = 0x04;

export class GpuExecutable implements Executable {
  readonly #buffers = new Map<BufferName, GpuBuffer>();
  readonly #bindGroups = new Map<number, GPUBindGroup>();
  readonly #written = new Set<string>();
  /** Data inputs as written, for what is computed from them on the host. */
  readonly #data = new Map<string, Float64Array>();
  readonly #deriver: Evaluator | undefined;
  #stale = true;
  #lastSteps = 0;
  #traceCapacity = 0;
  #disposed = false;

  private constructor(
    readonly spec: ProgramSpec,
    readonly device: GpuDevice,
    readonly plan: Plan,
    readonly pipelines: readonly GPUComputePipeline[],
  ) {
    const { hoisted } = plan.schedule;
    if (hoisted.length > 0) this.#deriver = compileEvaluator(hoisted.map((h) => h.expression));
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

  write(name: string, values: ArrayLike<number>): void {
    this.#alive();
    const input = this.plan.schedule.inputs.get(name);
    if (input === undefined) throw new GraphError(`program "${this.spec.name}": there is no input "${name}"`);
    if (values.length !== input.size) {
      throw new GraphError(
        `program "${this.spec.name}": input "${name}" takes ${input.size} values, got ${values.length}`,
      );
    }
    this.#written.add(name);
    const op = input.op;
    if (op.kind !== "input") return;
    if (op.role === "data") {
      this.#data.set(name, Float64Array.from(values));
      this.#stale = true;
    }
    if (op.role === "state") {
      const place = this.plan.work.places.get(input)!;
      this.#upload(pieceOf(place), toWords(values, input.dtype));
      return;
    }
    const place = this.plan.inputs.get(name);
    if (place !== undefined) this.#uploadInput(place, values);
    for (const csr of this.plan.csr) if (csr.index === input) this.#uploadCsr(csr, values);
  }

  async run(steps = 1): Promise<void> {
    this.#alive();
    this.#checkWritten();
    this.#derive();
    this.#prepareTrace(steps);
    this.#lastSteps = steps;
    const { operations, resident } = this.plan.schedule;
    const cost = Math.max(1, operations);
    const perDispatch = resident ? clamp(Math.floor(OPERATIONS_PER_DISPATCH / cost), 1, MOST_STEPS_PER_DISPATCH) : 1;
    const perSubmit = resident ? perDispatch : clamp(Math.floor(OPERATIONS_PER_SUBMIT / cost), 1, 256);
    let inFlight = 0;
    for (let done = 0; done < steps; ) {
      const now = Math.min(perSubmit, steps - done);
      if (resident) this.device.write(this.#buffers.get("control")!, 0, new Uint32Array([now, 0, 0, 0]));
      const encoder = this.device.raw.createCommandEncoder({ label: this.spec.name });
      const pass = encoder.beginComputePass();
      for (let step = 0; step < (resident ? 1 : now); step++) this.#encodeStep(pass);
      pass.end();
      this.device.submit(encoder);
      done += now;
      if (++inFlight >= SUBMITS_IN_FLIGHT && done < steps) {
        await this.device.queue.onSubmittedWorkDone();
        inFlight = 0;
      }
    }
  }

  async read(names: readonly string[]): Promise<Record<string, Float64Array>> {
    this.#alive();
    const parts = names.map((name) => this.#partOf(name));
    const ranges = parts.map((part) => part.range);
    const data = await this.device.readBuffers(ranges);
    const result: Record<string, Float64Array> = {};
    names.forEach((name, i) => {
      const { dtype, trace } = parts[i]!;
      const words = new Uint32Array(data[i]!);
      if (trace === undefined) result[name] = fromWords(words, dtype);
      else {
        const count = this.plan.traces.length;
        const column = Uint32Array.from({ length: this.#lastSteps }, (_, s) => words[s * count + trace]!);
        result[name] = fromWords(column, dtype);
      }
    });
    return result;
  }

  explain(): Explanation {
    const { schedule, kernels, bufferBytes, work } = this.plan;
    const cost = Math.max(1, schedule.operations);
    const perDispatch = clamp(Math.floor(OPERATIONS_PER_DISPATCH / cost), 1, MOST_STEPS_PER_DISPATCH);
    const stepsPerDispatch = schedule.resident ? perDispatch : 1;
    const total = [...bufferBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    return {
      dispatchesPerStep: schedule.resident ? 1 / perDispatch : kernels.length,
      stepsPerDispatch,
      peakBytes: total + this.#traceCapacity * 4 + 16,
      buffers: [...work.places].map(([value, { words }]) => ({
        name: value.op.kind === "input" ? value.op.name : value.op.kind,
        axes: value.axes.map((axis) => axis.name),
        bytes: words * 4,
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

  #checkWritten(): void {
    for (const name of this.plan.schedule.inputs.keys()) {
      if (!this.#written.has(name))
        throw new GraphError(`program "${this.spec.name}": input "${name}" has no values yet`);
    }
  }

  #derive(): void {
    if (!this.#stale) return;
    this.#stale = false;
    if (this.#deriver === undefined) return;
    const values = this.#deriver(this.#data);
    this.plan.schedule.hoisted.forEach(({ input }, i) => {
      const op = input.op;
      const place = op.kind === "input" ? this.plan.inputs.get(op.name) : undefined;
      if (place !== undefined) this.#uploadInput(place, values[i]!);
      for (const csr of this.plan.csr) if (csr.index === input) this.#uploadCsr(csr, values[i]!);
    });
  }

  #uploadCsr(csr: CsrPlace, values: ArrayLike<number>): void {
    const { starts, rows } = invertIndex(values, csr.groups);
    this.#uploadPieces(csr.starts, starts);
    this.#uploadPieces(csr.rows, rows);
  }

  #uploadInput(place: InputPlace, values: ArrayLike<number>): void {
    this.#uploadPieces(place.pieces, toWords(values, place.value.dtype));
  }

  #uploadPieces(pieces: InputPlace["pieces"], words: Uint32Array<ArrayBuffer>): void {
    let from = 0;
    for (const piece of pieces) {
      this.#upload(piece, words.subarray(from, from + piece.words));
      from += piece.words;
    }
  }

  #upload(piece: InputPlace["pieces"][number], words: Uint32Array<ArrayBuffer>): void {
    this.device.write(this.#buffers.get(piece.buffer)!, piece.offset * 4, words);
  }

  #prepareTrace(steps: number): void {
    const count = this.plan.traces.length;
    if (count === 0) return;
    const words = 1 + steps * count;
    if (words > this.#traceCapacity) {
      this.#buffers.get("trace")?.destroy();
      this.#traceCapacity = Math.max(words, 2 * this.#traceCapacity);
      const usage = STORAGE | COPY_SRC | COPY_DST;
      this.#buffers.set("trace", this.device.createBuffer(`${this.spec.name}: trace`, this.#traceCapacity * 4, usage));
      this.#bindGroups.clear();
    }
    this.device.write(this.#buffers.get("trace")!, 0, new Uint32Array([0]));
  }

  #encodeStep(pass: GPUComputePassEncoder): void {
    this.plan.kernels.forEach((kernel, i) => {
      pass.setPipeline(this.pipelines[i]!);
      pass.setBindGroup(0, this.#bindGroup(i));
      const most = this.device.limits.maxComputeWorkgroupsPerDimension;
      const rows = Math.ceil(kernel.workgroups / most);
      pass.dispatchWorkgroups(Math.ceil(kernel.workgroups / rows), rows);
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

  #partOf(name: string): { range: ReadRange; dtype: DType; trace?: number } {
    const trace = this.plan.traces.indexOf(name);
    if (trace >= 0) {
      const bytes = 4 * this.#lastSteps * this.plan.traces.length;
      return {
        range: { buffer: this.#buffers.get("trace")!, offset: 4, bytes },
        dtype: this.spec.trace![name]!.dtype,
        trace,
      };
    }
    const value = this.plan.schedule.outputs.get(name) ?? this.plan.schedule.inputs.get(name);
    const place = value === undefined ? undefined : this.plan.work.places.get(value);
    if (value === undefined || place === undefined) {
      throw new GraphError(`program "${this.spec.name}": nothing to read by the name "${name}"`);
    }
    const piece = pieceOf(place);
    const buffer = this.#buffers.get(piece.buffer)!;
    // Vector places hold floats, bools as 0 or 1.
    const dtype = place.arena === "vector" ? "f32" : value.dtype;
    return { range: { buffer, offset: piece.offset * 4, bytes: piece.words * 4 }, dtype };
  }
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

const pieceOf = ({ arena, offset, words }: Allocation): InputPlace["pieces"][number] => ({
  buffer: arena === "vector" ? "work4" : "work",
  offset,
  words,
});

function toWords(values: ArrayLike<number>, dtype: DType): Uint32Array<ArrayBuffer> {
  if (dtype === "f32") return new Uint32Array(Float32Array.from(values).buffer);
  if (dtype === "i32") return new Uint32Array(Int32Array.from(values).buffer);
  return Uint32Array.from(values);
}

function fromWords(words: Uint32Array<ArrayBuffer>, dtype: DType): Float64Array {
  if (dtype === "f32") return Float64Array.from(new Float32Array(words.buffer, words.byteOffset, words.length));
  if (dtype === "i32") return Float64Array.from(new Int32Array(words.buffer, words.byteOffset, words.length));
  return Float64Array.from(words);
}
