import { type Axis, drawAxis } from "../graph/axis.ts";
import { affine } from "../graph/indexmap.ts";
import { iota, lt, mul, type RandomSource, random, reindex, select } from "../graph/ops.ts";
import type { Noise } from "../guides/guide.ts";
import { isPooled, type WeightedObjective } from "../objectives/index.ts";
import { drawsOfOne } from "./objective.ts";

/**
 * Normals for half the draws, and their negatives for the other half: what is odd in ε cancels in E[∇ log p] and what is
 * even cancels in E[∇ log p εᵀ], the skewness of the posterior above all. An odd number of draws is independent.
 */
export function antitheticNoise(draw: Axis, source: RandomSource): Noise {
  if (draw.size % 2 === 1) return independentNoise(draw, source);
  const half = drawAxis(draw.size / 2);
  return (distribution, axes, stream) => {
    if (distribution !== "normal") return random(distribution, stream, [...axes, draw], source);
    const base = random(distribution, stream, [...axes, half], source);
    const index = affine([[draw, 1]], 0, 1, half.size);
    const back = affine([[half, 1]]);
    const folded = reindex(
      base,
      { out: [draw], source: [{ axis: half, index }], guards: [] },
      { out: [half], source: [{ axis: draw, index: back }], guards: [] },
    );
    return mul(folded, select(lt(iota(draw), half.size), 1, -1));
  };
}

const independentNoise =
  (draw: Axis, source: RandomSource): Noise =>
  (distribution, axes, stream) =>
    random(distribution, stream, [...axes, draw], source);

/**
 * The noise of a step. A bound of K draws and its gradient hold for K independent draws: pairs are antithetic only where
 * they fall into different groups of K, one in either half.
 */
export function objectiveNoise(weighted: WeightedObjective | null, draw: Axis, source: RandomSource): Noise {
  const groups = draw.size / drawsOfOne(weighted, 1);
  return weighted === null || isPooled(weighted) || groups % 2 === 0
    ? antitheticNoise(draw, source)
    : independentNoise(draw, source);
}
