import { Axis, isDrawAxis } from "../graph/axis.ts";
import { contract } from "../graph/linalg.ts";
import {
  add,
  and,
  castF32,
  div,
  eq,
  exp,
  floor,
  gt,
  iota,
  le,
  log,
  logSumExp,
  lt,
  mul,
  select,
  square,
  sub,
  sum,
  triangularSolve,
} from "../graph/ops.ts";
import { diagonal, rename } from "../graph/reindex.ts";
import { scanAll } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { automatic } from "./automatic.ts";
import {
  type BoundGuide,
  checkStart,
  type Guide,
  type GuideDraws,
  GuideError,
  type GuideStart,
  type Noise,
  type Parameters,
} from "./guide.ts";
import { firstWeights } from "./initial.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);
const MOST = 16;
/** How far from each other components begin, in sds of the start. */
const FIRST_SPREAD = 2;

export interface MixtureOptions {
  /** Components, 1 to 16. Default 3. A step needs at least twice as many draws. */
  readonly components?: number;
}

/**
 * A mixture of Gaussians, q(z) = Σ_k π_k q_k(z): for posteriors of several modes or of heavy, skewed tails, with
 *
 * z = center + W(m_k + s_k ε),  π = softmax(logits),  s = exp(logScale),
 *
 * W Wᵀ about the posterior's covariance: components are Gaussians with axes along those that W whitens.
 *
 * Which component a draw comes from cannot be differentiated, so an expectation is taken component by component:
 * E_q[f] = Σ_k π_k E_{q_k}[f]. Every component has the same number of draws and each draw the weight K π_k, which is
 * differentiable; f is log p − log q with the whole mixture in it (stratified sampling: G. Roeder, Y. Wu & D. Duvenaud,
 * NeurIPS 2017, §6; W. Morningstar et al., *Automatic differentiation variational inference with mixtures*, AISTATS 2021,
 * eq. 7). Draws of the posterior are drawn from the mixture itself.
 *
 * Reverse KL is content with one mode: that the components find several is likely only where these lie a few sds of the
 * start apart.
 */
export function mixtureGuide(options: MixtureOptions = {}): Guide {
  const { components = 3 } = options;
  if (!Number.isInteger(components) || components < 1 || components > MOST) {
    throw new GuideError(`mixtureGuide({ components }) takes an integer from 1 to ${MOST}, got ${String(components)}`);
  }
  return {
    name: "mixture",
    startFamily: "full-rank",
    bind: (coordinate, start) => bind(coordinate, start, new Axis("component", components)),
  };
}

function bind(coordinate: Axis, start: GuideStart, component: Axis): BoundGuide {
  const size = coordinate.size;
  checkStart(start, size);
  const row = coordinate;
  const column = coordinate.prime();
  const dense = start.factor !== null;
  const K = component.size;
  const initial = firstWeights(K * size, 2, K === 1 ? 0 : FIRST_SPREAD);

  const outside = (constants: Parameters, x: Value): Value => {
    const spread = dense
      ? contract(constants.whitening!, rename(x, row, column), column)
      : mul(constants.whitening!, x);
    return add(constants.center!, spread);
  };
  const inside = (constants: Parameters, z: Value): Value => {
    const away = z.sub(constants.center!);
    return dense ? triangularSolve(constants.whitening!, away, row, column) : div(away, constants.whitening!);
  };
  const logDeterminant = ({ whitening }: Parameters): Value =>
    sum(log(dense ? diagonal(whitening!, row, column) : whitening!), [row]);
  const logShares = ({ logits }: Parameters): Value => sub(logits!, logSumExp(logits!, [component]));
  /** −log q_k(x_i) − ½ log 2π of each component. */
  const costs = (lambda: Parameters, x: Value): Value =>
    add(square(mul(sub(x, lambda.loc!), exp(lambda.logScale!.neg()))).mul(0.5), lambda.logScale!);
  const densityInside = (lambda: Parameters, constants: Parameters, x: Value): Value => {
    const each = sum(costs(lambda, x), [row]);
    return logSumExp(sub(logShares(lambda), each), [component])
      .sub(logDeterminant(constants))
      .sub((size / 2) * LOG_TWO_PI);
  };
  const logDensityAt = (lambda: Parameters, constants: Parameters, z: Value): Value =>
    densityInside(lambda, constants, inside(constants, z));
  /** Draws of the components that `chosen`, over component and draw, is 1 for. */
  const drawn = (lambda: Parameters, constants: Parameters, epsilon: Value, chosen: Value): GuideDraws => {
    const own = (parameter: Value): Value => contract(parameter, chosen, component);
    const x = add(own(lambda.loc!), mul(own(exp(lambda.logScale!)), epsilon));
    return {
      z: outside(constants, x),
      logDensity: densityInside(lambda, constants, x),
      entropy: null,
      noise: epsilon,
      radius: null,
    };
  };
  const parameters: BoundGuide["parameters"] = {
    loc: { axes: [row, component], initial, adaptive: true },
    logScale: { axes: [row, component], initial: new Float64Array(K * size), adaptive: true },
    logits: { axes: [component], initial: new Float64Array(K), adaptive: true },
  };
  return {
    name: "mixture",
    coordinate,
    parameters,
    constants: {
      center: { axes: [row], values: start.mean },
      whitening: dense ? { axes: [row, column], values: start.factor } : { axes: [row], values: start.scale },
    },
    gradientEstimator: "sticking-the-landing",
    ...automatic(parameters, logDensityAt),

    sample(lambda, constants, noise) {
      const uniform = noise("uniform", [], 1);
      const before = component.prime();
      const shares = exp(logShares(lambda));
      const upTo = (inclusive: boolean): Value => {
        const counts = (inclusive ? le : lt)(iota(before), iota(component));
        return sum(select(counts, rename(shares, component, before), 0), [before]);
      };
      // The last takes what rounding leaves.
      const below = select(eq(iota(component), K - 1), 2, upTo(true));
      const chosen = select(and(gt(uniform, upTo(false)), le(uniform, below)), 1, 0);
      return drawn(lambda, constants, noise("normal", [row], 0), chosen);
    },
    stratified(lambda, constants, noise: Noise) {
      const epsilon = noise("normal", [row], 0);
      const draw = epsilon.axes.find(isDrawAxis)!;
      // Antithetic draws, s and s + S/2, belong to the same component.
      const half = draw.size % 2 === 0 ? draw.size / 2 : draw.size;
      if (half < K) {
        throw new GuideError(`a mixture of ${K} components needs at least ${2 * K} draws, got ${draw.size}`);
      }
      const number = castF32(iota(draw));
      const folded = select(lt(iota(draw), half), number, number.sub(half));
      const turn = folded.sub(floor(folded.add(0.5).div(K)).mul(K));
      const chosen = select(eq(turn, castF32(iota(component))), 1, 0);
      const share = div(sum(chosen, [draw]), draw.size);
      const weight = sum(mul(chosen, div(exp(logShares(lambda)), share)), [component]);
      return { ...drawn(lambda, constants, epsilon, chosen), weight };
    },
    logDensityAt,
    /**
     * W is lower triangular, so that z_{<i} tells x_{<i}; and those tell how likely each component is, of which x_i is drawn
     * whatever went before: q(x_i | x_{<i}) = Σ_k P(k | x_{<i}) q_k(x_i).
     */
    logDensityTerms(lambda, constants, { z }) {
      const each = costs(lambda, inside(constants, z));
      const [, terms] = scanAll(row, [logShares(lambda), 0], ([shares]) => {
        const next = sub(shares!, each);
        const term = logSumExp(next, [component]);
        return [sub(next, term), term];
      });
      const { whitening } = constants;
      return terms!.sub(log(dense ? diagonal(whitening!, row, column) : whitening!)).sub(LOG_TWO_PI / 2);
    },
    marginals: () => null,

    moments(lambda) {
      const { loc: m, logScale, logits } = lambda as Record<string, Float64Array>;
      const largest = Math.max(...logits!);
      const shares = logits!.map((logit) => Math.exp(logit - largest));
      const total = shares.reduce((sum, share) => sum + share, 0);
      const at = (k: number, i: number): number => m![i * K + k]!;
      const mean = Float64Array.from({ length: size }, (_, i) =>
        shares.reduce((s, p, k) => s + (p / total) * at(k, i), 0),
      );
      const loc = Float64Array.from(start.mean);
      const scale = new Float64Array(size);
      const { factor } = start;
      for (let i = 0; i < size; i++) {
        const line = Float64Array.from({ length: size }, (_, j) => {
          if (factor === null) return i === j ? start.scale[i]! : 0;
          return j <= i ? factor[i * size + j]! : 0;
        });
        loc[i]! += line.reduce((sum, w, j) => sum + w * mean[j]!, 0);
        let variance = 0;
        for (let k = 0; k < K; k++) {
          const away = line.reduce((sum, w, j) => sum + w * (at(k, j) - mean[j]!), 0);
          const own = line.reduce((sum, w, j) => sum + (w * Math.exp(logScale![j * K + k]!)) ** 2, 0);
          variance += (shares[k]! / total) * (own + away * away);
        }
        scale[i] = Math.sqrt(variance);
      }
      return { loc, scale, scaleTril: null, gaussian: false, complete: false };
    },
  };
}
