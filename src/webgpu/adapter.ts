/// <reference types="@webgpu/types" preserve="true" />
import { NoAdapterError } from "./errors.ts";

/**
 * What kernels may count on. Sizes are bytes. Only the two buffer sizes follow the adapter; the rest is the floor every
 * WebGPU device offers, so that a plan made on one device is valid on another.
 */
export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly minStorageBufferOffsetAlignment: number;
}

export interface GpuOpenOptions {
  /** Plan as if storage bindings could not be larger than this many bytes. */
  readonly maxBindingBytes?: number;
  /** Refuse adapters that compute on the CPU (SwiftShader, llvmpipe, WARP). */
  readonly requireHardware?: boolean;
  /** Optional features to ask for where the adapter has them; `GpuDevice.features` says which it had. */
  readonly optionalFeatures?: readonly GPUFeatureName[];
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render/i;

/** Whether the adapter computes on the CPU. */
export function isSoftwareAdapter(info: GPUAdapterInfo): boolean {
  const words = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter === true || SOFTWARE.test(words);
}

/** One line for people. Browsers leave most of the fields empty. */
export function describeAdapter(info: GPUAdapterInfo): string {
  const maker = [info.vendor, info.architecture].filter(Boolean).join(" ");
  const name = info.description || info.device;
  const notes = [name && maker, isSoftwareAdapter(info) && "software, on the CPU"].filter(Boolean).join("; ");
  return (name || maker || "unnamed adapter") + (notes && ` (${notes})`);
}

/** Whether threads go in subgroups of four and no others, as on SwiftShader, and can exchange values. */
export const inQuads = (features: ReadonlySet<string>, info: GPUAdapterInfo): boolean =>
  features.has("subgroups") && info.subgroupMinSize === 4 && info.subgroupMaxSize === 4;

/** The most capable adapter, and a device on it with explicit limits. */
export async function requestGpu(
  gpu: GPU,
  options: GpuOpenOptions,
): Promise<{ device: GPUDevice; info: GPUAdapterInfo; limits: GpuLimits }> {
  const adapter =
    (await gpu.requestAdapter({ powerPreference: "high-performance" })) ??
    (await gpu.requestAdapter({ forceFallbackAdapter: true }));
  if (!adapter) {
    throw new NoAdapterError(
      "no WebGPU adapter: WebGPU is here, but it offers no GPU. In a browser, see chrome://gpu (a software adapter " +
        'needs --enable-unsafe-webgpu); in Node, install a Vulkan driver. The float64 reference needs none: device "cpu".',
    );
  }
  if (options.requireHardware && isSoftwareAdapter(adapter.info)) {
    throw new NoAdapterError(
      `a hardware GPU was required, but the only adapter is ${describeAdapter(adapter.info)}. ` +
        "Install the GPU's driver, or allow software adapters.",
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  try {
    const device = await adapter.requestDevice({
      label: "elbow",
      requiredFeatures: [
        ...(inQuads(adapter.features, adapter.info) ? (["subgroups"] as const) : []),
        ...(options.optionalFeatures ?? []).filter((feature) => adapter.features.has(feature)),
      ],
      requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
    });
    const limits = {
      maxStorageBufferBindingSize: Math.min(maxStorageBufferBindingSize, options.maxBindingBytes ?? Infinity),
      maxBufferSize,
      maxStorageBuffersPerShaderStage: 8,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupStorageSize: 16384,
      maxComputeWorkgroupsPerDimension: 65535,
      minStorageBufferOffsetAlignment: 256,
    };
    return { device, info: adapter.info, limits };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NoAdapterError(`the adapter ${describeAdapter(adapter.info)} gave no device: ${reason}`, { cause });
  }
}
