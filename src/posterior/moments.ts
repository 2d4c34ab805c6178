/** Means and standard deviations of many scalars under two measures at once, draws streaming past. */

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

/** Per scalar: n, Σd, Σd²; Σw, Σwd, Σwd²; Σw², Σw²d, Σw²d², Σw²d³, Σw²d⁴. d is the distance from a pivot. */
const WIDTH = 11;

/**
 * Plain and importance-weighted moments of scalars, accumulated chunk by chunk in float64. Weights are kept relative
 * to the largest seen; the sums are rescaled when a larger one comes.
 */
export class MomentSums {
  readonly #sums: Float64Array;
  readonly #pivots: Float64Array;
  #largest = -Infinity;
  #weight = 0;
  #squares = 0;
  #draws = 0;

  constructor(readonly scalars: number) {
    this.#sums = new Float64Array(scalars * WIDTH);
    this.#pivots = new Float64Array(scalars).fill(Number.NaN);
  }

  /** Adds draws: their log weights (−∞ is zero; NaN and +∞ weigh nothing) and every scalar's column. */
  add(logWeights: Float64Array, column: (scalar: number) => Float64Array): void {
    const weights = this.#relative(logWeights);
    this.#draws += logWeights.length;
    for (let scalar = 0; scalar < this.scalars; scalar++) this.#addColumn(scalar, column(scalar), weights);
  }

  #relative(logWeights: Float64Array): Float64Array {
    let largest = this.#largest;
    for (const value of logWeights) if (value > largest && value < Number.POSITIVE_INFINITY) largest = value;
    if (largest > this.#largest) {
      this.#rescale(Math.exp(this.#largest - largest));
      this.#largest = largest;
    }
    const weights = logWeights.map((value) => (value < Number.POSITIVE_INFINITY ? Math.exp(value - largest) : 0));
    if (largest === -Infinity) weights.fill(0);
    for (const weight of weights) {
      this.#weight += weight;
      this.#squares += weight * weight;
    }
    return weights;
  }

  #rescale(factor: number): void {
    const sums = this.#sums;
    for (let at = 0; at < sums.length; at += WIDTH) {
      for (let k = 3; k < 6; k++) sums[at + k]! *= factor;
      for (let k = 6; k < WIDTH; k++) sums[at + k]! *= factor * factor;
    }
    this.#weight *= factor;
    this.#squares *= factor * factor;
  }

  #addColumn(scalar: number, x: Float64Array, weights: Float64Array): void {
    let pivot = this.#pivots[scalar]!;
    if (Number.isNaN(pivot)) {
      pivot = meanOfFinite(x);
      this.#pivots[scalar] = pivot;
    }
    let n = 0;
    let s1 = 0;
    let s2 = 0;
    let w0 = 0;
    let w1 = 0;
    let w2 = 0;
    let v0 = 0;
    let v1 = 0;
    let v2 = 0;
    let v3 = 0;
    let v4 = 0;
    for (let i = 0; i < x.length; i++) {
      const d = x[i]! - pivot;
      if (!(Math.abs(d) < Number.POSITIVE_INFINITY)) continue;
      const w = weights[i]!;
      const wd = w * d;
      const vd = w * wd;
      n++;
      s1 += d;
      s2 += d * d;
      w0 += w;
      w1 += wd;
      w2 += wd * d;
      v0 += w * w;
      v1 += vd;
      v2 += vd * d;
      v3 += vd * d * d;
      v4 += vd * d * d * d;
    }
    const sums = this.#sums;
    const at = scalar * WIDTH;
    sums[at]! += n;
    sums[at + 1]! += s1;
    sums[at + 2]! += s2;
    sums[at + 3]! += w0;
    sums[at + 4]! += w1;
    sums[at + 5]! += w2;
    sums[at + 6]! += v0;
    sums[at + 7]! += v1;
    sums[at + 8]! += v2;
    sums[at + 9]! += v3;
    sums[at + 10]! += v4;
  }

  /** Effective sample size of the raw weights. */
  get ess(): number {
    return this.#squares > 0 ? (this.#weight * this.#weight) / this.#squares : 0;
  }

  moments(scalar: number): Moments {
    const at = scalar * WIDTH;
    const [n, s1, s2, total, w1, w2, v0, v1, v2, v3, v4] = this.#sums.subarray(at, at + WIDTH);
    const pivot = Number.isNaN(this.#pivots[scalar]!) ? 0 : this.#pivots[scalar]!;
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
      mean: pivot + shift,
      sd: Math.sqrt(variance),
      weightedMean: pivot + a,
      weightedSd,
      meanError: Math.sqrt(second) / total!,
      sdError: weightedSd > 0 ? Math.sqrt(spread) / total! / (2 * weightedSd) : 0,
      nonFinite: this.#draws - n!,
    };
  }
}

function meanOfFinite(x: Float64Array): number {
  let count = 0;
  let total = 0;
  for (const value of x) {
    if (!Number.isFinite(value)) continue;
    count++;
    total += value;
  }
  return count === 0 ? Number.NaN : total / count;
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
