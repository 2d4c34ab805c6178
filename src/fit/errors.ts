import { ElbowError } from "../graph/errors.ts";

export type FitErrorCode =
  | "wrong-option"
  | "wrong-initial"
  | "wrong-resume"
  | "data-differ"
  | "local-latent"
  | "learned-parameters";

/** An option of a fit is wrong, or data of many fits do not go together. Thrown before any device work. */
export class FitError extends ElbowError {
  static override readonly name = "FitError";
  declare readonly code: FitErrorCode;

  // biome-ignore lint/complexity/noUselessConstructor: it narrows what may be a code.
  constructor(code: FitErrorCode, message: string) {
    super(code, message);
  }
}

/** Thrown inside a fit to unwind it when its AbortSignal fires; never leaves `fit`. */
export class Cancelled extends ElbowError {
  static override readonly name = "Cancelled";

  constructor() {
    super("cancelled", "the fit was cancelled");
  }
}

export const throwIfAborted = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted) throw new Cancelled();
};
