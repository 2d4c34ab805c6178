export type Stage = "compile" | "search" | "refine" | "optimise" | "evaluate";

/** Where a fit is. */
export interface Progress {
  readonly stage: Stage;
  /** Steps of the optimiser so far, and the most there will be. */
  readonly step: number;
  readonly steps: number;
  /** ELBO of the latest steps, whatever is maximised; null before the first. */
  readonly elbo: number | null;
  /** What is maximised instead, and its value in the latest steps: a bound of log p(x), or KL(p(z | x) ‖ q). */
  readonly objective?: { readonly name: string; readonly value: number };
  /** The ELBO estimate of every step since the last report, as in `FitResult.elboTrace`. */
  readonly estimates: Float64Array;
  /** Gradients of the log joint evaluated so far. */
  readonly gradients: number;
  readonly stepSize: number | null;
}
