/** The device the command line computes on. */
import { gpuBackend } from "../compile/backend.ts";
import { cpuBackend } from "../cpu/backend.ts";
import { ElbowError } from "../graph/errors.ts";
import type { Backend } from "../graph/program.ts";
import { openNodeGpu } from "../node/index.ts";
import type { DeviceChoice } from "./options.ts";
import type { Sink } from "./terminal.ts";

export interface OpenBackend extends AsyncDisposable {
  readonly backend: Backend;
}

/** A GPU, else a software adapter, else (with a notice on `err`) the CPU reference; or what was asked for, or an error. */
export async function openBackend(choice: DeviceChoice, err: Sink): Promise<OpenBackend> {
  if (choice === "cpu") return cpu();
  try {
    const device = await openNodeGpu();
    return { backend: gpuBackend(device), [Symbol.asyncDispose]: () => device[Symbol.asyncDispose]() };
  } catch (error) {
    if (choice === "gpu" || !(error instanceof ElbowError) || error.code !== "no-adapter") throw error;
    err.write(`elbow: ${error.message}\nelbow: going on with the float64 reference on the CPU, which is slower.\n`);
    return cpu();
  }
}

function cpu(): OpenBackend {
  const backend = cpuBackend();
  return { backend, [Symbol.asyncDispose]: async () => backend.dispose() };
}

export const describeDevice = ({ kind, description }: Pick<Backend, "kind" | "description">): string =>
  `${kind === "gpu" ? "GPU" : "CPU"} · ${description}`;
