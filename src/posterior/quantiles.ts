/** Quantiles of many scalars from a fixed number of draws, a bounded number of scalars at a time. */
import { selectRanks } from "./select.ts";

/** Numbers held at once: 128 MiB. */
const ROOM = 2 ** 24;
/** Quantiles kept of every scalar. */
const GRID = [0.05, 0.5, 0.95];

/**
 * Holds the first draws of as many scalars as there is room for, and of each the quantiles asked for when its draws
 * are complete.
 */
export class QuantileStore {
  readonly draws: number;
  readonly #group: number;
  /** Let go when the last scalar is done. */
  #held: Float64Array;
  readonly #quantiles: Float64Array;
  #first = 0;

  constructor(
    readonly scalars: number,
    draws: number,
    readonly probabilities: readonly number[] = GRID,
    room = ROOM,
  ) {
    this.draws = Math.max(1, draws);
    this.#group = Math.min(scalars, Math.max(1, Math.floor(room / this.draws)));
    this.#held = new Float64Array(this.#group * this.draws).fill(Number.NaN);
    this.#quantiles = new Float64Array(scalars * probabilities.length).fill(Number.NaN);
  }

  /** Draws start … start + count − 1; those beyond the number kept are ignored. */
  add(start: number, count: number, column: (scalar: number) => Float64Array): void {
    const kept = Math.min(count, this.draws - start);
    if (kept <= 0) return;
    const end = Math.min(this.scalars, this.#first + this.#group);
    for (let scalar = this.#first; scalar < end; scalar++) {
      this.#held.set(column(scalar).subarray(0, kept), (scalar - this.#first) * this.draws + start);
    }
  }

  /** Closes the scalars held; true where others are left, for whose sake the draws are to be added again. */
  nextGroup(): boolean {
    const end = Math.min(this.scalars, this.#first + this.#group);
    for (let scalar = this.#first; scalar < end; scalar++) {
      const at = (scalar - this.#first) * this.draws;
      const values = finiteOf(this.#held.subarray(at, at + this.draws));
      selectRanks(values, ranksOf(values.length, this.probabilities));
      this.probabilities.forEach((p, k) => {
        this.#quantiles[scalar * this.probabilities.length + k] = quantileOfSorted(values, p);
      });
    }
    this.#first = end;
    if (end < this.scalars) this.#held.fill(Number.NaN);
    else this.#held = new Float64Array(0);
    return end < this.scalars;
  }

  /** The quantiles of one scalar, in the order of `probabilities`. */
  of(scalar: number): Float64Array {
    const width = this.probabilities.length;
    return this.#quantiles.subarray(scalar * width, (scalar + 1) * width);
  }
}

/** The finite ones of these, moved to the front. */
function finiteOf(values: Float64Array): Float64Array {
  let kept = 0;
  for (const value of values) if (Number.isFinite(value)) values[kept++] = value;
  return values.subarray(0, kept);
}

/** Positions in sorted order that quantiles are made of, ascending. */
const ranksOf = (size: number, probabilities: readonly number[]): number[] => {
  const below = probabilities.map((p) => Math.floor(p * (size - 1)));
  return [...new Set(below.flatMap((rank) => [rank, Math.min(rank + 1, size - 1)]))].sort((a, b) => a - b);
};

/** Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996: R's and NumPy's default). */
export function quantileOfSorted(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}
