import { allFinite } from "../linalg.ts";
import type { Search } from "./density.ts";

const ROUNDS = 7;
const PAIRS = 16;
const LARGEST_CHANGE = 10;

/** A factorised Gaussian and its ELBO. */
export interface ScoredDiagonal {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  readonly elbo: number;
}

/**
 * Scales for many coordinates, where no dense matrix is affordable: each σ_i² ← 1/−E_q[∂² log p/∂z_i²], the expected
 * curvature from antithetic pairs, E[(g_i(ε) − g_i(−ε)) ε_i]/2σ_i (Stein's identity), averaged over rounds. The ELBO is
 * that of the last round; −∞ where no draw was finite.
 */
export function* diagonalGaussian(
  mean: Float64Array,
  initialScale: number,
  normals: (n: number) => Float64Array,
): Search<ScoredDiagonal> {
  const n = mean.length;
  let scale = new Float64Array(n).fill(initialScale);
  let elbo = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const noise = Array.from({ length: PAIRS }, () => normals(n));
    const at = (e: Float64Array, sign: number): Float64Array => mean.map((m, i) => m + sign * scale[i]! * e[i]!);
    const evaluations = yield noise.flatMap((e) => [at(e, 1), at(e, -1)]);
    const joint = evaluations.reduce((sum, { logJoint }) => sum + logJoint, 0) / evaluations.length;
    const entropy = scale.reduce((sum, value) => sum + Math.log(value), (n / 2) * (1 + Math.log(2 * Math.PI)));
    elbo = Number.isFinite(joint) ? joint + entropy : Number.NEGATIVE_INFINITY;
    const curvature = new Float64Array(n);
    const squares = new Float64Array(n);
    for (const [p, e] of noise.entries()) {
      const plus = evaluations[2 * p]!.gradient;
      const minus = evaluations[2 * p + 1]!.gradient;
      if (!allFinite(plus) || !allFinite(minus)) continue;
      for (let i = 0; i < n; i++) {
        curvature[i]! -= ((plus[i]! - minus[i]!) / 2) * e[i]! * scale[i]!;
        squares[i]! += e[i]! ** 2;
      }
    }
    // Large changes first, then ever smaller ones: an average of noisy rounds.
    const limit = LARGEST_CHANGE ** (1 / Math.max(1, round - 1));
    scale = scale.map((value, i) => {
      const wanted = curvature[i]! > 0 ? Math.sqrt(squares[i]! / curvature[i]!) : limit;
      return value * Math.min(Math.max(wanted, 1 / limit), limit);
    });
  }
  return { mean, scale, elbo };
}
