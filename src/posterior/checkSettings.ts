/** How much the final evaluation draws. The defaults are what the verdict is defined by. */
export interface CheckSettings {
  /** Batches whose median k̂ counts: a single k̂ of a few thousand draws is too noisy. */
  readonly batches: number;
  readonly drawsPerBatch: number;
  /** Draws, of the same, whose quantiles are kept for the summary. */
  readonly summaryDraws: number;
  /** Draws of the Student-t proposal for the evidence. 0: none. */
  readonly evidenceDraws: number;
}

export const DEFAULT_CHECK: CheckSettings = {
  batches: 5,
  drawsPerBatch: 40_000,
  summaryDraws: 20_000,
  evidenceDraws: 40_000,
};
