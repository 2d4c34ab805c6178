/** Discrete q: a probability for every value of every entry of a discrete site. */
import type { Family } from "../distributions/index.ts";
import { type Axis, sizeOf, unionAxes } from "../graph/axis.ts";
import { exp, gt, logSumExp, max, min, mul, select, sub, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import type { DiscreteProbabilities } from "../model/eliminate.ts";
import type { DiscreteSite } from "../model/sites.ts";
import { type BoundGuide, type Guide, GuideError, type Parameters } from "./guide.ts";

/**
 * How E_q(z)[…] and its gradient in q are had: "enumerated" sums over the values, exactly; "score-function" draws them and
 * weighs the scores of q, with a leave-one-out baseline.
 */
export type DiscreteEstimator = "enumerated" | "score-function";

/** q of one discrete site. */
export interface DiscreteBlock {
  readonly site: DiscreteSite;
  readonly estimator: DiscreteEstimator;
  /** The guide's parameter that holds log q up to a constant, over plates and states. */
  readonly parameter: string;
}

const LARGEST = 100;
/** Probabilities below this fall more slowly: a value that never occurs needs no infinite logit. */
const NEGLIGIBLE = 1e-6;

export function discreteBlock(name: string, site: DiscreteSite, { options }: Family): DiscreteBlock {
  const estimator = options.gradient ?? "enumerated";
  if (estimator !== "enumerated" && estimator !== "score-function") {
    throw new GuideError(
      `guide({ ${name}: … }): a discrete ${name} is a step function of whatever noise it is made of, so that its gradient by ` +
        `"${String(estimator)}" is zero and wrong; use { gradient: "enumerated" }, which is exact, or { gradient: "score-function" }`,
    );
  }
  return { site, estimator, parameter: `${name}.logits` };
}

export const discreteAxes = ({ site }: DiscreteBlock): readonly Axis[] => unionAxes(site.axes, [site.states]);

export function probabilitiesOf({ site, parameter }: DiscreteBlock, lambda: Parameters): DiscreteProbabilities {
  const logits = lambda[parameter]!;
  const logProbs = sub(logits, logSumExp(logits, [site.states]));
  return { probs: exp(logProbs), logProbs };
}

/**
 * A guide with blocks of discrete sites beside it: q(θ) Π_b q_b(z_b), with q of a site a product over its plates.
 *
 * With exact sums the natural gradient in the logits of one entry is E_q[log p | z = k] − log q(k), up to a constant: a step of
 * length 1 is the coordinate ascent of mean field (C. Bishop 2006, §10.1; M. Hoffman et al., *Stochastic variational inference*,
 * JMLR 2013, §2.3). Logits with the score function take plain gradients, by Adam.
 *
 * `initial`: log q of each site at the start; uniform where there is none.
 */
export function withDiscrete(
  inner: BoundGuide,
  name: string,
  blocks: readonly DiscreteBlock[],
  initial: Readonly<Record<string, Float64Array>> = {},
): BoundGuide {
  const parameters = { ...inner.parameters };
  const localAxes = { ...inner.localAxes };
  for (const block of blocks) {
    const axes = discreteAxes(block);
    const first = initial[block.site.name] ?? new Float64Array(sizeOf(axes));
    parameters[block.parameter] = { axes, initial: first, adaptive: block.estimator === "score-function" };
    localAxes[block.parameter] = axes;
  }
  const own = <T>(f: (block: DiscreteBlock) => T): Record<string, T> =>
    Object.fromEntries(blocks.map((block) => [block.parameter, f(block)]));
  return {
    ...inner,
    name,
    parameters,
    localAxes,
    discrete: [...(inner.discrete ?? []), ...blocks],

    naturalGradient: (lambda, constants, draws, scores, estimator) => ({
      ...inner.naturalGradient(lambda, constants, draws, scores, estimator),
      ...own((block) => {
        const found = scores.discrete![block.site.name]!;
        return block.estimator === "enumerated" ? naturalStep(block, lambda, found) : found;
      }),
    }),
    /** In the logits the Fisher information is diag(q) − q qᵀ. */
    pullback: (lambda, constants, gradient) => ({
      ...inner.pullback(lambda, constants, gradient),
      ...own((block) => {
        const given = gradient[block.parameter]!;
        if (block.estimator === "score-function") return given;
        const { probs } = probabilitiesOf(block, lambda);
        return naturalStep(block, lambda, given.div(max(probs, 1e-30)));
      }),
    }),
    retract: (lambda, constants, step) => ({
      ...inner.retract(lambda, constants, step),
      ...own(({ parameter, site }) => {
        const moved = lambda[parameter]!.add(step[parameter]!);
        return sub(moved, logSumExp(moved, [site.states]));
      }),
    }),
    moments(lambda) {
      const found = inner.moments(lambda);
      return found && { ...found, complete: false };
    },
  };
}

/** The guide, with a categorical q beside it for every discrete site that neither it nor the model takes care of. */
export const withCategoricals = (guide: Guide): Guide => ({
  ...guide,
  bind(coordinate, start, sites, discrete = []) {
    const inner = guide.bind(coordinate, start, sites, discrete);
    const covered = inner.discrete?.map(({ site }) => site) ?? [];
    const left = discrete.filter((site) => !site.enumerate && !covered.includes(site));
    const blocks = left.map((site) => discreteBlock(site.name, site, { family: "categorical", options: {} }));
    return left.length === 0 ? inner : withDiscrete(inner, guide.name, blocks, start.discrete);
  },
});

/** From the derivative of the bound in each probability, on its own, to a step of the logits. */
function naturalStep(block: DiscreteBlock, lambda: Parameters, derivative: Value): Value {
  const { probs } = probabilitiesOf(block, lambda);
  const mean = sum(select(gt(probs, 0), mul(probs, derivative), 0), [block.site.states]);
  const centred = max(min(sub(derivative, mean), LARGEST), -LARGEST);
  return mul(centred, select(gt(centred, 0), 1, min(mul(probs, 1 / NEGLIGIBLE), 1)));
}
