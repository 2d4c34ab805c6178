import type { Axis } from "../graph/axis.ts";
import type { Operand } from "../graph/ops.ts";
import { type Distribution, takeParameters } from "./distribution.ts";
import { hostAt, series } from "./series.ts";

export interface GaussianRandomWalkOptions {
  /** Standard deviation of a step. */
  readonly scale: Operand;
  /** Mean of a step, default 0. */
  readonly drift?: Operand;
  /** Of the first entry: a scalar family on the reals. `flat()` conditions on it, and leaves the walk without a sampler. */
  readonly initial: Distribution;
}

/**
 * A Gaussian random walk along `axis`: x_0 as `initial` says, x_t ~ normal(x_{t−1} + drift, scale).
 *
 * log p(x) = log p_0(x_0) + Σ_{t≥1} log N(x_t − x_{t−1} | drift, scale)
 *
 * Scale and drift may run over `axis`; their entry t belongs to the step that leads to x_t. Source: Durbin & Koopman, *Time
 * Series Analysis by State Space Methods*, ch. 2 (the local level).
 *
 * @throws DistributionError for an axis of one entry, or where `initial` is no scalar family on the reals.
 */
export function gaussianRandomWalk(axis: Axis, given: GaussianRandomWalkOptions): Distribution {
  const { scale, drift = 0, initial } = given;
  return series({
    ...takeParameters("gaussianRandomWalk", { scale: [scale, "positive"], drift: [drift, "finite"] }),
    name: "gaussianRandomWalk",
    axis,
    order: 1,
    initial,
    predict: (now, [previous]) => previous!.add(now.drift!),
    predictOnHost: (parameters, t, [previous]) => previous! + hostAt(parameters, "drift", t),
  });
}
