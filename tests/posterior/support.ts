/** Fits made by hand: Gaussian guides with known moments, on the CPU. */
import { cpuBackend } from "../../src/cpu/backend.ts";
import type { BoundGuide } from "../../src/guides/guide.ts";
import { fullRank, meanField } from "../../src/guides/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import type { Fitted } from "../../src/posterior/fitted.ts";
import { Posterior, type PosteriorOptions } from "../../src/posterior/posterior.ts";

/** q = N(mean, diag sd²). */
export const diagonalGuide = (model: TracedModel, mean: readonly number[], sd: readonly number[]): BoundGuide =>
  meanField().bind(model.coordinate, { mean: Float64Array.from(mean), scale: Float64Array.from(sd), factor: null });

/** q = N(mean, factor factorᵀ), factor lower triangular and row-major. */
export const denseGuide = (model: TracedModel, mean: readonly number[], factor: readonly number[]): BoundGuide =>
  fullRank().bind(model.coordinate, {
    mean: Float64Array.from(mean),
    scale: Float64Array.from(mean, () => 1),
    factor: Float64Array.from(factor),
  });

/** A fit that ended at its guide's start. */
export function fitted(model: TracedModel, guide: BoundGuide, change: Partial<Fitted> = {}): Fitted {
  return {
    model,
    guide,
    lambda: Object.fromEntries(Object.entries(guide.parameters).map(([name, { initial }]) => [name, initial])),
    backend: cpuBackend(),
    seed: 11,
    steps: 100,
    stopped: "converged",
    reasons: [],
    nonFinite: { total: 0, bySite: {} },
    seconds: { compile: 0, run: 0 },
    ...change,
  };
}

/** A mean-field fit with these locations and standard deviations, evaluated. */
export function checked(
  model: TracedModel,
  mean: readonly number[],
  sd: readonly number[],
  change: Partial<Fitted> = {},
  options: PosteriorOptions = {},
): Promise<Posterior> {
  return new Posterior(fitted(model, diagonalGuide(model, mean, sd), change), options).check();
}
