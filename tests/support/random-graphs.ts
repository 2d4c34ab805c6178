/**
 * Random graphs of every kind of node, for property tests. Values are kept in sane ranges by tracking an interval for
 * each; what jumps (floor, comparisons, casts) acts on exact values only, so that float32 and float64 agree on it.
 * A smaller `nodes` with the same seed gives a prefix of the same graph, so that failures shrink well.
 */
import fc from "fast-check";
import { Builder, type GraphShape, MAX_SIZE, type RandomGraph } from "./random-builder.ts";
import { ALL, SMOOTH } from "./random-steps.ts";

export type { GraphShape, RandomGraph } from "./random-builder.ts";

/** Shapes for fast-check; map with `randomGraph`. */
export const graphShapes = (
  options: { nodes?: number; draws?: number; smooth?: boolean } = {},
): fc.Arbitrary<GraphShape> =>
  fc.record({
    seed: fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
    nodes: fc.integer({ min: 1, max: options.nodes ?? 25 }),
    draws: fc.constant(options.draws ?? 4),
    smooth: fc.constant(options.smooth ?? false),
  });

const MAX_AXES = 4;

export function randomGraph(shape: GraphShape): RandomGraph {
  const builder = new Builder(shape);
  for (let node = 0; node < shape.nodes; node++) grow(builder, shape.smooth === true);
  return builder.finish();
}

function grow(builder: Builder, smooth: boolean): void {
  const { steps, weights } = smooth ? SMOOTH : ALL;
  for (let attempt = 0; attempt < 50; attempt++) {
    let at = builder.random.next() * weights;
    const [step] = steps.find(([, weight]) => {
      at -= weight;
      return at < 0;
    })!;
    const made = step(builder, builder.random);
    if (made === undefined || made.value.size > MAX_SIZE || made.value.axes.length > MAX_AXES) continue;
    builder.pool.push(made);
    return;
  }
}
