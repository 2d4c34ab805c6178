/** Hand-written kernels on a device of their own: for ceilings and yardsticks. */
import { GpuDevice } from "../../src/webgpu/device.ts";

const STORAGE = 0x80 | 0x08 | 0x04;
const UNIFORM = 0x40 | 0x08;

export interface Dispatch {
  readonly kernel: Kernel;
  readonly workgroups: readonly [number, number?];
}

export interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

export class Bare {
  private constructor(readonly device: GpuDevice) {}

  static async open(): Promise<Bare> {
    return new Bare(await GpuDevice.open(navigator.gpu));
  }

  get raw(): GPUDevice {
    return this.device.raw;
  }

  storage(content: ArrayBufferView<ArrayBuffer> | number): GPUBuffer {
    return this.#buffer(content, STORAGE);
  }

  uniform(content: ArrayBufferView<ArrayBuffer>): GPUBuffer {
    return this.#buffer(content, UNIFORM);
  }

  #buffer(content: ArrayBufferView<ArrayBuffer> | number, usage: number): GPUBuffer {
    const bytes = typeof content === "number" ? content : content.byteLength;
    const buffer = this.raw.createBuffer({ size: Math.ceil(bytes / 16) * 16, usage });
    if (typeof content !== "number") this.raw.queue.writeBuffer(buffer, 0, content);
    return buffer;
  }

  /** Bindings of group 0 in order; null leaves a gap. */
  async kernel(
    name: string,
    wgsl: string,
    buffers: readonly (GPUBuffer | null)[],
    entryPoint = "main",
  ): Promise<Kernel> {
    const [pipeline] = await this.device.createPipelines([{ name, wgsl, entryPoint }]);
    const entries = buffers.flatMap((buffer, binding) => (buffer === null ? [] : [{ binding, resource: { buffer } }]));
    const group = this.raw.createBindGroup({ layout: pipeline!.getBindGroupLayout(0), entries });
    return { pipeline: pipeline!, group };
  }

  /** `times` rounds of the dispatches in one pass. */
  submit(dispatches: readonly Dispatch[], times = 1): void {
    const encoder = this.raw.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) {
      for (const { kernel, workgroups } of dispatches) {
        pass.setPipeline(kernel.pipeline);
        pass.setBindGroup(0, kernel.group);
        pass.dispatchWorkgroups(workgroups[0], workgroups[1] ?? 1);
      }
    }
    pass.end();
    this.raw.queue.submit([encoder.finish()]);
  }

  /** Waits by mapping, which in Chromium is quicker than onSubmittedWorkDone. */
  async read(buffer: GPUBuffer, bytes: number, offset = 0): Promise<ArrayBuffer> {
    const staging = this.raw.createBuffer({ size: bytes, usage: 0x01 | 0x08 });
    const encoder = this.raw.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    this.raw.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const data = staging.getMappedRange().slice(0);
    staging.destroy();
    return data;
  }

  dispose(): void {
    this.device.dispose();
  }
}
