/** The device to fit on: a GPU if there is one, else a software adapter, else the float64 CPU reference. */
import { ElbowError, GraphError } from "../graph/errors.ts";
import type { Backend } from "../graph/program.ts";
import type { GpuDevice, GpuOpenOptions } from "../webgpu/device.ts";
import { NoAdapterError } from "../webgpu/errors.ts";

/** An open device; `await using` or `dispose()` frees all it holds. */
export interface Device extends Backend, AsyncDisposable {
  /** True where GPU work runs on the CPU, and on the CPU reference. */
  readonly isSoftware: boolean;
  /** Why the device is not a GPU, where one was looked for and not found; else null. */
  readonly notice: string | null;
}

export interface DeviceOptions extends GpuOpenOptions {
  /**
   * `"auto"` (default): WebGPU (hardware first, then software), else the CPU reference with a notice. `"gpu"`: WebGPU
   * or an error. `"cpu"`: the float64 interpreter.
   */
  readonly kind?: "auto" | "gpu" | "cpu";
}

/** No literal, which minifiers would put into `import()`, and bundlers follow: Node's part has no place in a page. */
const NODE_PART = { specifier: "elbow-gpu/node" };

/**
 * Opens a device. In a browser WebGPU is `navigator.gpu`; in Node it comes from the optional package `webgpu`.
 *
 * @throws NoAdapterError with `kind: "gpu"` where there is no adapter; it says how to get one.
 * @throws GraphError for an unknown kind.
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { kind = "auto", ...rest } = options;
  if (kind === "cpu") return cpuDevice(null);
  if (kind !== "auto" && kind !== "gpu") {
    throw new GraphError(`openDevice: kind must be "auto", "gpu" or "cpu", got "${String(kind)}"`);
  }
  try {
    const compiler = import("./backend.ts");
    compiler.catch(() => {});
    const device = await openGpu(rest);
    const backend = (await compiler).gpuBackend(device);
    return Object.assign(backend, {
      isSoftware: device.isSoftware,
      notice: null,
      [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
    });
  } catch (error) {
    if (kind === "gpu" || !(error instanceof ElbowError) || error.code !== "no-adapter") throw error;
    return cpuDevice(error.message);
  }
}

async function cpuDevice(notice: string | null): Promise<Device> {
  const { cpuBackend } = await import("../cpu/backend.ts");
  const backend = cpuBackend();
  return Object.assign(backend, {
    isSoftware: true,
    notice,
    [Symbol.asyncDispose]: async (): Promise<void> => backend.dispose(),
  });
}

async function openGpu(options: GpuOpenOptions): Promise<GpuDevice> {
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (gpu !== undefined) return (await import("../webgpu/device.ts")).GpuDevice.open(gpu, options);
  if ((globalThis as { process?: unknown }).process === undefined) {
    throw new NoAdapterError(
      "this browser offers no WebGPU (navigator.gpu is missing): use one that does, on https or localhost, or the " +
        'device kind "cpu"',
    );
  }
  const node = (await import(/* @vite-ignore */ /* webpackIgnore: true */ NODE_PART.specifier)) as {
    openNodeGpu(o: GpuOpenOptions): Promise<GpuDevice>;
  };
  return node.openNodeGpu(options);
}
