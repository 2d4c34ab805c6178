import { ElbowError } from "../../graph/errors.ts";
import { openNodeGpu } from "../../node/index.ts";
import type { Terminal } from "../terminal.ts";
import { formatBytes, labelled, wrap } from "../text.ts";

/** One entry of `elbow devices --json`. */
export interface DeviceJson {
  readonly kind: "gpu" | "cpu";
  readonly description: string;
  /** True where the work runs on the CPU. */
  readonly software: boolean;
  /** What `--device auto` takes. */
  readonly default: boolean;
  readonly limits: { readonly maxBindingBytes: number; readonly maxBufferBytes: number } | null;
  readonly features: readonly string[];
}

/** `elbow devices`: what a fit can run on here. */
export async function devices(options: { readonly json?: true }, terminal: Terminal): Promise<void> {
  const { found, notice } = await gpuDevices();
  const cpu: DeviceJson = {
    kind: "cpu",
    description: "float64 interpreter",
    software: true,
    default: found.length === 0,
    limits: null,
    features: [],
  };
  const all = [...found, cpu];
  if (notice !== null) terminal.err.write(`elbow: ${notice}\n`);
  if (options.json) {
    terminal.out.write(`${JSON.stringify(all)}\n`);
    return;
  }
  const columns = terminal.out.columns;
  const rows = all.map((device) => {
    const words = [device.description];
    if (device.kind === "gpu" && !device.software) words.push("hardware");
    if (device.limits) words.push(`bindings up to ${formatBytes(device.limits.maxBindingBytes)}`);
    if (device.default) words.push("the default");
    return [device.kind, words.join(", ")] as const;
  });
  terminal.out.write(`${labelled(rows, columns)}\n`);
  if (all.some((device) => device.default && device.software)) {
    const hint =
      "No hardware GPU was found. Fits run all the same; a GPU's Vulkan, Metal or D3D12 driver makes them faster.";
    terminal.out.write(`${wrap(hint, columns)}\n`);
  }
}

async function gpuDevices(): Promise<{ found: DeviceJson[]; notice: string | null }> {
  try {
    await using device = await openNodeGpu();
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const entry: DeviceJson = {
      kind: "gpu",
      description: device.description,
      software: device.isSoftware,
      default: true,
      limits: { maxBindingBytes: maxStorageBufferBindingSize, maxBufferBytes: maxBufferSize },
      features: [...device.features].sort(),
    };
    return { found: [entry], notice: null };
  } catch (error) {
    if (!(error instanceof ElbowError) || error.code !== "no-adapter") throw error;
    return { found: [], notice: error.message };
  }
}
