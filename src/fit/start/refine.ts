import {
  allFinite,
  cholesky,
  dot,
  inverseFromCholesky,
  invertLower,
  lowerTransposedTimes,
  matrixTimes,
  multiply,
  solveLower,
  solveLowerTransposed,
  transposedTimes,
  vectors,
} from "../linalg.ts";
import { type Measured, measure } from "./curvature.ts";
import type { Search } from "./density.ts";
import { antitheticPoints, factorOfInverse, type Gaussian, spectralMap } from "./gaussian.ts";

export type Family = "full-rank" | "mean-field";

export interface RefineOptions {
  readonly family: Family;
  readonly maxRounds: number;
  /** Whether a search that lies far below `toBeat` goes on while its pace could still bring it there. */
  readonly patient: boolean;
  /** Antithetic pairs of draws a round. */
  readonly pairs: number;
  readonly normal: () => number;
  /** An ELBO found elsewhere, or −∞: a search that stays far below it is given up. */
  readonly toBeat: number;
}

export interface Refined {
  readonly mean: Float64Array;
  /** −E_q[∇² log p] as far as it is positive definite: the precision a Gaussian near q should have. */
  readonly precision: Float64Array;
  /** The member of the family: with `precision`, or with its diagonal. */
  readonly q: Gaussian;
  readonly elbo: number;
  readonly error: number;
  readonly rounds: number;
}

/** Factors by which one round may widen and narrow a direction's variance. */
const WIDEST = 8;
const NARROWEST = 64;
/** A second opinion has so many rounds to come within so many nats of the first, or (a patient one) to be on its way there. */
const PATIENCE = { rounds: 8, nats: 10 } as const;
/** Smallest damping worth trying. */
const LEAST_DAMPING = 0.01;

/** The member of the family with this mean whose covariance (or whose diagonal precision) fits, or null. */
export function memberOf(family: Family, mean: Float64Array, precision: Float64Array): Gaussian | null {
  const n = mean.length;
  if (family === "full-rank") {
    const factor = factorOfInverse(precision, n);
    return factor && { mean, factor };
  }
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) factor[i * n + i] = 1 / Math.sqrt(precision[i * n + i]!);
  return allFinite(factor) ? { mean, factor } : null;
}

interface State {
  readonly mean: Float64Array;
  readonly precision: Float64Array;
  readonly q: Gaussian;
}

/**
 * Newton's method on the ELBO of a Gaussian, from expectations under q itself (variational online Newton: M. E. Khan
 * et al., *Fast and scalable Bayesian deep learning by weight-perturbation in Adam*, ICML 2018, eq. 4):
 *
 * Λ ← (1 − ρ)Λ − ρ E_q[∇² log p],  μ ← μ + ρ Λ⁻¹ E_q[∇ log p].
 *
 * One round is exact for a Gaussian posterior. For a factorised q the expectations are under the factorised q and Λ
 * stays dense, so the location moves along the posterior's correlations. A round whose ELBO is significantly worse is
 * taken back and tried again with a quarter of the damping ρ; eigenvalues of Λ change by bounded factors. Null where
 * log p is finite nowhere near q.
 */
export function* refine(start: Gaussian, options: RefineOptions): Search<Refined | null> {
  const n = start.mean.length;
  let state = stateOf(options.family, start.mean, inverseFromCholesky(start.factor, n));
  let best: { state: State; measured: Measured } | undefined;
  let rho = 1;
  let round = 0;
  let climb = 0;
  for (; round < options.maxRounds && state !== null; round++) {
    const { q } = state;
    const noise = vectors(options.pairs, n);
    for (const e of noise) for (let i = 0; i < n; i++) e[i] = options.normal();
    const evaluations = yield antitheticPoints(q, noise);
    const measured = measure(q, noise, evaluations);
    if (measured === null || (best !== undefined && significantlyWorse(measured, best.measured))) {
      if (best === undefined) {
        state = stateOf(
          options.family,
          state.mean,
          state.precision.map((value) => value * 16),
        );
        continue;
      }
      rho /= 4;
      if (rho < LEAST_DAMPING) break;
      state = advance(best.state, best.measured, rho, options.family)?.state ?? null;
      continue;
    }
    const before = best?.measured;
    best = { state, measured };
    const next = advance(state, measured, rho, options.family);
    if (next === null) break;
    if (
      round >= PATIENCE.rounds &&
      hopeless(measured.elbo, options.patient ? climb * (options.maxRounds - round) : 0, options.toBeat)
    )
      break;
    climb = before === undefined ? 0 : (climb + measured.elbo - before.elbo) / 2;
    // A short step changes little: only a whole one that brought nothing is an arrival.
    if (rho === 1 && before && next.predictedGain < 0.2 + 0.02 * n && !changed(measured, before)) break;
    rho = Math.min(1, rho * 2);
    state = next.state;
  }
  if (best === undefined) return null;
  const { elbo, error } = best.measured;
  return { ...best.state, elbo, error, rounds: round };
}

const hopeless = (elbo: number, climbToCome: number, toBeat: number): boolean =>
  elbo + PATIENCE.nats < toBeat && elbo + climbToCome < toBeat;

function stateOf(family: Family, mean: Float64Array, precision: Float64Array): State | null {
  const q = memberOf(family, mean, precision);
  return q && { mean, precision, q };
}

const significantlyWorse = (now: Measured, before: Measured): boolean =>
  now.elbo < before.elbo - 2 * Math.hypot(now.error, before.error) - 0.02;

const changed = (now: Measured, before: Measured): boolean =>
  Math.abs(now.elbo - before.elbo) > 2 * Math.hypot(now.error, before.error) + 0.05;

/** One damped Newton step; null where it leaves the positive definite matrices. */
function advance(
  { mean, precision, q }: State,
  measured: Measured,
  rho: number,
  family: Family,
): { state: State; predictedGain: number } | null {
  const n = mean.length;
  // Work in the coordinates that the present dense precision whitens: W Wᵀ = Λ⁻¹.
  const w = factorOfInverse(precision, n);
  if (w === null) return null;
  let curvature = measured.curvature;
  if (family === "mean-field") {
    const change = w.map((value, k) => value / q.factor[Math.floor(k / n) * (n + 1)]!);
    curvature = transposedTimes(change, multiply(curvature, change, n), n, n);
  }
  const target = spectralMap(curvature, n, (value) => Math.min(Math.max(value, 1 / WIDEST), NARROWEST));
  let shape = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const unit = i === j ? 1 : 0;
      shape += (target[i * n + j]! - unit) ** 2;
      target[i * n + j] = rho * target[i * n + j]! + (1 - rho) * unit;
    }
  }
  const factor = cholesky(target, n);
  if (factor === null) return null;
  const score = lowerTransposedTimes(w, solveLowerTransposed(q.factor, measured.score, n), n);
  const direction = solveLowerTransposed(factor, solveLower(factor, score, n), n);
  const length = Math.sqrt(dot(direction, direction));
  const move = matrixTimes(w, direction, n);
  const fraction = rho * Math.min(1, (2 * Math.sqrt(n)) / length);
  const inverse = invertLower(w, n);
  const next = symmetrised(transposedTimes(inverse, multiply(target, inverse, n), n, n), n);
  const moved = mean.map((value, i) => value + fraction * move[i]!);
  const state = allFinite(moved) && allFinite(next) ? stateOf(family, moved, next) : null;
  return state && { state, predictedGain: length ** 2 / 2 + shape / 4 };
}

function symmetrised(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = (a[i * n + j]! + a[j * n + i]!) / 2;
      a[i * n + j] = value;
      a[j * n + i] = value;
    }
  }
  return a;
}
