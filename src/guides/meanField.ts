import type { Axis } from "../graph/axis.ts";
import { add, exp, log, mul, select, square, sum } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
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
 * The factorised Gaussian, q(z) = Π_i N(z_i; μ_i, σ_i²), with
 *
 * μ = center + W·loc,  σ = scale₀·exp(logScale),  z = μ + σ ε.
 *
 * W Wᵀ is about the posterior's covariance, though q's own is diagonal: the posterior mean of a correlated model is
 * found by steps along its correlations, not coordinate by coordinate (A. Kucukelbir et al., *Automatic
 * differentiation variational inference*, JMLR 2017, §2.4, for the family).
 */
export function meanField(): Guide {
  return { name: "mean-field", startFamily: "mean-field", bind };
}

function bind(coordinate: Axis, start: GuideStart): BoundGuide {
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const dense = start.factor !== null;

  const location = (lambda: Parameters, constants: Parameters): Value => {
    const { center, whitening } = constants as { center: Value; whitening: Value };
    if (!dense) return add(center, mul(whitening, lambda.loc!));
    return add(center, sum(mul(whitening, rename(lambda.loc!, row, column)), [column]));
  };
  const scaleOf = (lambda: Parameters, constants: Parameters): Value => mul(constants.scale0!, exp(lambda.logScale!));
  /** The sum of what is fixed by itself: it is the same in every step. */
  const logDeterminantOf = (lambda: Parameters, constants: Parameters): Value =>
    add(sum(lambda.logScale!, [row]), sum(log(constants.scale0!), [row]));
  /** A gradient by the mean in local coordinates: Wᵀ v, or σ v. */
  const localOf = (lambda: Parameters, constants: Parameters, v: Value): Value =>
    dense ? rename(sum(mul(constants.whitening!, v), [row]), column, row) : mul(scaleOf(lambda, constants), v);

  /**
   * Without correlations the local coordinates of the location are q's present sds, which λ counts in those of the start: a
   * start that was too narrow, as a diagonal one of hundreds of coordinates may be, does not make steps short for good.
   */
  const inPresentScale = (lambda: Parameters, loc: Value): Value => (dense ? loc : mul(exp(lambda.logScale!), loc));

  return {
    name: "mean-field",
    coordinate,
    parameters: {
      loc: { axes: [row], initial: new Float64Array(size) },
      logScale: { axes: [row], initial: new Float64Array(size) },
    },
    constants: {
      center: { axes: [row], values: start.mean },
      scale0: { axes: [row], values: start.scale },
      whitening: dense ? { axes: [row, column], values: start.factor } : { axes: [row], values: start.scale },
    },
    localAxes: { loc: [row], logScale: [row] },
    gradientEstimator: "sticking-the-landing",

    sample(lambda, constants, noise: Noise): GuideDraws {
      const epsilon = noise("normal", [row], 0);
      const scale = scaleOf(lambda, constants);
      const logDeterminant = logDeterminantOf(lambda, constants);
      const radius = sum(square(epsilon), [row]);
      return {
        z: add(location(lambda, constants), mul(scale, epsilon)),
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
      const standardised = z.sub(location(lambda, constants)).div(scaleOf(lambda, constants));
      return sum(square(standardised), [row])
        .mul(-0.5)
        .sub(logDeterminantOf(lambda, constants))
        .sub((size / 2) * LOG_TWO_PI);
    },
    logDensityTerms: (lambda, constants, { noise }) =>
      square(noise)
        .mul(-0.5)
        .sub(add(lambda.logScale!, log(constants.scale0!)))
        .sub(LOG_TWO_PI / 2),
    marginals: (lambda, constants) => ({ loc: location(lambda, constants), scale: scaleOf(lambda, constants) }),

    /**
     * loc: Wᵀ E[g], and σ E[g] where W is diagonal. logScale, whose Fisher information is 2: ½ E[σ g ε + 1], or ½ E[(σ g + ε) ε] sticking to the landing,
     * which leaves only the noise of correlations. In the location the landing's term, E[ε/σ] = 0, would be noise
     * alone, amplified by W where the posterior is correlated: it is left out. (With antithetic draws it is zero.)
     */
    naturalGradient(lambda, constants, draws, { draw, score, good, share }, estimator) {
      const mean = (x: Value): Value => mul(sum(x, [draw]), share);
      const product = mul(scaleOf(lambda, constants), mean(mul(score, draws.noise)));
      const path = estimator === "sticking-the-landing" ? mean(select(good, square(draws.noise), 0)) : 1;
      return {
        loc: localOf(lambda, constants, mean(score)),
        logScale: add(product, path).mul(0.5),
      };
    },
    pullback: (lambda, _constants, gradient) => ({
      loc: inPresentScale(lambda, gradient.loc!),
      logScale: gradient.logScale!.mul(0.5),
    }),
    retract: (lambda, _constants, step) => ({
      loc: lambda.loc!.add(inPresentScale(lambda, step.loc!)),
      logScale: lambda.logScale!.add(step.logScale!),
    }),

    moments(lambda) {
      const loc = Float64Array.from(start.mean);
      for (let i = 0; i < size; i++) {
        if (start.factor === null) loc[i]! += start.scale[i]! * lambda.loc![i]!;
        else for (let j = 0; j <= i; j++) loc[i]! += start.factor[i * size + j]! * lambda.loc![j]!;
      }
      const scale = start.scale.map((first, i) => first * Math.exp(lambda.logScale![i]!));
      return { loc, scaleTril: null, scale, gaussian: true, complete: true };
    },
  };
}
