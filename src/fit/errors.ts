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

/**
 * A training came to a state from which no step is finite. It leaves `train` as `TrainResult.error`, beside the last good
 * state.
 */
export class TrainingError extends ElbowError {
  static override readonly name = "TrainingError";
  /** Sites whose log density was not finite there, the most often so first. */
  readonly sites: readonly string[];
  /** Learned arrays that were not finite, or had a derivative of the bound that was not; else those the sites are made of. */
  readonly parameters: readonly string[];

  constructor(found: { readonly sites: readonly string[]; readonly parameters: readonly string[] }, step: number) {
    const list = (names: readonly string[]): string => {
      const shown = names.slice(0, 3).map((name) => `"${name}"`);
      return shown.length === 0
        ? "none alone"
        : shown.join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
    };
    super(
      "not-finite",
      `train: after step ${step} the bound or its gradient is not finite; sites at fault: ${list(found.sites)}; learned ` +
        `arrays: ${list(found.parameters)}. Take a smaller step size, keep scales positive by exp() or ` +
        "softplus(), or bound what leaves its domain; the parameters are those of the last good step",
    );
    this.sites = found.sites;
    this.parameters = found.parameters;
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
