import type { GuideStart } from "./guide.ts";

/**
 * The start of the best independent block: N(m_b, (Λ_bb)⁻¹), where Λ is the precision of the start, since the Gaussian
 * block that minimises KL(q ‖ p) has its own block of the precision (C. Bishop, *Pattern recognition and machine
 * learning*, 2006, §10.1.2).
 *
 * With F Fᵀ = Λ⁻¹ and G the block's columns of F⁻¹, Λ_bb = GᵀG. G = Q M with M lower triangular (Gram–Schmidt from the
 * last column to the first) makes M⁻¹ the lower factor of (Λ_bb)⁻¹ without squaring a condition number.
 */
export function blockStart({ mean, factor, scale }: GuideStart, positions: readonly number[]): GuideStart {
  const own = (values: Float64Array): Float64Array => Float64Array.from(positions, (i) => values[i]!);
  if (factor === null) return { mean: own(mean), factor: null, scale: own(scale) };
  const n = mean.length;
  const size = positions.length;
  const columns = positions.map((i) => inverseColumn(factor, n, i));
  const norms = columns.map((column) => Math.hypot(...column));
  const M = new Float64Array(size * size);
  for (let j = size - 1; j >= 0; j--) {
    for (let i = size - 1; i > j; i--) {
      const along = inner(columns[i]!, columns[j]!);
      M[i * size + j] = along;
      for (let k = 0; k < n; k++) columns[j]![k]! -= along * columns[i]![k]!;
    }
    const norm = Math.sqrt(inner(columns[j]!, columns[j]!));
    M[j * size + j] = norm;
    for (let k = 0; k < n; k++) columns[j]![k]! /= norm;
  }
  const inverse = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    const column = inverseColumn(M, size, j);
    for (let i = j; i < size; i++) inverse[i * size + j] = column[i]!;
  }
  return { mean: own(mean), factor: inverse, scale: Float64Array.from(norms, (norm) => 1 / norm) };
}

/** Column j of the inverse of a lower triangular matrix, by forward substitution. */
function inverseColumn(lower: Float64Array, n: number, j: number): Float64Array {
  const x = new Float64Array(n);
  for (let i = j; i < n; i++) {
    let rest = i === j ? 1 : 0;
    for (let k = j; k < i; k++) rest -= lower[i * n + k]! * x[k]!;
    x[i] = rest / lower[i * n + i]!;
  }
  return x;
}

const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
