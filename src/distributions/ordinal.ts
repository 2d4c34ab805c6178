/** Ordered categories as intervals of a latent scale: what the ordered logistic and the ordered probit share. */
import type { Axis } from "../graph/axis.ts";
import { and, castI32, gather, gt, lt, max, min, type Operand, select, sub } from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostRandom,
  hostNumber,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";

/** A symmetric distribution of the latent scale around the predictor. */
export interface LatentScale {
  /** log P(z ≤ x). */
  logBelow(x: Value): Value;
  /** log P(a < z ≤ b) for a < b. */
  logBetween(a: Value, b: Value): Value;
  sample(random: HostRandom): number;
}

/**
 * Category k of 0 … K − 1 is what lies between the cutpoints k − 1 and k on the latent scale, those beyond the ends being
 * infinite; the cutpoints run over `axis`, of extent K − 1, and increase along it.
 */
export function ordinal(
  name: string,
  predictor: Operand,
  cutpoints: Operand,
  axis: Axis,
  scale: LatentScale,
): Distribution {
  const { parameters, checks } = takeParameters(name, {
    predictor: [predictor, "finite"],
    cutpoints: [cutpoints, "ordered", axis],
  });
  const { predictor: eta, cutpoints: cuts } = parameters;
  if (!cuts.hasAxis(axis)) {
    throw new DistributionError(name, "cutpoints", `cutpoints must run over the axis "${axis.name}"`);
  }
  if (eta.hasAxis(axis)) {
    const message = `the predictor runs over "${axis.name}", the axis of the cutpoints: a variate has one predictor`;
    throw new DistributionError(name, "predictor", message);
  }
  const last = axis.size;
  return makeDistribution({
    name,
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: last },
    parameters,
    checks,
    innerAxes: [axis],
    logProb: (y) => {
      const k = typeof y === "number" ? asValue(y, "i32") : castI32(y);
      const below = sub(gather(cuts, axis, max(sub(k, 1), 0)), eta);
      const above = sub(gather(cuts, axis, min(k, last - 1)), eta);
      const inside = and(gt(k, 0), lt(k, last));
      // At the ends the two are the same cutpoint, which is no interval.
      const between = scale.logBetween(select(inside, below, -1), select(inside, above, 1));
      return select(inside, between, scale.logBelow(select(gt(k, 0), below.neg(), above)));
    },
    sample: (given, random) => {
      const z = hostNumber(given, "predictor") + scale.sample(random);
      return hostVector(given, "cutpoints", axis.size).filter((cut) => cut < z).length;
    },
  });
}
