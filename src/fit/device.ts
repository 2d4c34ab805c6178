import { cpuBackend } from "../cpu/backend.ts";
import type { Backend } from "../graph/program.ts";

let open: () => Promise<Backend> = async () => cpuBackend();

/** What `fit` computes on where no device is given: the platform's entry point says. */
export function setDefaultDevice(opener: () => Promise<Backend>): void {
  open = opener;
}

/** A device for an option that may name one; `close` frees it if it was opened here. */
export async function deviceFor(
  device: Backend | "cpu" | undefined,
): Promise<{ readonly backend: Backend; close(): void }> {
  if (device !== undefined && device !== "cpu") return { backend: device, close() {} };
  const backend = device === "cpu" ? cpuBackend() : await open();
  return { backend, close: () => backend.dispose() };
}
