import type { Axis } from "../graph/axis.ts";
import { logDiffExp } from "../graph/functions.ts";
import { add, gt, logNormalCdf, type Operand, select } from "../graph/ops.ts";
import type { Distribution } from "./distribution.ts";
import { type LatentScale, ordinal } from "./ordinal.ts";

const normalScale: LatentScale = {
  logBelow: logNormalCdf,
  /** log(Φ(b) − Φ(a)) on the side of the origin where both are small. */
  logBetween: (a, b) => {
    const isRight = gt(add(a, b), 0);
    const upper = logNormalCdf(select(isRight, a.neg(), b));
    const lower = logNormalCdf(select(isRight, b.neg(), a));
    return logDiffExp(upper, lower);
  },
  sample: (random) => random.normal(),
};

/**
 * The ordered probit distribution on the categories 0 … K − 1: as `orderedLogistic`, with the normal distribution function
 * for the logistic.
 *
 * P(k) = Φ(c_k − η) − Φ(c_{k−1} − η), with c_{−1} = −∞ and c_{K−1} = ∞
 *
 * Sources: McCullagh (1980), "Regression models for ordinal data", JRSS B 42; Stan's ordered_probit, whose categories count
 * from 1.
 *
 * @throws DistributionError where the cutpoints do not run over `axis`, or the predictor does.
 */
export const orderedProbit = (predictor: Operand, cutpoints: Operand, axis: Axis): Distribution =>
  ordinal("orderedProbit", predictor, cutpoints, axis, normalScale);
