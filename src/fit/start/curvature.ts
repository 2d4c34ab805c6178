import { allFinite, cholesky, dot, inverseFromCholesky, lowerTransposedTimes, multiply, vectors } from "../linalg.ts";
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
  const score = new Float64Array(n);
  const noiseNoise = new Float64Array(n * n);
  const oddNoise = new Float64Array(n * n);
  const [pulledPlus, pulledMinus] = vectors(2, n) as [Float64Array, Float64Array];
  const values: number[] = [];
  for (const [p, e] of noise.entries()) {
    const plus = evaluations[2 * p]!;
    const minus = evaluations[2 * p + 1]!;
    const value = (plus.logJoint + minus.logJoint) / 2 + dot(e, e) / 2;
    if (!Number.isFinite(value) || !allFinite(plus.gradient) || !allFinite(minus.gradient)) continue;
    values.push(value);
    lowerTransposedTimes(q.factor, plus.gradient, n, pulledPlus);
    lowerTransposedTimes(q.factor, minus.gradient, n, pulledMinus);
    for (let i = 0; i < n; i++) {
      score[i]! += (pulledPlus[i]! + pulledMinus[i]!) / 2;
      const odd = (pulledPlus[i]! - pulledMinus[i]!) / 2;
      for (let j = 0; j < n; j++) {
        oddNoise[i * n + j]! += odd * e[j]!;
        noiseNoise[i * n + j]! += e[i]! * e[j]!;
      }
    }
  }
  const good = values.length;
  if (good < n + 1 || good < ENOUGH * noise.length) return null;
  const factor = cholesky(noiseNoise, n);
  if (factor === null) return null;
  const slope = multiply(oddNoise, inverseFromCholesky(factor, n), n);
  const curvature = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    score[i]! /= good;
    for (let j = 0; j < n; j++) curvature[i * n + j] = -(slope[i * n + j]! + slope[j * n + i]!) / 2;
  }
  const mean = values.reduce((total, value) => total + value, 0) / good;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (good - 1);
  const elbo = mean + gaussianEntropy(q.factor, n) - n / 2;
  if (!Number.isFinite(elbo) || !allFinite(score) || !allFinite(curvature)) return null;
  return { elbo, error: Math.sqrt(variance / good), score, curvature };
}
