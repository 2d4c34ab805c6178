import type { Axis } from "../graph/axis.ts";
import { add, exp, gt, iota, mul, select, sqrt, square, sum, triangularSolve } from "../graph/ops.ts";
import { diagonal, embedDiagonal, rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import {
  type BoundGuide,
  checkStart,
  type Guide,
  type GuideDraws,
  type GuideStart,
  type Noise,
  type Parameters,
} from "./guide.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

/**
 * The Gaussian with any covariance, q(z) = N(z; μ, L Lᵀ), with
 *
 * μ = center + loc,  L = strictly lower triangle `lower` + diagonal exp(logDiagonal),  z = μ + L ε.
 *
 * Its local coordinates are those that L whitens: a step (δ, X), X lower triangular, takes μ to μ + L δ and L to
 * L(I + X), the diagonal to L_ii exp(X_ii). In them the Fisher information is constant and diagonal (1 for δ and below
 * the diagonal, 2 on it), so that the natural gradient is the gradient with half the diagonal, whatever the units and
 * correlations (W. Lin, F. Nielsen, M. E. Khan & M. Schmidt, *Tractable structured natural-gradient descent using
 * local parameterizations*, ICML 2021).
 */
export function fullRank(): Guide {
  return { name: "full-rank", startFamily: "full-rank", bind };
}

function bind(coordinate: Axis, start: GuideStart): BoundGuide {
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const middle = column.prime();
  const strictlyLower = gt(iota(row), iota(column));
  const below = (matrix: Value): Value => select(strictlyLower, matrix, 0);
  const factorOf = (lambda: Parameters): Value =>
    add(below(lambda.lower!), embedDiagonal(exp(lambda.logDiagonal!), row, column));
  /** Lᵀ v for v over the rows, as a vector over the rows. */
  const whitened = (factor: Value, v: Value): Value => rename(sum(mul(factor, v), [row]), column, row);
  /** A B. */
  const product = (a: Value, b: Value): Value => sum(mul(rename(a, column, middle), rename(b, row, middle)), [middle]);

  const { logDiagonal, lower } = initialFactor(start, size);
  return {
    name: "full-rank",
    coordinate,
    parameters: {
      loc: { axes: [row], initial: new Float64Array(size) },
      logDiagonal: { axes: [row], initial: logDiagonal },
      lower: { axes: [row, column], initial: lower },
    },
    constants: { center: { axes: [row], values: start.mean } },
    localAxes: { loc: [row], logDiagonal: [row], lower: [row, column] },
    gradientEstimator: "sticking-the-landing",

    sample(lambda, constants, noise: Noise): GuideDraws {
      const epsilon = noise("normal", [column], 0);
      const logDeterminant = sum(lambda.logDiagonal!, [row]);
      const radius = sum(square(epsilon), [column]);
      return {
        z: add(add(constants.center!, lambda.loc!), sum(mul(factorOf(lambda), epsilon), [column])),
        logDensity: radius
          .mul(-0.5)
          .sub(logDeterminant)
          .sub((size / 2) * LOG_TWO_PI),
        entropy: logDeterminant.add((size / 2) * (1 + LOG_TWO_PI)),
        noise: epsilon,
        radius,
      };
    },

    logDensityAt(lambda, constants, z) {
      const centred = z.sub(add(constants.center!, lambda.loc!));
      const standardised = triangularSolve(factorOf(lambda), centred, row, column);
      return sum(square(standardised), [row])
        .mul(-0.5)
        .sub(sum(lambda.logDiagonal!, [row]))
        .sub((size / 2) * LOG_TWO_PI);
    },
    logDensityTerms: (lambda, _constants, { noise }) =>
      square(rename(noise, column, row))
        .mul(-0.5)
        .sub(lambda.logDiagonal!)
        .sub(LOG_TWO_PI / 2),
    marginals: (lambda, constants) => ({
      loc: add(constants.center!, lambda.loc!),
      scale: sqrt(sum(square(factorOf(lambda)), [column])),
    }),

    /**
     * With u = Lᵀ ∇log p(z) + ε, the whitened gradient of log p − log q along the path: δ = E[u], X = lower triangle of
     * E[u εᵀ], its diagonal halved. u vanishes draw by draw where q is the posterior. Without sticking-the-landing the
     * terms in ε stand at their expectations, 0 and I.
     */
    naturalGradient(lambda, _constants, draws, { draw, score, good, share }, estimator) {
      const stl = estimator === "sticking-the-landing";
      const noiseOverRow = rename(draws.noise, column, row);
      const pulled = whitened(factorOf(lambda), score);
      // Zero for a draw that is left out, as its score is.
      const u = stl ? add(pulled, select(good, noiseOverRow, 0)) : pulled;
      const mean = (x: Value): Value => mul(sum(x, [draw]), share);
      const outer = mean(mul(u, draws.noise));
      const trace = mean(mul(u, noiseOverRow));
      return {
        loc: mean(u),
        logDiagonal: (stl ? trace : trace.add(1)).mul(0.5),
        lower: below(outer),
      };
    },
    pullback(lambda, _constants, gradient) {
      const factor = factorOf(lambda);
      // The gradient in L, whose diagonal is that in log L_ii over L_ii; then Lᵀ times it, column by column.
      const inFactor = add(
        below(gradient.lower!),
        embedDiagonal(gradient.logDiagonal!.mul(exp(lambda.logDiagonal!.neg())), row, column),
      );
      const transposed = rename(rename(factor, row, middle), column, row);
      const local = sum(mul(transposed, rename(inFactor, row, middle)), [middle]);
      return {
        loc: whitened(factor, gradient.loc!),
        logDiagonal: diagonal(local, row, column).mul(0.5),
        lower: below(local),
      };
    },
    retract(lambda, _constants, step) {
      const factor = factorOf(lambda);
      const moved = sum(mul(factor, rename(step.loc!, row, column)), [column]);
      const stretch = exp(rename(step.logDiagonal!, row, column));
      return {
        loc: lambda.loc!.add(moved),
        logDiagonal: lambda.logDiagonal!.add(step.logDiagonal!),
        lower: below(add(mul(lambda.lower!, stretch), product(factor, below(step.lower!)))),
      };
    },

    moments(lambda) {
      const scaleTril = new Float64Array(size * size);
      const scale = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < i; j++) scaleTril[i * size + j] = lambda.lower![i * size + j]!;
        scaleTril[i * size + i] = Math.exp(lambda.logDiagonal![i]!);
        for (let j = 0; j <= i; j++) scale[i]! += scaleTril[i * size + j]! ** 2;
        scale[i] = Math.sqrt(scale[i]!);
      }
      return {
        loc: start.mean.map((center, i) => center + lambda.loc![i]!),
        scaleTril,
        scale,
        gaussian: true,
        complete: true,
      };
    },
  };
}

function initialFactor(start: GuideStart, size: number): { logDiagonal: Float64Array; lower: Float64Array } {
  const logDiagonal = start.scale.map(Math.log);
  const lower = new Float64Array(size * size);
  if (start.factor === null) return { logDiagonal, lower };
  for (let i = 0; i < size; i++) {
    logDiagonal[i] = Math.log(start.factor[i * size + i]!);
    for (let j = 0; j < i; j++) lower[i * size + j] = start.factor[i * size + j]!;
  }
  return { logDiagonal, lower };
}
