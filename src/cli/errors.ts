import { ElbowError } from "../graph/errors.ts";

/** What the process says when it ends; README.md documents them. */
export const EXIT = {
  ok: 0,
  /** An error: a model or data that do not fit, no device, out of memory. */
  error: 1,
  /** A command line that cannot be understood. */
  usage: 2,
  /** The fit gave no usable answer; with --strict, any verdict but "reliable". */
  verdict: 3,
  /** Ended by Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** The command line asks for something it cannot have: exit code 2. */
export class UsageError extends ElbowError {
  static override readonly name = "UsageError";

  constructor(message: string) {
    super("usage", message);
  }
}

/** A model file or a data file that cannot be read. */
export class LoadError extends ElbowError {
  static override readonly name = "LoadError";

  constructor(message: string, options?: ErrorOptions) {
    super("load", message, options);
  }
}
