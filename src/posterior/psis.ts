/**
 * Pareto-smoothed importance sampling (PSIS).
 *
 * A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, "Pareto smoothed importance sampling", JMLR 25(72), 2024: the
 * largest M = ⌈min(S/5, 3√S)⌉ weights are replaced by the expected order statistics of a generalised Pareto
 * distribution fitted to their exceedances; its shape k̂ says whether the weights can be trusted (k̂ < 0.7).
 *
 * The fit: J. Zhang, M. A. Stephens, "A new and efficient estimation method for the generalized Pareto distribution",
 * Technometrics 51(3), 2009, with the weakly informative prior on k (10 pseudo-observations at ½) of the PSIS paper.
 */
import { selectRanks } from "./select.ts";

/** Result of {@link psis}. */
export interface Psis {
  /** Estimated shape of the tail. Infinity where fewer than 5 weights are left to fit; 0 where the tail is level. */
  readonly khat: number;
  /** Unnormalised log weights, on the scale of the raw ones, none above the largest raw one. NaN stays NaN. */
  readonly smoothedLogWeights: Float64Array;
  /** Effective sample size 1 / Σ w̄² of the smoothed, normalised weights. */
  readonly ess: number;
  /** Log weights that were NaN or +∞: left out of everything. */
  readonly excluded: number;
}

export interface PsisOptions {
  /**
   * Where the largest log weights differ by no more than this they are level but for rounding: nothing is fitted and
   * k̂ is 0 (a proposal that *is* the target). Default 1e-10; float32 log densities ask for more.
   */
  readonly level?: number;
}

/** Exceedances of a weight this small are not worth a tail: the log of the smallest normal double. */
const SMALLEST_LOG = Math.log(2.2250738585072014e-308);
const FEWEST_TAIL = 5;

/** Smooths log weights. −∞ is a draw of weight zero and counts as a draw; NaN and +∞ do not. */
export function psis(logWeights: Float64Array, options: PsisOptions = {}): Psis {
  const smoothed = logWeights.slice();
  const { count, largest } = census(logWeights);
  const excluded = logWeights.length - count;
  if (count === 0 || largest === -Infinity) {
    return { khat: Number.POSITIVE_INFINITY, smoothedLogWeights: smoothed, ess: 0, excluded };
  }
  const tailLength = Math.ceil(Math.min(count / 5, 3 * Math.sqrt(count)));
  const cutoff = Math.max(beforeTail(logWeights, count, tailLength) - largest, SMALLEST_LOG);
  let khat = Number.POSITIVE_INFINITY;
  if (-cutoff <= (options.level ?? 1e-10)) {
    khat = 0;
  } else {
    const tail = positionsAbove(logWeights, cutoff, largest);
    if (tail.length >= FEWEST_TAIL) khat = smoothTail(smoothed, tail, cutoff, largest);
  }
  return { khat, smoothedLogWeights: smoothed, ess: effectiveSampleSize(smoothed), excluded };
}

/** Whether a log weight takes part: a number or −∞. */
export const counts = (logWeight: number): boolean => logWeight < Number.POSITIVE_INFINITY;

function census(logWeights: Float64Array): { count: number; largest: number } {
  let count = 0;
  let largest = -Infinity;
  for (const value of logWeights) {
    if (!counts(value)) continue;
    count++;
    if (value > largest) largest = value;
  }
  return { count, largest };
}

/** The largest log weight that is not among the `tailLength` largest. */
function beforeTail(logWeights: Float64Array, count: number, tailLength: number): number {
  const rank = count - tailLength - 1;
  if (rank < 0) return -Infinity;
  const values = count === logWeights.length ? logWeights.slice() : logWeights.filter(counts);
  selectRanks(values, [rank]);
  return values[rank]!;
}

/** Positions whose weight exceeds the cutoff (both relative to the largest), in ascending order of weight. */
function positionsAbove(logWeights: Float64Array, cutoff: number, largest: number): number[] {
  const positions: number[] = [];
  logWeights.forEach((value, i) => {
    if (counts(value) && value - largest > cutoff) positions.push(i);
  });
  return positions.sort((a, b) => logWeights[a]! - logWeights[b]!);
}

function smoothTail(smoothed: Float64Array, tail: readonly number[], cutoff: number, largest: number): number {
  const floor = Math.exp(cutoff);
  const exceedances = Float64Array.from(tail, (i) => Math.exp(smoothed[i]! - largest) - floor);
  const { k, sigma } = fitGeneralizedPareto(exceedances);
  if (!Number.isFinite(k) || !(sigma > 0)) return Number.POSITIVE_INFINITY;
  tail.forEach((position, rank) => {
    const value = Math.log(generalizedParetoQuantile((rank + 0.5) / tail.length, k, sigma) + floor);
    smoothed[position] = Math.min(value, 0) + largest;
  });
  return k;
}

/**
 * Zhang and Stephens' empirical-Bayes fit to ascending positive exceedances: θ = k/σ is averaged over a grid by its
 * profile likelihood, then k = mean log(1 − θx); the prior draws k, not σ, towards ½.
 */
export function fitGeneralizedPareto(ascending: Float64Array): { k: number; sigma: number } {
  const n = ascending.length;
  const gridSize = 30 + Math.floor(Math.sqrt(n));
  const quartile = ascending[Math.floor(n / 4 + 0.5) - 1] ?? 0;
  const largest = ascending[n - 1]!;
  if (!(quartile > 0)) return { k: Number.NaN, sigma: Number.NaN };
  const grid = Float64Array.from(
    { length: gridSize },
    (_, j) => (1 - Math.sqrt(gridSize / (j + 0.5))) / (3 * quartile) + 1 / largest,
  );
  const logLikelihood = grid.map((theta) => {
    const k = meanLog1p(ascending, -theta);
    const value = n * (Math.log(-theta / k) - k - 1);
    return Number.isNaN(value) ? -Infinity : value;
  });
  const highest = logLikelihood.reduce((a, b) => (b > a ? b : a), -Infinity);
  const unnormalised = logLikelihood.map((value) => Math.exp(value - highest));
  const total = sumOf(unnormalised);
  let weight = 0;
  let theta = 0;
  unnormalised.forEach((value, j) => {
    if (value / total < 10 * Number.EPSILON) return;
    weight += value;
    theta += value * grid[j]!;
  });
  theta /= weight;
  const k = meanLog1p(ascending, -theta);
  return { k: (n * k + 10 * 0.5) / (n + 10), sigma: -k / theta };
}

/** Quantile of the generalised Pareto distribution with location 0. */
export function generalizedParetoQuantile(p: number, k: number, sigma: number): number {
  const exponential = -Math.log1p(-p);
  return Math.abs(k) < Number.EPSILON ? sigma * exponential : (sigma * Math.expm1(k * exponential)) / k;
}

function meanLog1p(x: Float64Array, factor: number): number {
  let total = 0;
  for (const value of x) total += Math.log1p(factor * value);
  return total / x.length;
}

const sumOf = (x: Float64Array): number => x.reduce((a, b) => a + b, 0);

/** 1 / Σ w̄² over the draws that count. */
export function effectiveSampleSize(logWeights: Float64Array): number {
  const { largest } = census(logWeights);
  if (largest === -Infinity) return 0;
  let total = 0;
  let squares = 0;
  for (const value of logWeights) {
    if (!counts(value)) continue;
    const weight = Math.exp(value - largest);
    total += weight;
    squares += weight * weight;
  }
  return (total * total) / squares;
}

/**
 * log of the mean weight, with the standard error of that logarithm by the delta method: sd(w) / (√n · mean(w)) =
 * √(1/ESS − 1/n).
 */
export function logMeanWeight(logWeights: Float64Array): { value: number; standardError: number; count: number } {
  const { count, largest } = census(logWeights);
  if (count === 0 || largest === -Infinity) return { value: -Infinity, standardError: Number.POSITIVE_INFINITY, count };
  let total = 0;
  let squares = 0;
  for (const value of logWeights) {
    if (!counts(value)) continue;
    const weight = Math.exp(value - largest);
    total += weight;
    squares += weight * weight;
  }
  const standardError = Math.sqrt(Math.max(0, squares / (total * total) - 1 / count));
  return { value: largest + Math.log(total / count), standardError, count };
}
