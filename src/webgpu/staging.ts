/// <reference types="@webgpu/types" preserve="true" />
import { MemoryPlanError } from "./errors.ts";

// WebGPU's flag objects are globals that Node lacks; the numbers are fixed by the specification.
const MAP_READ = 0x1;
const COPY_DST = 0x8;

/** Buffers kept for the next read: few, and never much memory. */
const MAX_KEPT = 4;
const MAX_KEPT_BYTES = 64 * 2 ** 20;

/** Mappable buffers for read-back. A new one for each read would cost more than most reads. */
export class StagingPool {
  #kept: GPUBuffer[] = [];

  constructor(
    readonly device: GPUDevice,
    readonly maxBufferSize: number,
  ) {}

  /** An unmapped buffer of at least `bytes` bytes. Give it back, or destroy it. */
  take(bytes: number): GPUBuffer {
    const fits = ({ size }: GPUBuffer) => size >= bytes && size <= Math.max(4096, bytes * 4);
    const index = this.#kept.findIndex(fits);
    if (index >= 0) return this.#kept.splice(index, 1)[0]!;
    if (bytes > this.maxBufferSize) {
      throw new MemoryPlanError("read-back", "largest buffer", bytes, this.maxBufferSize, "Read it in parts.");
    }
    const size = Math.min(2 ** Math.ceil(Math.log2(bytes)), this.maxBufferSize);
    return this.device.createBuffer({ label: "read-back", size, usage: COPY_DST | MAP_READ });
  }

  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await buffer.mapAsync(MAP_READ, 0, bytes);
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    return copy;
  }

  giveBack(buffer: GPUBuffer): void {
    this.#kept.push(buffer);
    const bytes = () => this.#kept.reduce((sum, { size }) => sum + size, 0);
    while (this.#kept.length > MAX_KEPT || bytes() > MAX_KEPT_BYTES) this.#kept.shift()!.destroy();
  }

  dispose(): void {
    for (const buffer of this.#kept) buffer.destroy();
    this.#kept = [];
  }
}
