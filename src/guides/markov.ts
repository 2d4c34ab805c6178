import type { Axis } from "../graph/axis.ts";
import { add, exp, mul, select, sqrt, square, sum } from "../graph/ops.ts";
import { shift } from "../graph/reindex.ts";
import { scan } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { guide } from "./composed.ts";
import { fullRank } from "./fullRank.ts";
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
 * The Gaussian Markov chain for a sequence, q(z) = q(z_1) Π_t q(z_t | z_{t−1}), with linear-Gaussian transitions
 *
 * z_t = μ_t + r_t,  r_t = a_t r_{t−1} + s_t ε_t,  r_0 = 0,  μ = center + loc,  s = exp(logScale),  a = slope.
 *
 * It holds the posterior of every linear-Gaussian state space model with one state exactly, at O(T) parameters and work
 * (E. Archer, I. M. Park, L. Buesing, J. Cunningham & L. Paninski, *Black box variational inference for state space
 * models*, 2015, §3; D. Barber & S. Chiappa, *Unified inference for variational Bayesian linear Gaussian state-space
 * models*, NeurIPS 2006). The chain runs over the coordinates of a site in the order of the flat vector, along its axis. In
 * a model of several sites each site with an axis has a chain of its own, and those without share a full-rank Gaussian, of
 * which the chains are independent: where variances are inferred, that is what its bound lacks;
 * `guide({ level: markov(), default: meanField() })` says otherwise.
 *
 * With z = μ + L ε the Fisher information is (L Lᵀ)⁻¹ for μ, 2 for log s_t, Var(r_{t−1})/s_t² for a_t, and zero between
 * them: the local coordinates are those in which it is 1, 2 and 1.
 */
export function markov(): Guide {
  return {
    name: "markov",
    startFamily: "full-rank",
    bind(coordinate, start, sites = []) {
      if (sites.length < 2) return bind(coordinate, start);
      const chain: Guide = { name: "markov", startFamily: "full-rank", bind };
      const chains = sites.filter(({ length }) => length > 1).map(({ name }) => [name, chain] as const);
      const rest = chains.length < sites.length ? { default: fullRank() } : {};
      const blocks = guide({ ...rest, ...Object.fromEntries(chains) });
      return { ...blocks.bind(coordinate, start, sites), name: "markov" };
    },
  };
}

function bind(coordinate: Axis, start: GuideStart): BoundGuide {
  const time = coordinate;
  const size = time.size;
  checkStart(start, size);
  const initial = chainOf(start);
  const mean = (lambda: Parameters, constants: Parameters): Value => add(constants.center!, lambda.loc!);
  const scaleOf = (lambda: Parameters): Value => exp(lambda.logScale!);
  /** L v: the chain with v for its noise. */
  const propagated = (lambda: Parameters, v: Value): Value => {
    const driven = mul(scaleOf(lambda), v);
    return scan(time, 0, (previous) => add(mul(lambda.slope!, previous), driven));
  };
  /** Lᵀ v, by the same recurrence backwards. */
  const whitened = (lambda: Parameters, v: Value): Value => {
    const slope = shift(lambda.slope!, time, -1);
    return mul(
      scaleOf(lambda),
      scan(time, 0, (next) => add(mul(slope, next), v), { reverse: true }),
    );
  };
  const varianceOf = (lambda: Parameters): Value => {
    const [factor, innovation] = [square(lambda.slope!), square(scaleOf(lambda))];
    return scan(time, 0, (previous) => add(mul(factor, previous), innovation));
  };
  /** sd(r_{t−1}); 1 at the first step, whose slope has nothing to act on. */
  const previousScale = (lambda: Parameters): Value => sqrt(shift(varianceOf(lambda), time, 1, 1));
  const constant = (size / 2) * LOG_TWO_PI;

  return {
    name: "markov",
    coordinate,
    parameters: {
      loc: { axes: [time], initial: new Float64Array(size) },
      logScale: { axes: [time], initial: initial.scale.map(Math.log) },
      slope: { axes: [time], initial: initial.slope },
    },
    constants: { center: { axes: [time], values: start.mean } },
    localAxes: { loc: [time], logScale: [time], slope: [time] },
    gradientEstimator: "sticking-the-landing",

    sample(lambda, constants, noise: Noise): GuideDraws {
      const epsilon = noise("normal", [time], 0);
      const logDeterminant = sum(lambda.logScale!, [time]);
      const radius = sum(square(epsilon), [time]);
      return {
        z: add(mean(lambda, constants), propagated(lambda, epsilon)),
        logDensity: radius.mul(-0.5).sub(logDeterminant).sub(constant),
        entropy: logDeterminant.add(constant + size / 2),
        noise: epsilon,
        radius,
      };
    },
    logDensityAt(lambda, constants, z) {
      const away = z.sub(mean(lambda, constants));
      const innovation = away.sub(mul(lambda.slope!, shift(away, time, 1)));
      return sum(square(innovation.div(scaleOf(lambda))), [time])
        .mul(-0.5)
        .sub(sum(lambda.logScale!, [time]))
        .sub(constant);
    },
    logDensityTerms: (lambda, _constants, { noise }) =>
      square(noise)
        .mul(-0.5)
        .sub(lambda.logScale!)
        .sub(LOG_TWO_PI / 2),
    marginals: (lambda, constants) => ({ loc: mean(lambda, constants), scale: sqrt(varianceOf(lambda)) }),

    /**
     * With u = Lᵀ ∇log p(z) + ε, the whitened gradient of log p − log q along the path: loc E[u], log scale ½ E[u ε],
     * slope E[u_t r_{t−1}] / sd(r_{t−1}). Without sticking-the-landing the terms in ε stand at their expectations.
     */
    naturalGradient(lambda, constants, draws, { draw, score, good, share }, estimator) {
      const stl = estimator === "sticking-the-landing";
      const pulled = whitened(lambda, score);
      // Zero for a draw that is left out, as its score is.
      const u = stl ? add(pulled, select(good, draws.noise, 0)) : pulled;
      const average = (x: Value): Value => mul(sum(x, [draw]), share);
      const before = shift(draws.z.sub(mean(lambda, constants)), time, 1);
      const stretch = average(mul(u, draws.noise));
      return {
        loc: average(u),
        logScale: (stl ? stretch : stretch.add(1)).mul(0.5),
        slope: average(mul(u, before)).div(previousScale(lambda)),
      };
    },
    pullback: (lambda, _constants, gradient) => ({
      loc: whitened(lambda, gradient.loc!),
      logScale: gradient.logScale!.mul(0.5),
      slope: gradient.slope!.mul(scaleOf(lambda)).div(previousScale(lambda)),
    }),
    retract: (lambda, _constants, step) => ({
      loc: lambda.loc!.add(propagated(lambda, step.loc!)),
      logScale: lambda.logScale!.add(step.logScale!),
      slope: lambda.slope!.add(step.slope!.mul(scaleOf(lambda)).div(previousScale(lambda))),
    }),

    moments(lambda) {
      const scale = new Float64Array(size);
      for (let t = 0; t < size; t++) {
        scale[t] = Math.hypot(Math.exp(lambda.logScale![t]!), t === 0 ? 0 : lambda.slope![t]! * scale[t - 1]!);
      }
      const loc = start.mean.map((center, t) => center + lambda.loc![t]!);
      // The dense factor would take T² numbers: what the chain does between times is left to draws.
      return { loc, scale, scaleTril: null, gaussian: true, complete: false };
    },
  };
}

/** The chain that has the start's variances and its covariances of neighbours; independent where those are unknown. */
function chainOf({ factor, scale }: GuideStart): { slope: Float64Array; scale: Float64Array } {
  const size = scale.length;
  const slope = new Float64Array(size);
  if (factor === null) return { slope, scale };
  const own = new Float64Array(size);
  for (let t = 0; t < size; t++) {
    let [covariance, before] = [0, 0];
    for (let k = 0; k <= t; k++) {
      const now = factor[t * size + k]!;
      const then = t > 0 && k < t ? factor[(t - 1) * size + k]! : 0;
      covariance += now * then;
      before += then * then;
    }
    slope[t] = t === 0 ? 0 : covariance / before;
    // What the regression on the last leaves, as a sum of squares: it cannot cancel to something negative.
    let left = 0;
    for (let k = 0; k <= t; k++) {
      const then = t > 0 && k < t ? factor[(t - 1) * size + k]! : 0;
      left += (factor[t * size + k]! - slope[t]! * then) ** 2;
    }
    own[t] = Math.sqrt(left);
  }
  return { slope, scale: own };
}
