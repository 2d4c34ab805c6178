/** Plates of which every step sees a batch: which entries, and what each stands for. */
import type { Axis } from "../graph/axis.ts";
import { constant, type RandomSource } from "../graph/ops.ts";
import { shuffledIndices } from "../graph/shuffle.ts";
import type { Value } from "../graph/value.ts";

/** A plate as a trace for minibatches has it. */
export interface Subsample {
  /** The plate of the trace, with as many entries as a batch. */
  readonly plate: Axis;
  /** The plate with all its entries: what data are bound to. */
  readonly whole: Axis;
  /** Stands for the positions along `whole`, over `plate`. */
  readonly index: Value;
  /** Stands for how many entries each one stands for, over `plate`: what its log densities are multiplied by. */
  readonly weight: Value;
}

/** What takes the place of a subsample's index and weight. */
export type Subsampling = Readonly<Pick<Subsample, "index" | "weight">>;

/** The first stream of subsamples; no guide draws from it. */
const STREAM = 0x7ffe0000;

/**
 * Distinct entries, afresh for every step of the source, each standing for size/batch: the log joint of the batch is then an
 * unbiased estimate of that of all (M. Hoffman, D. Blei, C. Wang & J. Paisley, *Stochastic variational inference*, JMLR
 * 2013, §2.3).
 */
export const drawnSubsample = ({ plate, whole }: Subsample, position: number, source: RandomSource): Subsampling => ({
  index: shuffledIndices(plate, whole.size, source, STREAM + position),
  weight: constant(whole.size / plate.size),
});
