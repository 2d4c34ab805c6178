/** Means and standard deviations of many scalars under two measures at once, draws streaming past. */
import { SCALAR_SUMS, type ScalarSum, type WeightSum } from "./chunkSums.ts";

/** Moments of one scalar. */
export interface Moments {
  /** Under q. */
  readonly mean: number;
  readonly sd: number;
  /** Under the importance weights. */
  readonly weightedMean: number;
  readonly weightedSd: number;
  /** Monte Carlo standard errors of the two above, by the delta method for self-normalised weights. */
  readonly meanError: number;
  readonly sdError: number;
  /** Draws of this scalar that were not finite, left out. */
  readonly nonFinite: number;
}

const WIDTH = SCALAR_SUMS.length;

/** The power of the weight in a sum. */
const POWER: Readonly<Record<ScalarSum, number>> = {
  ...{ t0: 0, t1: 0, t2: 0 },
  ...{ w0: 1, w1: 1, w2: 1 },
  ...{ v0: 2, v1: 2, v2: 2, v3: 2, v4: 2 },
};

/** A pivot near a scalar's mean and a scale near its sd, from the finite ones of some draws: numbers that float32 has. */
export function pivotAndScale(x: Float64Array): { readonly pivot: number; readonly scale: number } {
  const mean = new RunningMean();
  for (const value of x) mean.add(value);
  if (mean.count === 0) return { pivot: 0, scale: 1 };
  // What does not vary is its own mean, to the last bit.
  const pivot = x.every((value) => value === x[0]) ? x[0]! : Math.fround(mean.value);
  const sd = mean.standardError * Math.sqrt(mean.count);
  const scale = Math.fround(sd);
  return { pivot, scale: scale > 1e-30 && scale < 1e30 ? scale : 1 };
}

/**
 * Plain and importance-weighted moments of scalars from the sums of chunks (chunkSums.ts), added up in float64. The level
 * that weights are relative to may rise from chunk to chunk.
 */
export class MomentSums {
  readonly #sums: Float64Array;
  #level = -Infinity;
  #weight = 0;
  #squares = 0;
  #draws = 0;

  constructor(
    readonly pivots: ArrayLike<number>,
    readonly scales: ArrayLike<number>,
  ) {
    this.#sums = new Float64Array(pivots.length * WIDTH);
  }

  /** Sums of a chunk of `draws` draws with weights relative to `level`. */
  add(
    draws: number,
    level: number,
    weight: (name: WeightSum) => number,
    sum: (scalar: number, name: ScalarSum) => number,
  ): void {
    this.#draws += draws;
    if (level > this.#level) {
      this.#rescale(Math.exp(this.#level - level));
      this.#level = level;
    }
    const factor = level === -Infinity ? 0 : Math.exp(level - this.#level);
    this.#weight += factor * weight("weight");
    this.#squares += factor ** 2 * weight("squares");
    for (let at = 0, scalar = 0; scalar < this.pivots.length; scalar++) {
      for (const name of SCALAR_SUMS) this.#sums[at++]! += factor ** POWER[name] * sum(scalar, name);
    }
  }

  #rescale(factor: number): void {
    this.#weight *= factor;
    this.#squares *= factor * factor;
    for (let at = 0; at < this.#sums.length; )
      for (const name of SCALAR_SUMS) this.#sums[at++]! *= factor ** POWER[name];
  }

  /** Effective sample size of the raw weights. */
  get ess(): number {
    return this.#squares > 0 ? (this.#weight * this.#weight) / this.#squares : 0;
  }

  moments(scalar: number): Moments {
    const at = scalar * WIDTH;
    const [n, s1, s2, total, w1, w2, v0, v1, v2, v3, v4] = this.#sums.subarray(at, at + WIDTH);
    const [pivot, scale] = [this.pivots[scalar]!, this.scales[scalar]!];
    const shift = s1! / n!;
    const variance = Math.max(0, s2! / n! - shift * shift) * (n! / Math.max(1, n! - 1));
    const a = w1! / total!;
    const weightedVariance = Math.max(0, w2! / total! - a * a);
    // Σw²(d − a)² and Σw²(d − a)⁴, expanded.
    const second = Math.max(0, v2! - 2 * a * v1! + a * a * v0!);
    const fourth = v4! - 4 * a * v3! + 6 * a * a * v2! - 4 * a ** 3 * v1! + a ** 4 * v0!;
    const spread = Math.max(0, fourth - 2 * weightedVariance * second + weightedVariance * weightedVariance * v0!);
    const weightedSd = Math.sqrt(weightedVariance);
    return {
      mean: pivot + scale * shift,
      sd: scale * Math.sqrt(variance),
      weightedMean: pivot + scale * a,
      weightedSd: scale * weightedSd,
      meanError: (scale * Math.sqrt(second)) / total!,
      sdError: weightedSd > 0 ? (scale * Math.sqrt(spread)) / total! / (2 * weightedSd) : 0,
      nonFinite: this.#draws - n!,
    };
  }
}

/** Mean and its standard error of numbers streaming past (Welford 1962). −∞, +∞ and NaN are left out. */
export class RunningMean {
  count = 0;
  mean = 0;
  #squares = 0;

  add(x: number): void {
    if (!Number.isFinite(x)) return;
    this.count++;
    const delta = x - this.mean;
    this.mean += delta / this.count;
    this.#squares += delta * (x - this.mean);
  }

  get standardError(): number {
    return this.count > 1 ? Math.sqrt(this.#squares / (this.count - 1) / this.count) : Number.POSITIVE_INFINITY;
  }

  /** The mean, NaN where nothing was added. */
  get value(): number {
    return this.count > 0 ? this.mean : Number.NaN;
  }
}
