/// <reference types="@webgpu/types" preserve="true" />
import { ElbowError } from "../graph/errors.ts";
import {
  describeAdapter,
  type GpuLimits,
  type GpuOpenOptions,
  inQuads,
  isSoftwareAdapter,
  requestGpu,
} from "./adapter.ts";
import {
  DeviceLostError,
  formatBytes,
  GpuValidationError,
  MemoryPlanError,
  OutOfMemoryError,
  ShaderCompilationError,
  type ShaderMessage,
} from "./errors.ts";
import { Recent } from "./recent.ts";
import { StagingPool } from "./staging.ts";

export type { GpuLimits, GpuOpenOptions } from "./adapter.ts";

/** Compiled kernels kept for later: those of some hundred programs. A program keeps its own. */
const MOST_PIPELINES = 1024;

/** One kernel to compile. `name` is what errors call it. */
export interface KernelSource {
  readonly name: string;
  readonly wgsl: string;
  readonly entryPoint?: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Default: derived from the shader ("auto"). */
  readonly layout?: GPUPipelineLayout;
}

/** A buffer the device keeps count of until `destroy()`. */
export class GpuBuffer {
  #onDestroy: (() => void) | undefined;

  constructor(
    readonly label: string,
    /** Size in bytes, a multiple of 4. */
    readonly bytes: number,
    readonly raw: GPUBuffer,
    onDestroy: () => void,
  ) {
    this.#onDestroy = onDestroy;
  }

  get destroyed(): boolean {
    return this.#onDestroy === undefined;
  }

  /** Frees the memory; a second call does nothing. */
  destroy(): void {
    const onDestroy = this.#onDestroy;
    if (!onDestroy) return;
    this.#onDestroy = undefined;
    this.raw.destroy();
    onDestroy();
  }
}

/** A range of a buffer to read back; `offset` and `bytes` are in bytes, `offset` a multiple of 4. */
export interface ReadRange {
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** A WebGPU device: limits, tracked buffers, compiled kernels, submission and read-back, with typed errors. */
export class GpuDevice {
  readonly kind = "gpu";
  readonly queue: GPUQueue;
  readonly limits: GpuLimits;
  readonly features: ReadonlySet<string>;
  /** One line for people: which adapter, and whether it is software. */
  readonly description: string;
  /** True where "GPU" work runs on the CPU. */
  readonly isSoftware: boolean;
  /** True where the threads of a subgroup are four, and can exchange values. */
  readonly hasQuads: boolean;
  /** Settles when the device is lost or disposed; never rejects. */
  readonly lost: Promise<DeviceLostError>;

  #loss: { reason: "unknown" | "destroyed" | "disposed"; detail: string } | undefined;
  #uncaptured: Error | undefined;
  readonly #live = new Set<GpuBuffer>();
  #liveBytes = 0;
  readonly #staging: StagingPool;
  readonly #pipelines = new Recent<string, Promise<GPUComputePipeline>>(MOST_PIPELINES);
  readonly #layoutIds = new WeakMap<GPUPipelineLayout, number>();
  #layoutCount = 0;

  private constructor(
    /** Held for as long as the device: Node's bindings crash when their instance is collected first. */
    readonly gpu: GPU,
    readonly raw: GPUDevice,
    info: GPUAdapterInfo,
    limits: GpuLimits,
  ) {
    this.queue = raw.queue;
    this.features = raw.features;
    this.isSoftware = isSoftwareAdapter(info);
    this.hasQuads = inQuads(raw.features, info);
    this.description = describeAdapter(info);
    this.limits = limits;
    this.#staging = new StagingPool(raw, limits.maxBufferSize);
    this.lost = raw.lost.then((info) => {
      this.#loss ??= { reason: info.reason, detail: info.message };
      return this.#lossError("device");
    });
    raw.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#uncaptured ??= toTypedError("an earlier call", (event as GPUUncapturedErrorEvent).error);
    });
  }

  /** Opens the most capable adapter of `gpu` (`navigator.gpu`, or Node's from `elbow-gpu/node`). */
  static async open(gpu: GPU, options: GpuOpenOptions = {}): Promise<GpuDevice> {
    const { device, info, limits } = await requestGpu(gpu, options);
    return new GpuDevice(gpu, device, info, limits);
  }

  /** Bytes of all buffers created here and not yet destroyed. Read-back staging is not counted: it is bounded. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  get liveBuffers(): number {
    return this.#live.size;
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** A zeroed buffer of at least `bytes` bytes. A failed allocation shows later; see `allocate`. */
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GpuBuffer {
    this.#check(label);
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    if (size > this.limits.maxBufferSize) {
      throw new MemoryPlanError(`buffer "${label}"`, "largest buffer", size, this.limits.maxBufferSize);
    }
    const raw = this.raw.createBuffer({ label, size, usage });
    const buffer = new GpuBuffer(label, size, raw, () => {
      this.#live.delete(buffer);
      this.#liveBytes -= size;
    });
    this.#live.add(buffer);
    this.#liveBytes += size;
    return buffer;
  }

  /** As `createBuffer`, and waits to know that the memory is there: throws `OutOfMemoryError` if not. */
  async allocate(label: string, bytes: number, usage: GPUBufferUsageFlags): Promise<GpuBuffer> {
    const created: GpuBuffer[] = [];
    try {
      return await this.guard(`buffer "${label}" of ${formatBytes(bytes)}`, () => {
        const buffer = this.createBuffer(label, bytes, usage);
        created.push(buffer);
        return buffer;
      });
    } catch (error) {
      for (const buffer of created) buffer.destroy();
      throw error;
    }
  }

  /** Copies host data to `buffer` at `offset` bytes (a multiple of 4; so must be the data's size). */
  write(buffer: GpuBuffer, offset: number, data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    this.#check(buffer.label);
    this.queue.writeBuffer(buffer.raw, offset, data);
  }

  /**
   * Compiles kernels, all at once and off the main thread, in the order given. Equal text is compiled once: the
   * device keeps the 1024 pipelines asked for last. Throws the first kernel's `ShaderCompilationError` or `GpuValidationError`.
   */
  async createPipelines(sources: readonly KernelSource[]): Promise<GPUComputePipeline[]> {
    this.#check(sources[0]?.name ?? "createPipelines");
    const compiling = sources.map((source) => {
      const key = this.#pipelineKey(source);
      let pipeline = this.#pipelines.get(key);
      if (!pipeline) {
        pipeline = this.#compile(source);
        this.#pipelines.set(key, pipeline);
        // A failure is not remembered: the next asker has its own kernel name to report.
        pipeline.catch(() => this.#pipelines.delete(key));
      }
      return pipeline;
    });
    const settled = await Promise.allSettled(compiling);
    // A lost device hands out hollow pipelines without complaint.
    if (this.#loss) throw this.#lossError(sources[0]?.name ?? "createPipelines");
    return settled.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
  }

  /** Finishes and submits the encoders, in order. */
  submit(...encoders: readonly GPUCommandEncoder[]): void {
    this.#check(encoders[0]?.label || "submit");
    this.queue.submit(encoders.map((encoder) => encoder.finish()));
  }

  /**
   * Runs `fn` and waits for WebGPU's verdict on the calls it made: throws `GpuValidationError`, `OutOfMemoryError` or
   * `DeviceLostError` naming `label`. `fn` must be synchronous: error scopes of interleaved tasks would mix.
   */
  async guard<T>(label: string, fn: () => T extends PromiseLike<unknown> ? never : T): Promise<T> {
    this.#check(label);
    const filters = ["internal", "out-of-memory", "validation"] as const;
    for (const filter of filters) this.raw.pushErrorScope(filter);
    let scopes: Promise<GPUError | null>[];
    let value: T;
    try {
      value = fn();
    } finally {
      scopes = filters.map(() => this.raw.popErrorScope());
      for (const scope of scopes) scope.catch(() => {});
    }
    const errors = await Promise.all(scopes).catch((cause) => this.#rethrow(label, cause));
    // After an out-of-memory the invalid buffer also fails validation: report the cause, not the consequence.
    const [validation, memory, internal] = errors;
    const error = memory ?? internal ?? validation;
    if (error) throw toTypedError(label, error);
    if (this.#loss) throw this.#lossError(label);
    return value;
  }

  /** Reads `bytes` bytes of `buffer` (usage COPY_SRC) from `offset`, after everything submitted so far. */
  async readBuffer(buffer: GpuBuffer, offset = 0, bytes = buffer.bytes - offset): Promise<ArrayBuffer> {
    const [data] = await this.readBuffers([{ buffer, offset, bytes }]);
    return data!;
  }

  /** Reads several ranges with one submission and one wait. The copy is taken now: later submissions do not affect it. */
  async readBuffers(ranges: readonly ReadRange[]): Promise<ArrayBuffer[]> {
    const where = `reading ${ranges.map(({ buffer }) => `"${buffer.label}"`).join(", ")}`;
    this.#check(where);
    const places: number[] = [];
    let total = 0;
    for (const { bytes } of ranges) {
      places.push(total);
      total += Math.ceil(bytes / 4) * 4;
    }
    if (total === 0) return ranges.map(() => new ArrayBuffer(0));
    const staging = this.#staging.take(total);
    try {
      const copied = this.guard(where, () => {
        const encoder = this.raw.createCommandEncoder({ label: where });
        ranges.forEach(({ buffer, offset, bytes }, i) => {
          const size = Math.ceil(bytes / 4) * 4;
          if (size > 0) encoder.copyBufferToBuffer(buffer.raw, offset, staging, places[i]!, size);
        });
        this.queue.submit([encoder.finish()]);
      });
      const [data] = await Promise.all([this.#staging.read(staging, total), copied]);
      this.#check(where);
      this.#staging.giveBack(staging);
      return ranges.map(({ bytes }, i) => data.slice(places[i]!, places[i]! + bytes));
    } catch (cause) {
      staging.destroy();
      return this.#rethrow(where, cause);
    }
  }

  /** Destroys every buffer and the device. Whatever is pending fails with `DeviceLostError`. */
  dispose(): void {
    if (this.#loss?.reason === "disposed") return;
    this.#loss = { reason: "disposed", detail: "" };
    for (const buffer of [...this.#live]) buffer.destroy();
    this.#staging.dispose();
    this.#pipelines.clear();
    this.raw.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    await this.lost;
  }

  /** Throws what is already known to be wrong with the device, blaming no later call for an earlier one's error. */
  #check(where: string): void {
    if (this.#loss) throw this.#lossError(where);
    const error = this.#uncaptured;
    if (error) {
      this.#uncaptured = undefined;
      throw error;
    }
  }

  #lossError(where: string, options?: ErrorOptions): DeviceLostError {
    const { reason, detail } = this.#loss ?? { reason: "unknown" as const, detail: "" };
    return new DeviceLostError(reason, where, detail, options);
  }

  /** Gives a failed WebGPU call its typed error; a loss explains every other failure. */
  async #rethrow(where: string, cause: unknown): Promise<never> {
    // The loss event may arrive a turn after the failures it causes.
    if (!this.#loss) await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, 10))]);
    if (this.#loss && !(cause instanceof DeviceLostError)) throw this.#lossError(where, { cause });
    throw toTypedError(where, cause);
  }

  #pipelineKey({ wgsl, entryPoint = "main", constants, layout }: KernelSource): string {
    let layoutId = 0;
    if (layout) {
      layoutId = this.#layoutIds.get(layout) ?? ++this.#layoutCount;
      this.#layoutIds.set(layout, layoutId);
    }
    return JSON.stringify([entryPoint, constants ?? {}, layoutId, wgsl]);
  }

  async #compile({ name, wgsl, entryPoint = "main", constants, layout }: KernelSource): Promise<GPUComputePipeline> {
    this.raw.pushErrorScope("validation");
    const module = this.raw.createShaderModule({ label: name, code: wgsl });
    const scope = this.raw.popErrorScope();
    // Started before the verdict on the module is in, so that all kernels compile side by side.
    const pipeline = this.raw.createComputePipelineAsync({
      label: name,
      layout: layout ?? "auto",
      compute: { module, entryPoint, ...(constants && { constants: { ...constants } }) },
    });
    pipeline.catch(() => {});
    try {
      const [invalid, info] = await Promise.all([scope, module.getCompilationInfo()]);
      const messages: ShaderMessage[] = info.messages
        .filter(({ type }) => type === "error")
        .map(({ type, message, lineNum, linePos }) => ({ type, message, line: lineNum, column: linePos }));
      if (messages.length > 0) throw new ShaderCompilationError(name, messages, wgsl);
      if (invalid) {
        const message = { type: "error", message: invalid.message, line: 0, column: 0 } as const;
        throw new ShaderCompilationError(name, [message], wgsl);
      }
      return await pipeline;
    } catch (cause) {
      if (cause instanceof ShaderCompilationError) throw cause;
      return this.#rethrow(`kernel "${name}"`, cause);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error || (typeof error === "object" && error !== null && "message" in error)
    ? String(error.message)
    : String(error);
}

/** WebGPU tells kinds of errors apart by class name alone, and the classes are not global in Node. */
function toTypedError(where: string, error: unknown): Error {
  if (error instanceof ElbowError) return error;
  const kind = (error as object | null)?.constructor?.name ?? "";
  const options = { cause: error };
  if (kind === "GPUOutOfMemoryError") return new OutOfMemoryError(where, messageOf(error), options);
  return new GpuValidationError(where, messageOf(error), options);
}
