import { Axis } from "../graph/axis.ts";
import { expand } from "../graph/expand.ts";
import { cholesky, contract, logDeterminant } from "../graph/linalg.ts";
import { add, constant, eq, exp, iota, log, mul, select, sqrt, square, sum, triangularSolve } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import { scanAll } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { automatic } from "./automatic.ts";
import { type BoundGuide, checkStart, type Guide, GuideError, type GuideStart, type Parameters } from "./guide.ts";
import { firstWeights } from "./initial.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);
const MOST = 10;

export interface LowRankOptions {
  /** Columns of B. Default: the root of the number of coordinates, at most 10. */
  readonly rank?: number;
}

/**
 * The Gaussian with a covariance of low rank plus a diagonal, q(z) = N(z; μ, S(B Bᵀ + diag d²)S), with
 *
 * μ = center + W·loc,  d = exp(logScale),  z = μ + S(B ε₁ + d ε₂),  S = diag(scale₀),
 *
 * W as in the mean-field guide. D(r + 2) parameters and O(D r) work a draw instead of D²: for many coordinates with a few
 * directions along which they move together (V. Ong, D. Nott & M. Smith, *Gaussian variational approximation with a factor
 * covariance structure*, Journal of Computational and Graphical Statistics 27, 2018, §2).
 *
 * Density and determinant go by the r×r matrix C = I + Bᵀ diag d⁻² B (Woodbury): with y = (z − μ)/scale₀ and
 * u = C⁻¹ Bᵀ diag d⁻² y, the squared distance is |(y − B u)/d|² + |u|², a sum of squares that nothing cancels in. It begins
 * with the leading directions of the start's covariance.
 */
export function lowRank(options: LowRankOptions = {}): Guide {
  const { rank } = options;
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1)) {
    throw new GuideError(`lowRank({ rank }) takes a positive integer, got ${String(rank)}`);
  }
  return {
    name: "low-rank",
    startFamily: "full-rank",
    bind: (coordinate, start) => bind(coordinate, start, rank ?? Math.min(MOST, Math.ceil(Math.sqrt(coordinate.size)))),
  };
}

function bind(coordinate: Axis, start: GuideStart, wanted: number): BoundGuide {
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const rank = new Axis("rank", Math.min(wanted, size));
  const other = rank.prime();
  const dense = start.factor !== null;

  const spread = (constants: Parameters, v: Value): Value =>
    dense ? contract(constants.whitening!, rename(v, row, column), column) : mul(constants.whitening!, v);
  const mean = (lambda: Parameters, constants: Parameters): Value =>
    add(constants.center!, spread(constants, lambda.loc!));
  /** B over d. */
  const relative = (lambda: Parameters): Value => mul(lambda.factor!, exp(lambda.logScale!.neg()));
  /** The Cholesky factor of C. */
  const inner = (lambda: Parameters): Value => {
    const B = relative(lambda);
    const unit = select(eq(iota(rank), iota(other)), 1, 0);
    return cholesky(add(contract(B, rename(B, rank, other), row), unit), rank, other);
  };
  const halfLogDeterminant = (lambda: Parameters, constants: Parameters, L: Value): Value =>
    add(sum(add(lambda.logScale!, log(constants.scale0!)), [row]), logDeterminant(L, rank, other).mul(0.5));
  const distance = (lambda: Parameters, constants: Parameters, z: Value, L: Value): Value => {
    const y = z.sub(mean(lambda, constants)).div(mul(constants.scale0!, exp(lambda.logScale!)));
    const B = relative(lambda);
    const half = triangularSolve(L, contract(B, y, row), rank, other);
    const u = triangularSolve(L, half, rank, other, true);
    return add(sum(square(y.sub(contract(B, u, rank))), [row]), sum(square(u), [rank]));
  };
  const logDensityAt = (lambda: Parameters, constants: Parameters, z: Value): Value => {
    const L = inner(lambda);
    return distance(lambda, constants, z, L)
      .mul(-0.5)
      .sub(halfLogDeterminant(lambda, constants, L))
      .sub((size / 2) * LOG_TWO_PI);
  };
  const parameters: BoundGuide["parameters"] = {
    loc: { axes: [row], initial: new Float64Array(size), adaptive: true },
    logScale: { axes: [row], initial: new Float64Array(size), adaptive: true },
    factor: { axes: [row, rank], initial: leadingDirections(start, rank.size), adaptive: true },
  };
  return {
    name: "low-rank",
    coordinate,
    parameters,
    constants: {
      center: { axes: [row], values: start.mean },
      scale0: { axes: [row], values: start.scale },
      whitening: dense ? { axes: [row, column], values: start.factor } : { axes: [row], values: start.scale },
    },
    gradientEstimator: "sticking-the-landing",
    ...automatic(parameters, logDensityAt),

    sample(lambda, constants, noise) {
      const own = noise("normal", [row], 0);
      const shared = noise("normal", [rank], 1);
      const away = add(contract(lambda.factor!, shared, rank), mul(exp(lambda.logScale!), own));
      const z = add(mean(lambda, constants), mul(constants.scale0!, away));
      const L = inner(lambda);
      const radius = distance(lambda, constants, z, L);
      const determinant = halfLogDeterminant(lambda, constants, L);
      return {
        z,
        logDensity: radius
          .mul(-0.5)
          .sub(determinant)
          .sub((size / 2) * LOG_TWO_PI),
        entropy: determinant.add((size / 2) * (1 + LOG_TWO_PI)),
        noise: own,
        radius,
      };
    },
    logDensityAt,
    /**
     * Given ε₁ the coordinates are independent: a Kalman filter whose state, ε₁, stands still, learns it from one coordinate
     * after the other and predicts the next (J. Durbin & S. J. Koopman, *Time Series Analysis by State Space Methods*, §4.3).
     */
    logDensityTerms(lambda, constants, { z }) {
      const y = z.sub(mean(lambda, constants)).div(constants.scale0!);
      const B = lambda.factor!;
      const prior = [expand(constant(0), [rank]), select(eq(iota(rank), iota(other)), 1, 0), 0] as const;
      const [, , terms] = scanAll(row, prior, ([known, covariance]) => {
        const cross = contract(B, covariance!, rank);
        const onRank = rename(cross, other, rank);
        const variance = contract(B, onRank, rank).add(exp(lambda.logScale!.mul(2)));
        const error = y.sub(contract(B, known!, rank));
        const gain = onRank.div(variance);
        const term = log(variance).add(square(error).div(variance)).mul(-0.5);
        return [known!.add(gain.mul(error)), covariance!.sub(gain.mul(cross)), term];
      });
      return terms!.sub(log(constants.scale0!)).sub(LOG_TWO_PI / 2);
    },
    marginals: (lambda, constants) => ({
      loc: mean(lambda, constants),
      scale: mul(constants.scale0!, sqrt(add(square(exp(lambda.logScale!)), sum(square(lambda.factor!), [rank])))),
    }),

    moments(lambda) {
      const loc = Float64Array.from(start.mean);
      const scale = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        if (start.factor === null) loc[i]! += start.scale[i]! * lambda.loc![i]!;
        else for (let j = 0; j <= i; j++) loc[i]! += start.factor[i * size + j]! * lambda.loc![j]!;
        const columns = lambda.factor!.subarray(i * rank.size, (i + 1) * rank.size);
        scale[i] = start.scale[i]! * Math.hypot(Math.exp(lambda.logScale![i]!), ...columns);
      }
      return { loc, scale, scaleTril: null, gaussian: true, complete: false };
    },
  };
}

/** Rounds of the power iteration below: it only gives a place to begin. */
const ROUNDS = 30;

/**
 * V √(Λ − I)₊ for the leading eigenvectors V of the start's covariance in units of its scales (orthogonal iteration: G.
 * Golub & C. Van Loan, *Matrix computations*, §7.3.2), so that with d = 1 the covariance is the start's along them. A
 * little of every direction where nothing is known.
 */
function leadingDirections({ factor, scale }: GuideStart, rank: number): Float64Array {
  const size = scale.length;
  const B = firstWeights(size * rank, 1, 1);
  const column = (k: number): Float64Array => Float64Array.from({ length: size }, (_, i) => B[i * rank + k]!);
  const columns = Array.from({ length: rank }, (_, k) => column(k));
  const values = new Float64Array(rank);
  if (factor !== null) {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [k, v] of columns.entries()) {
        const next = covarianceTimes(factor, scale, v);
        for (let j = 0; j < k; j++) {
          const along = next.reduce((total, x, i) => total + x * columns[j]![i]!, 0);
          for (let i = 0; i < size; i++) next[i]! -= along * columns[j]![i]!;
        }
        values[k] = Math.hypot(...next);
        columns[k] = next.map((x) => x / (values[k]! || 1));
      }
    }
  }
  for (const [k, v] of columns.entries()) {
    const length = factor === null ? 0.01 : Math.sqrt(Math.max(values[k]! - 1, 1e-4));
    for (let i = 0; i < size; i++) B[i * rank + k] = length * v[i]!;
  }
  return B;
}

/** S⁻¹ F Fᵀ S⁻¹ v. */
function covarianceTimes(factor: Float64Array, scale: Float64Array, v: Float64Array): Float64Array {
  const size = scale.length;
  const half = new Float64Array(size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) half[j]! += (factor[i * size + j]! * v[i]!) / scale[i]!;
  return Float64Array.from({ length: size }, (_, i) => {
    let total = 0;
    for (let j = 0; j <= i; j++) total += factor[i * size + j]! * half[j]!;
    return total / scale[i]!;
  });
}
