import {
  allFinite,
  cholesky,
  dot,
  inverseFromCholesky,
  lowerTransposedTimes,
  multiply,
  transposedTimes,
} from "../linalg.ts";
import type { Evaluation } from "./density.ts";
import { type Gaussian, gaussianEntropy } from "./gaussian.ts";

/** What a batch of antithetic draws tells of a Gaussian q; gradients and Hessians in the coordinates q whitens. */
export interface Measured {
  readonly elbo: number;
  /** Its standard error. */
  readonly error: number;
  /** E_q[Lᵀ ∇log p]. */
  readonly score: Float64Array;
  /** −E_q[Lᵀ ∇² log p L]: the identity where q has the posterior's covariance. */
  readonly curvature: Float64Array;
}

/** Fewest good pairs, of those drawn, that say anything. */
const ENOUGH = 0.6;

/**
 * The expected score from the even part of the scores of the pairs ±ε, the expected Hessian by regressing their odd
 * part on ε (T. Salimans & D. Knowles, *Fixed-form variational posterior approximation through stochastic linear
 * regression*, Bayesian Analysis 2013): both without error where log p is quadratic. Null where too few pairs are
 * finite.
 */
export function measure(
  q: Gaussian,
  noise: readonly Float64Array[],
  evaluations: readonly Evaluation[],
): Measured | null {
  const n = q.mean.length;
  const values: number[] = [];
  const evenSum = new Float64Array(n);
  const [kept, odd] = [new Float64Array(noise.length * n), new Float64Array(noise.length * n)];
  for (const [p, e] of noise.entries()) {
    const plus = evaluations[2 * p]!;
    const minus = evaluations[2 * p + 1]!;
    const value = (plus.logJoint + minus.logJoint) / 2 + dot(e, e) / 2;
    if (!Number.isFinite(value) || !allFinite(plus.gradient) || !allFinite(minus.gradient)) continue;
    const row = values.length * n;
    values.push(value);
    kept.set(e, row);
    for (let i = 0; i < n; i++) {
      evenSum[i]! += (plus.gradient[i]! + minus.gradient[i]!) / 2;
      odd[row + i] = (plus.gradient[i]! - minus.gradient[i]!) / 2;
    }
  }
  const good = values.length;
  if (good < n + 1 || good < ENOUGH * noise.length) return null;
  const factor = cholesky(transposedTimes(kept, kept, good, n), n);
  if (factor === null) return null;
  const oddNoise = transposedTimes(q.factor, transposedTimes(odd, kept, good, n), n, n);
  const slope = multiply(oddNoise, inverseFromCholesky(factor, n), n);
  const score = lowerTransposedTimes(q.factor, evenSum, n).map((sum) => sum / good);
  const curvature = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) curvature[i * n + j] = -(slope[i * n + j]! + slope[j * n + i]!) / 2;
  const mean = values.reduce((total, value) => total + value, 0) / good;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (good - 1);
  const elbo = mean + gaussianEntropy(q.factor, n) - n / 2;
  if (!Number.isFinite(elbo) || !allFinite(score) || !allFinite(curvature)) return null;
  return { elbo, error: Math.sqrt(variance / good), score, curvature };
}
