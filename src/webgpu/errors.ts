import { ElbowError } from "../graph/errors.ts";

/** No WebGPU adapter, or none of the kind asked for. */
export class NoAdapterError extends ElbowError {
  static override readonly name = "NoAdapterError";

  constructor(message: string, options?: ErrorOptions) {
    super("no-adapter", message, options);
  }
}

/** The device is gone: lost by the driver or the browser, destroyed, or disposed by its owner. */
export class DeviceLostError extends ElbowError {
  static override readonly name = "DeviceLostError";

  constructor(
    readonly reason: "unknown" | "destroyed" | "disposed",
    readonly where: string,
    detail = "",
    options?: ErrorOptions,
  ) {
    const remedy =
      reason === "disposed"
        ? "It was disposed: open a new device, and dispose it only after the last fit or program that uses it."
        : "Open a new device and start again from the last snapshot of the state.";
    super("device-lost", `${where}: the GPU device is lost (${reason}${detail && `: ${detail}`}). ${remedy}`, options);
  }
}

/** The device could not allocate what was asked of it. */
export class OutOfMemoryError extends ElbowError {
  static override readonly name = "OutOfMemoryError";

  constructor(
    readonly where: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(
      "out-of-memory",
      `${where}: the GPU is out of memory${detail && ` (${detail.split("\n", 1)[0]})`}. ` +
        "Use fewer draws or fits, dispose programs no longer needed, or use a device with more memory.",
      options,
    );
  }
}

/** WebGPU refused a call. This is a defect of ours or of a hand-written kernel, not of the model. */
export class GpuValidationError extends ElbowError {
  static override readonly name = "GpuValidationError";

  constructor(
    readonly where: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(
      "gpu-validation",
      `${where}: WebGPU refused the call: ${detail.trim()}\nIf no kernel of yours is involved, please report this.`,
      options,
    );
  }
}

/** What a program needs does not fit the device; found by planning, before anything ran. */
export class MemoryPlanError extends ElbowError {
  static override readonly name = "MemoryPlanError";

  /** `needed` and `limit` are bytes; `what` names the limit that is exceeded. */
  constructor(
    readonly where: string,
    readonly what: string,
    readonly needed: number,
    readonly limit: number,
    remedy = "Use fewer draws or fits at a time, a smaller batch of the data, or a device with more memory.",
  ) {
    super(
      "memory-plan",
      `${where}: needs ${formatBytes(needed)}, but the device's ${what} is ${formatBytes(limit)}. ${remedy}`,
    );
  }
}

/** One complaint of the WGSL compiler; line and column count from 1, and are 0 where the compiler gave none. */
export interface ShaderMessage {
  readonly type: "error" | "warning" | "info";
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** A kernel's WGSL did not compile. The message quotes each offending line. */
export class ShaderCompilationError extends ElbowError {
  static override readonly name = "ShaderCompilationError";

  constructor(
    readonly kernel: string,
    readonly messages: readonly ShaderMessage[],
    readonly wgsl: string,
    options?: ErrorOptions,
  ) {
    const lines = wgsl.split("\n");
    const shown = messages.map(({ type, message, line, column }) => {
      const text = lines[line - 1];
      const place = line > 0 ? `${kernel}:${line}:${column}` : kernel;
      return `  ${place}: ${type}: ${message.trim()}${text === undefined ? "" : `\n    ${line} | ${text.trim()}`}`;
    });
    super(
      "shader-compilation",
      `kernel "${kernel}" does not compile:\n${shown.join("\n")}\n` +
        "If the kernel is not yours, please report this with the model; the error's `wgsl` holds the whole shader.",
      options,
    );
  }
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
