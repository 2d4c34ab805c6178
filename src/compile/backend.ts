/** Programs on a WebGPU device. */
import { type Backend, checkProgram, type Estimate, type Executable, type ProgramSpec } from "../graph/program.ts";
import type { GpuDevice } from "../webgpu/device.ts";
import { GpuExecutable } from "./executable.ts";
import { type Plan, plan } from "./plan.ts";
import type { ScheduleOptions } from "./schedule.ts";

/** The schedule for a kind of device; see docs/performance.md for what was measured. */
export function scheduleOptionsFor(
  device: Pick<GpuDevice, "isSoftware"> & Partial<Pick<GpuDevice, "hasQuads">>,
): ScheduleOptions {
  const common = {
    workgroupSize: 64,
    residentOperations: 4e5,
    smallLevelOperations: 1.5e5,
    smallestSplit: 1 << 14,
    smallestTile: 32,
    smallestAvoided: 1 << 16,
    smallestBlocked: 1 << 16,
    mostUnrolled: 512,
  };
  return device.isSoftware
    ? {
        ...common,
        ...{
          threads: 16384,
          singleWorkgroupSize: 4,
          sharingThreads: 256,
          fewestWorkgroups: 16,
          mostWorkgroups: 256,
          smallestApart: 2e5,
          lanes: true,
          smallestQuads: device.hasQuads ? 1 << 18 : 0,
          smallestWide: 1 << 12,
        },
        ...{ heldRegisters: 128, passThreads: 512, smallestPass: 96, threadArrays: true },
      }
    : {
        ...common,
        ...{
          threads: 16384,
          singleWorkgroupSize: 64,
          sharingThreads: 0,
          fewestWorkgroups: 1,
          mostWorkgroups: 1 << 20,
          smallestApart: Infinity,
          lanes: false,
          smallestQuads: 0,
          smallestWide: 0,
        },
        ...{ heldRegisters: 64, passThreads: 16384, smallestPass: 32, threadArrays: false },
      };
}

export class GpuBackend implements Backend {
  readonly kind = "gpu";

  constructor(
    readonly device: GpuDevice,
    readonly options: ScheduleOptions = scheduleOptionsFor(device),
  ) {}

  get description(): string {
    return this.device.description;
  }

  async compile(spec: ProgramSpec): Promise<Executable> {
    return GpuExecutable.create(spec, this.device, this.#plan(spec));
  }

  estimate(spec: ProgramSpec): Estimate {
    const { schedule, bufferBytes } = this.#plan(spec);
    return { operations: schedule.operations, bytes: [...bufferBytes.values()].reduce((sum, bytes) => sum + bytes, 0) };
  }

  #plan(spec: ProgramSpec): Plan {
    checkProgram(spec);
    const { maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = this.device.limits;
    const limits = { maxBindingBytes: maxStorageBufferBindingSize, maxWorkgroups: maxComputeWorkgroupsPerDimension };
    return plan(spec, this.options, limits);
  }

  dispose(): void {
    this.device.dispose();
  }
}

/** The backend of an open device; disposing it disposes the device. */
export const gpuBackend = (device: GpuDevice): GpuBackend => new GpuBackend(device);
