/** A Gaussian over all the modes that several searches found: where an objective that covers mass begins. */
import { cholesky } from "../linalg.ts";
import { factorOfInverse } from "./gaussian.ts";
import type { Refined } from "./refine.ts";
import type { Start } from "./search.ts";

/** Means closer than this, in sds of either, are one mode. */
const SAME = 1;

/**
 * The moments of the mixture Σ_m π_m N(μ_m, Λ_m⁻¹), π_m ∝ exp(ELBO_m): each ELBO stands for the evidence of its mode (as
 * the weights of multi-path Pathfinder do: Zhang, Carpenter, Gelman & Vehtari 2022, §2.3). `scale` has the marginal sds.
 * Null where the covariance is not positive definite.
 */
export function coveringStart(found: readonly Refined[], size: number): Start | null {
  const modes = distinct(found, size);
  const top = Math.max(...modes.map(({ elbo }) => elbo));
  const weights = modes.map(({ elbo }) => Math.exp(elbo - top));
  const total = weights.reduce((a, b) => a + b, 0);
  const mean = new Float64Array(size);
  for (const [m, mode] of modes.entries()) {
    for (let i = 0; i < size; i++) mean[i]! += (weights[m]! / total) * mode.mean[i]!;
  }
  const covariance = new Float64Array(size * size);
  for (const [m, mode] of modes.entries()) {
    const factor = factorOfInverse(mode.precision, size);
    if (factor === null) return null;
    const share = weights[m]! / total;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let own = (mode.mean[i]! - mean[i]!) * (mode.mean[j]! - mean[j]!);
        for (let k = 0; k <= Math.min(i, j); k++) own += factor[i * size + k]! * factor[j * size + k]!;
        covariance[i * size + j]! += share * own;
      }
    }
  }
  const factor = cholesky(covariance, size);
  return factor && { mean, factor, scale: mean.map((_, i) => Math.sqrt(covariance[i * size + i]!)) };
}

/** The best of each mode. */
function distinct(found: readonly Refined[], size: number): Refined[] {
  const kept: Refined[] = [];
  for (const one of [...found].sort((a, b) => b.elbo - a.elbo)) {
    if (kept.every((other) => distance(one, other, size) > SAME || distance(other, one, size) > SAME)) kept.push(one);
  }
  return kept;
}

/** How far the other's mean lies from this one's, in its sds, per coordinate. */
function distance(one: Refined, other: Refined, size: number): number {
  let squares = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      squares += (other.mean[i]! - one.mean[i]!) * one.precision[i * size + j]! * (other.mean[j]! - one.mean[j]!);
    }
  }
  return Math.sqrt(Math.max(0, squares) / size);
}
