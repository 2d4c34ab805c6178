import { cholesky, invertLower, lowerTimes, symmetricEigen, vectors } from "../linalg.ts";

/** N(mean, factor·factorᵀ), factor lower triangular, row-major. */
export interface Gaussian {
  readonly mean: Float64Array;
  readonly factor: Float64Array;
}

export const logDeterminant = (factor: Float64Array, n: number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(factor[i * n + i]!);
  return sum;
};

export const gaussianEntropy = (factor: Float64Array, n: number): number =>
  logDeterminant(factor, n) + (n / 2) * (1 + Math.log(2 * Math.PI));

/** mean + factor·noise and mean − factor·noise, for each noise in turn. */
export function antitheticPoints({ mean, factor }: Gaussian, noise: readonly Float64Array[]): Float64Array[] {
  const n = mean.length;
  const points = vectors(2 * noise.length, n);
  const away = new Float64Array(n);
  for (const [p, e] of noise.entries()) {
    lowerTimes(factor, e, n, away);
    const [plus, minus] = [points[2 * p]!, points[2 * p + 1]!];
    for (let i = 0; i < n; i++) {
      plus[i] = mean[i]! + away[i]!;
      minus[i] = mean[i]! - away[i]!;
    }
  }
  return points;
}

/** Lower factor of the inverse of a precision matrix, or null if that is not positive definite. */
export function factorOfInverse(precision: Float64Array, n: number): Float64Array | null {
  // With P the exchange matrix, P Λ P = R Rᵀ gives Λ⁻¹ = (P R⁻ᵀ P)(P R⁻ᵀ P)ᵀ, and P R⁻ᵀ P is lower triangular.
  const flipped = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) flipped[i] = precision[n * n - 1 - i]!;
  const r = cholesky(flipped, n);
  if (r === null) return null;
  const inverse = invertLower(r, n);
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) factor[i * n + j] = inverse[(n - 1 - j) * n + (n - 1 - i)]!;
  return factor;
}

/** V f(values) Vᵀ. */
export function spectralMap(a: Float64Array, n: number, f: (value: number) => number): Float64Array {
  const { values, vectors } = symmetricEigen(a, n);
  const mapped = values.map(f);
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += vectors[i * n + k]! * mapped[k]! * vectors[j * n + k]!;
      result[i * n + j] = s;
      result[j * n + i] = s;
    }
  }
  return result;
}
