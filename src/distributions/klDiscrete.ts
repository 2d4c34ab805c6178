/** Kullback–Leibler divergences of discrete families. Sums over the support by hand, where they have a closed form. */
import { type Axis, unionAxes } from "../graph/axis.ts";
import { constant, gt, mul, select, sub, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { categoricalLogProbabilities } from "./categorical.ts";
import { constantOf, type Distribution } from "./distribution.ts";
import type { Rule } from "./kl.ts";
import { logOf } from "./logarithms.ts";
import { logOnePlusOdds } from "./negativeBinomial.ts";
import { logProbabilities, probabilityOf } from "./probability.ts";

/** weight·(log q − log p), zero where the weight is. */
function weighted(weight: Value, logQ: Value, logP: Value): Value {
  const occurs = gt(weight, 0);
  return select(occurs, mul(weight, select(occurs, sub(logQ, logP), 0)), 0);
}

/** Of one trial: shared by the families that count trials. */
function trialKl(q: Distribution, p: Distribution): Value {
  const probability = probabilityOf(q);
  const [logQ1, logQ0] = logProbabilities(q);
  const [logP1, logP0] = logProbabilities(p);
  return weighted(probability, logQ1, logP1).add(weighted(sub(1, probability), logQ0, logP0));
}

/** Σ_k q_k (log q_k − log p_k). */
function categoricalKl(q: Distribution, p: Distribution): Value | null {
  const axis = categoryAxis(q);
  if (axis === undefined || categoryAxis(p) !== axis) return null;
  const [weights, logQ] = categoricalLogProbabilities(q.parameters, axis);
  const [, logP] = categoricalLogProbabilities(p.parameters, axis);
  return sum(weighted(weights, logQ, logP), [axis]);
}

function categoryAxis({ parameters, batchAxes }: Distribution): Axis | undefined {
  const all = unionAxes(...Object.values(parameters).map((value) => value.axes));
  return all.find((axis) => !batchAxes.includes(axis));
}

/** λ_q (log λ_q − log λ_p) − λ_q + λ_p. */
function poissonKl(q: Distribution, p: Distribution): Value {
  const logRate = ({ parameters }: Distribution) => parameters.logRate ?? logOf(parameters.rate!);
  return q.mean!()
    .mul(sub(logRate(q), logRate(p)))
    .sub(q.mean!())
    .add(p.mean!());
}

/** μ_q (log(1 + φ/μ_p) − log(1 + φ/μ_q)) + φ (log(1 + μ_p/φ) − log(1 + μ_q/φ)), for one concentration φ. */
function negativeBinomialKl(q: Distribution, p: Distribution): Value | null {
  const phi = q.parameters.concentration!;
  if (!areSame(phi, p.parameters.concentration!)) return null;
  const [ofOddsQ, ofInverseQ] = logOnePlusOdds(q.parameters);
  const [ofOddsP, ofInverseP] = logOnePlusOdds(p.parameters);
  return q.mean!()
    .mul(sub(ofInverseP, ofInverseQ))
    .add(mul(phi, sub(ofOddsP, ofOddsQ)));
}

/** log(n_p/n_q) where q's range lies in p's, infinite elsewhere; for constant bounds, so that it is known which. */
function discreteUniformKl(q: Distribution, p: Distribution): Value | null {
  const bounds = [q, p].flatMap(({ parameters }) => [constantOf(parameters.low!), constantOf(parameters.high!)]);
  if (bounds.includes(undefined)) return null;
  const [a, b, low, high] = bounds as [number, number, number, number];
  return constant(a < low || b > high ? Number.POSITIVE_INFINITY : Math.log((high - low + 1) / (b - a + 1)));
}

/** n times the divergence of a trial, for one total n. */
const ofTrials =
  (trial: Rule): Rule =>
  (q, p) =>
    areSame(q.parameters.total!, p.parameters.total!) ? (trial(q, p)?.mul(q.parameters.total!) ?? null) : null;

/** Whether two parameters are one value: the same node, the same constant, or the same integers taken as floats. */
function areSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x !== undefined) return x === y;
  const isCast = ({ op }: Value): boolean => op.kind === "map" && op.name === "castF32";
  return isCast(a) && isCast(b) && a.inputs[0] === b.inputs[0];
}

export const DISCRETE_RULES: Readonly<Record<string, Rule>> = {
  bernoulli: trialKl,
  binomial: ofTrials(trialKl),
  /** KL of one trial times the expected number of trials. */
  geometric: (q, p) => trialKl(q, p).div(probabilityOf(q)),
  categorical: categoricalKl,
  multinomial: ofTrials(categoricalKl),
  poisson: poissonKl,
  negativeBinomial: negativeBinomialKl,
  discreteUniform: discreteUniformKl,
};
