import { Axis } from "../graph/axis.ts";
import { castI32, exp, gather, gt, log, logSumExp, mul, select, sub, sum } from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { type Family, type FamilyOptions, familyOf } from "./family.ts";
import { argumentOf, logOf } from "./logarithms.ts";
import { givenForm, type ProbabilityOrLogits } from "./probability.ts";
import { sampleCategorical, softmax } from "./sampling/multinomial.ts";

/**
 * The categorical distribution on the positions 0 … K − 1 of `axis`, by `probs` or by `logits` η along that axis.
 *
 * log P(y) = η_y − log Σ_k exp η_k = log p_y
 *
 * η_y is a pick, so that only one of the K entries is read. Probabilities must sum to one; logits need not be
 * normalised. Source: Bishop, *Pattern Recognition and Machine Learning*, §2.2 and §4.2.
 */
export function categorical(axis: Axis, given: ProbabilityOrLogits): Distribution;
/** Without parameters: the q of a discrete site, `guide({ z: categorical() })`. */
export function categorical(options?: FamilyOptions): Family;
export function categorical(axis?: Axis | FamilyOptions, given?: ProbabilityOrLogits): Distribution | Family {
  if (given === undefined && !(axis instanceof Axis)) return familyOf("categorical", axis);
  if (!(axis instanceof Axis)) {
    throw new DistributionError(
      "categorical",
      undefined,
      "give the axis of the classes first, then { probs } or { logits }",
    );
  }
  return categoricalAlong(axis, given as ProbabilityOrLogits);
}

function categoricalAlong(axis: Axis, given: ProbabilityOrLogits): Distribution {
  const form = givenForm("categorical", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters("categorical", { probs: [given.probs!, "simplex", axis] })
      : takeParameters("categorical", { logits: [given.logits!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  if (!all[form]!.hasAxis(axis))
    throw new DistributionError("categorical", form, `${form} must run over the axis "${axis.name}"`);
  const { probs, logits } = all;
  return makeDistribution({
    name: "categorical",
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: axis.size - 1 },
    parameters: all,
    checks,
    innerAxes: [axis],
    logProb: (y) => {
      const index = integerValue(y);
      if (logits !== undefined) return gather(logits, axis, index).sub(logSumExp(logits, [axis]));
      const logProbs = argumentOf(probs!, "exp");
      return logProbs === undefined ? log(gather(probs!, axis, index)) : gather(logProbs, axis, index);
    },
    sample: (values, random) => sampleCategorical(hostProbabilities(values, axis), random),
    entropy: () => {
      const [p, logP] = categoricalLogProbabilities(all, axis);
      const occurs = gt(p, 0);
      return sum(select(occurs, mul(p, select(occurs, logP, 0)), 0), [axis]).neg();
    },
  });
}

const integerValue = (y: Value | number): Value => (typeof y === "number" ? asValue(y, "i32") : castI32(y));

/** p and log p along the axis. */
export function categoricalLogProbabilities(parameters: Readonly<Record<string, Value>>, axis: Axis): [Value, Value] {
  const { probs, logits } = parameters;
  if (probs !== undefined) return [probs, logOf(probs)];
  const logP = sub(logits!, logSumExp(logits!, [axis]));
  return [exp(logP), logP];
}

/** Probabilities along the axis from `probs` or `logits`. */
export function hostProbabilities(given: HostParameters, axis: Axis): number[] {
  if (given.probs !== undefined) return hostVector(given, "probs", axis.size);
  return softmax(hostVector(given, "logits", axis.size));
}
