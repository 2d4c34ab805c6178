import type { Axis } from "../graph/axis.ts";
import { log1mExp, logSigmoid, type Operand, sub } from "../graph/ops.ts";
import type { Distribution } from "./distribution.ts";
import { type LatentScale, ordinal } from "./ordinal.ts";

/** σ(b) − σ(a) = σ(b) σ(−a) (1 − e^{a − b}): the difference of two near-equal probabilities is never taken. */
const logisticScale: LatentScale = {
  logBelow: logSigmoid,
  logBetween: (a, b) =>
    logSigmoid(b)
      .add(logSigmoid(a.neg()))
      .add(log1mExp(sub(a, b))),
  sample: (random) => {
    const u = random.uniform();
    return Math.log(u) - Math.log1p(-u);
  },
};

/**
 * The ordered logistic distribution (proportional odds) on the categories 0 … K − 1: the linear predictor η is compared with
 * K − 1 cutpoints c that increase along `axis`.
 *
 * P(k) = σ(c_k − η) − σ(c_{k−1} − η), with c_{−1} = −∞ and c_{K−1} = ∞
 *
 * Sources: McCullagh (1980), "Regression models for ordinal data", JRSS B 42; Stan's ordered_logistic, whose categories
 * count from 1.
 *
 * @throws DistributionError where the cutpoints do not run over `axis`, or the predictor does.
 */
export const orderedLogistic = (predictor: Operand, cutpoints: Operand, axis: Axis): Distribution =>
  ordinal("orderedLogistic", predictor, cutpoints, axis, logisticScale);
