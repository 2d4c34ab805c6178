import { vjp } from "../graph/autodiff.ts";
import { type Axis, Axis as GraphAxis } from "../graph/axis.ts";
import {
  and,
  castF32,
  constant,
  div,
  eq,
  exp,
  max,
  maximum,
  mul,
  not,
  or,
  select,
  square,
  stopGradient,
  sum,
} from "../graph/ops.ts";
import { merge, split } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import type { BoundGuide, Noise, Parameters } from "../guides/guide.ts";
import type { TracedModel } from "../model/traced.ts";
import { ObjectiveError } from "./errors.ts";
import { countNonFinite, guardedScores } from "./scores.ts";

/** log w = log p(x, z) − log q(z) of a batch of draws, a group of K after the other, and what gradients of it need. */
export interface LogWeights {
  readonly z: Value;
  /** log q(z) of the draw, differentiable along z and in λ. */
  readonly logDensity: Value;
  /** Over draw; finite: a placeholder stands where `weighty` is false. */
  readonly logWeight: Value;
  /** Whether the draw has a weight above zero. */
  readonly weighty: Value;
  /** Whether the draw belongs to its mean: it has a weight, or a density of −∞ and so a weight of zero. */
  readonly counted: Value;
  /** Draws left out because of a NaN or a gradient that is not finite, and draws of log density −∞. */
  readonly nan: Value;
  readonly impossible: Value;
  /** Axes of the groups and of the draws of a group, and the maps between them and draw. */
  readonly group: Axis;
  readonly member: Axis;
  grouped(x: Value): Value;
  flat(x: Value): Value;
  /** Σ_s c_s d log w_s / dλ for coefficients c over draw that depend on nothing: along the path and in λ. */
  totalGradient(coefficient: Value): Parameters;
  /** Σ_s c_s (∂ log w_s / ∂z) (dz / dλ): along the path alone. */
  pathGradient(coefficient: Value): Parameters;
  /** Σ_s c_s ∂ log q_λ(z_s) / ∂λ at fixed z. */
  scoreGradient(coefficient: Value): Parameters;
}

/** The log weights of S = groups × K draws. Throws an ObjectiveError unless K divides S, and for a discrete q. */
export function logWeights(
  model: TracedModel,
  guide: BoundGuide,
  lambda: Parameters,
  constants: Parameters,
  noise: Noise,
  draw: Axis,
  perGroup: number,
): LogWeights {
  if (!Number.isInteger(perGroup) || perGroup < 1 || draw.size % perGroup !== 0) {
    throw new ObjectiveError(
      null,
      `${draw.size} draws do not go into groups of ${perGroup}: draws must be a multiple of the bound's own draws`,
    );
  }
  const [block] = guide.discrete ?? [];
  if (block !== undefined) {
    const { name } = block.site;
    throw new ObjectiveError(
      name,
      `weights p(x, z)/q(z) need draws of all of z with a path back to q, and q(${name}) is discrete: maximise the ELBO, ` +
        `objective: elbo(), or sum "${name}" out: sample("${name}", …, [plates], { enumerate: true })`,
    );
  }
  const { z, logDensity } = guide.sample(lambda, constants, noise);
  const target = model.at(z).logJoint;
  const { score, good: weighty } = guardedScores(target, z, model.coordinate, draw);
  const group = new GraphAxis("group", draw.size / perGroup);
  const member = new GraphAxis("member", perGroup);
  const names = Object.keys(lambda);
  const stopped = Object.fromEntries(names.map((name) => [name, stopGradient(lambda[name]!)]));
  const inLambda = (cotangents: readonly { value: Value; cotangent: Value }[]): Parameters => {
    const found = vjp(
      cotangents,
      names.map((name) => lambda[name]!),
    );
    return Object.fromEntries(names.map((name, i) => [name, found[i]!]));
  };
  const alongPath: typeof inLambda = (cotangents) => {
    if (guide.stratified === undefined) return inLambda(cotangents);
    throw new ObjectiveError(
      null,
      `the guide "${guide.name}" chooses among components, which the gradient of this objective cannot be taken through: ` +
        'maximise the ELBO or "forward-kl", or take a guide that is one smooth map of its noise',
    );
  };
  return {
    z,
    logDensity,
    logWeight: select(weighty, target.sub(logDensity), 0),
    weighty,
    counted: or(weighty, eq(target, Number.NEGATIVE_INFINITY)),
    ...countNonFinite(target, weighty, draw),
    group,
    member,
    grouped: (x) => split(x, draw, [group, member]),
    flat: (x) => merge(x, [group, member], draw),
    totalGradient: (coefficient) =>
      alongPath([
        { value: z, cotangent: mul(score, coefficient) },
        { value: logDensity, cotangent: coefficient.neg() },
      ]),
    pathGradient: (coefficient) =>
      alongPath([
        { value: z, cotangent: mul(score, coefficient) },
        { value: guide.logDensityAt(stopped, constants, z), cotangent: coefficient.neg() },
      ]),
    scoreGradient: (coefficient) =>
      inLambda([{ value: guide.logDensityAt(lambda, constants, stopGradient(z)), cotangent: coefficient }]),
  };
}

export interface PowerMeans {
  /** log (1/K) Σ_k w_k^power of each group, K its draws that count, over group; 0 where no draw has a weight. */
  readonly logMean: Value;
  /** w_k^power / Σ_k w_k^power, over draw. */
  readonly share: Value;
  /** Whether a group has a draw with a weight. */
  readonly good: Value;
}

/** Means of powers of the weights in each group, stable in the largest. */
export function powerMeans(weights: LogWeights, power: number): PowerMeans {
  const { grouped, flat, member, weighty, counted: belongs, logWeight } = weights;
  const size = max(sum(grouped(castF32(belongs)), [member]), 1);
  const scaled = grouped(select(weighty, mul(logWeight, power), constant(-1e30)));
  const counted = grouped(castF32(weighty));
  const good = maximum(counted, [member]);
  const top = maximum(scaled, [member]);
  const relative = mul(exp(scaled.sub(top)), counted);
  const total = max(sum(relative, [member]), 1e-30);
  const some = not(eq(good, 0));
  return {
    logMean: select(some, top.add(div(total, size).log()), 0),
    share: flat(select(and(some, not(eq(counted, 0))), div(relative, total), 0)),
    good: some,
  };
}

/** What every bound of weighted draws says of them. */
export const reportOf = (weights: LogWeights, good: Value) => ({
  z: weights.z,
  good,
  nan: weights.nan,
  impossible: weights.impossible,
  ess: effectiveDraws(weights),
  elbo: meanElbo(weights),
});

/** 1/Σ w̃² of each group, averaged over those that count. */
function effectiveDraws(weights: LogWeights): Value {
  const { share, good } = powerMeans(weights, 1);
  const squares = sum(weights.grouped(square(share)), [weights.member]);
  const each = select(good, div(1, max(squares, 1e-30)), 0);
  return div(sum(each, [weights.group]), max(sum(castF32(good), [weights.group]), 1));
}

/** The ELBO: the mean log weight of the draws that have one. */
function meanElbo({ logWeight, weighty, group, member, grouped }: LogWeights): Value {
  const within = (x: Value): Value => sum(grouped(x), [member, group]);
  return div(within(logWeight), max(within(castF32(weighty)), 1));
}
