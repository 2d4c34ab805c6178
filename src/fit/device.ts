import { type DeviceOptions, openDevice } from "../compile/openDevice.ts";
import type { Backend } from "../graph/program.ts";

/** An open device, or the kind to open: `"auto"` (default) is a GPU if there is one, else the CPU reference. */
export type DeviceChoice = Backend | NonNullable<DeviceOptions["kind"]>;

/** A device for an option that may name one; `close` frees it if it was opened here. */
export async function deviceFor(device: DeviceChoice = "auto"): Promise<{ readonly backend: Backend; close(): void }> {
  if (typeof device !== "string") return { backend: device, close() {} };
  const backend = await openDevice({ kind: device });
  return { backend, close: () => backend.dispose() };
}
