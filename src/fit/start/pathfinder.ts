import { allFinite, cholesky, matrixTimes, vectors } from "../linalg.ts";
import type { Search } from "./density.ts";
import { antitheticPoints, type Gaussian, gaussianEntropy } from "./gaussian.ts";
import type { PathPoint } from "./quasiNewton.ts";

export interface ScoredGaussian {
  readonly gaussian: Gaussian;
  readonly elbo: number;
}

/**
 * The ELBO of the Gaussian at each point of a path, N(x + H g, H), by a few antithetic draws (L. Zhang, B. Carpenter,
 * A. Gelman & A. Vehtari, *Pathfinder*, JMLR 2022): the best need not be the path's end, which for a hierarchical
 * model may lie at infinity.
 */
export function* scorePath(path: readonly PathPoint[], pairs: number, normal: () => number): Search<ScoredGaussian[]> {
  const candidates: Gaussian[] = [];
  for (const { point, gradient, inverseHessian } of path) {
    if (inverseHessian === null) continue;
    const n = point.length;
    const factor = cholesky(inverseHessian, n);
    const step = matrixTimes(inverseHessian, gradient, n);
    if (factor !== null && allFinite(step)) candidates.push({ mean: point.map((x, i) => x + step[i]!), factor });
  }
  if (candidates.length === 0) return [];
  const n = candidates[0]!.mean.length;
  const noise = vectors(pairs, n);
  for (const e of noise) for (let i = 0; i < n; i++) e[i] = normal();
  const size = 2 * pairs;
  const evaluations = yield candidates.flatMap((q) => antitheticPoints(q, noise));
  return candidates.map((gaussian, c) => {
    let total = 0;
    for (let s = 0; s < size; s++) total += evaluations[c * size + s]!.logJoint;
    const elbo = total / size + gaussianEntropy(gaussian.factor, n);
    return { gaussian, elbo: Number.isFinite(elbo) ? elbo : Number.NEGATIVE_INFINITY };
  });
}
