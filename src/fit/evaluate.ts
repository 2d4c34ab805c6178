/** Judging λ on the host: the same noise for every λ, so that two of them are compared draw by draw. */
import type { Moments } from "../guides/guide.ts";
import { dot, lowerTimes, lowerTransposedTimes, vectors } from "./linalg.ts";
import { HOST_STREAMS, HostRandom } from "./random.ts";
import type { BatchDensity } from "./start/density.ts";
import { usable } from "./start/quasiNewton.ts";

export interface Judged {
  /** log p − log q, averaged over each antithetic pair; NaN where a draw of it is not finite. */
  readonly pairs: Float64Array;
  /**
   * What rounds are compared by, and its standard error: the ELBO or the bound that is maximised; of chi() and forwardKl(), which
   * are the better the less of the posterior q sees, the log mean weight.
   */
  readonly value: number;
  readonly error: number;
  /**
   * How far the natural gradient would move each location and log scale, in sds of q, and the standard errors: near
   * the optimum, the distance to it.
   */
  readonly distance: Float64Array;
  readonly distanceError: Float64Array;
  /** The objective's curvature relative to the ELBO's, by which its gradient is divided. Absent: 1. */
  readonly steepness?: number;
  /** Location and sd of each coordinate under q. */
  readonly loc: Float64Array;
  readonly scale: Float64Array;
  /**
   * The sds, over antithetic pairs, of a pair's natural gradient for each location and then each log scale, in sds of q: near the
   * optimum an average of λ over N steps of S pairs has this noise over √(NS). Absent where it is not known.
   */
  readonly pairNoise?: Float64Array;
}

export interface Difference {
  readonly mean: number;
  readonly error: number;
}

/** Judges λ, with what it remembers of the fit: its noise, and where it is. */
export type Judge = (lambda: Readonly<Record<string, Float64Array>>) => Promise<Judged>;

export const PAIRS = 128;

/** Fixed noise for every evaluation of a fit. */
export function commonNoise(size: number, seed: number, pairs = PAIRS): Float64Array[] {
  const random = new HostRandom(seed, HOST_STREAMS.evaluate);
  return vectors(pairs, size).map((noise) => random.fill(noise));
}

/** Evaluates the Gaussian with these moments. `preconditioner`: lower factor that location gradients are measured in. */
export async function judgeGaussian(
  moments: Moments,
  preconditioner: Float64Array | null,
  noise: readonly Float64Array[],
  density: BatchDensity,
): Promise<Judged> {
  const { loc, scaleTril, scale } = moments;
  const n = loc.length;
  const points = vectors(2 * noise.length, n);
  const away = new Float64Array(n);
  for (const [p, e] of noise.entries()) {
    if (scaleTril !== null) lowerTimes(scaleTril, e, n, away);
    else for (let i = 0; i < n; i++) away[i] = e[i]! * scale[i]!;
    const [plus, minus] = [points[2 * p]!, points[2 * p + 1]!];
    for (let i = 0; i < n; i++) {
      plus[i] = loc[i]! + away[i]!;
      minus[i] = loc[i]! - away[i]!;
    }
  }
  const evaluations = await density(points);
  let logDeterminant = 0;
  for (let i = 0; i < n; i++) logDeterminant += Math.log(scaleTril === null ? scale[i]! : scaleTril[i * n + i]!);
  const constant = logDeterminant + (n / 2) * Math.log(2 * Math.PI);
  const pairs = new Float64Array(noise.length).fill(Number.NaN);
  const sums = new Float64Array(2 * n);
  const squares = new Float64Array(2 * n);
  const [pulledPlus, pulledMinus, even, location] = vectors(4, n) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let good = 0;
  for (const [p, e] of noise.entries()) {
    const [plus, minus] = [evaluations[2 * p]!, evaluations[2 * p + 1]!];
    if (!usable(plus) || !usable(minus)) continue;
    good++;
    pairs[p] = (plus.logJoint + minus.logJoint) / 2 + dot(e, e) / 2 + constant;
    pull(plus.gradient, scaleTril, scale, pulledPlus);
    pull(minus.gradient, scaleTril, scale, pulledMinus);
    for (let i = 0; i < n; i++) even[i] = (plus.gradient[i]! + minus.gradient[i]!) / 2;
    // Full rank: in q's whitened coordinates. Factorised: along the preconditioner, in q's scales.
    if (scaleTril !== null) for (let i = 0; i < n; i++) location[i] = (pulledPlus[i]! + pulledMinus[i]!) / 2;
    else if (preconditioner === null) for (let i = 0; i < n; i++) location[i] = even[i]! * scale[i]!;
    else {
      lowerTimes(preconditioner, lowerTransposedTimes(preconditioner, even, n, away), n, location);
      for (let i = 0; i < n; i++) location[i]! /= scale[i]!;
    }
    for (let i = 0; i < n; i++) {
      const stretch = (((pulledPlus[i]! - pulledMinus[i]!) / 2) * e[i]! + e[i]! ** 2) / 2;
      sums[i]! += location[i]!;
      squares[i]! += location[i]! ** 2;
      sums[n + i]! += stretch;
      squares[n + i]! += stretch ** 2;
    }
  }
  const { mean, error } = meanAndError(pairs);
  const distance = sums.map((s) => s / good);
  const distanceError = squares.map((s, i) => Math.sqrt(Math.max(0, s / good - distance[i]! ** 2) / good));
  const pairNoise = noiseOf(distanceError, good, scaleTril, n);
  return { pairs, value: mean, error, distance, distanceError, loc, scale, pairNoise };
}

/** Noise of a pair by coordinate; that of a full-rank q, known in its whitened coordinates, is weighted by its factor. */
function noiseOf(error: Float64Array, pairs: number, scaleTril: Float64Array | null, n: number): Float64Array {
  const root = Math.sqrt(pairs);
  if (scaleTril === null) return error.map((e) => e * root);
  const noise = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    let [all, location, stretch] = [0, 0, 0];
    for (let j = 0; j <= i; j++) {
      const weight = scaleTril[i * n + j]! ** 2;
      all += weight;
      location += weight * error[j]! ** 2;
      stretch += weight * error[n + j]! ** 2;
    }
    noise[i] = Math.sqrt(location / all) * root;
    noise[n + i] = Math.sqrt(stretch / all) * root;
  }
  return noise;
}

function pull(gradient: Float64Array, scaleTril: Float64Array | null, scale: Float64Array, into: Float64Array): void {
  if (scaleTril !== null) lowerTransposedTimes(scaleTril, gradient, scale.length, into);
  else for (let i = 0; i < scale.length; i++) into[i] = gradient[i]! * scale[i]!;
}

export function meanAndError(values: Float64Array): Difference {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  if (count < 2) return { mean: Number.NaN, error: Number.POSITIVE_INFINITY };
  return { mean, error: Math.sqrt(squares / (count - 1) / count) };
}

/** ELBO(now) − ELBO(before), by the pairs that both have. */
export const compare = (now: Judged, before: Judged): Difference =>
  meanAndError(now.pairs.map((value, i) => value - before.pairs[i]!));

/** How far locations and then log scales moved, in sds of q. */
export function movements(now: Judged, before: Judged): Float64Array {
  const n = now.loc.length;
  const moved = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    moved[i] = (now.loc[i]! - before.loc[i]!) / Math.max(now.scale[i]!, before.scale[i]!);
    moved[n + i] = Math.log(now.scale[i]! / before.scale[i]!);
  }
  return moved;
}
