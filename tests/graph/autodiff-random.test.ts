import fc from "fast-check";
import { test } from "vitest";
import { expectGradient } from "../support/gradients.ts";
import { graphShapes, randomGraph } from "../support/random-graphs.ts";

test("gradients of random graphs agree with central differences", () => {
  fc.assert(
    fc.property(graphShapes({ nodes: 15, draws: 3, smooth: true }), (shape) => {
      const { roots, inputs, parameters } = randomGraph(shape);
      const bound = Object.fromEntries([...inputs].map(([name, values]) => [name, [...values]]));
      const few = parameters.filter((value) => value.size <= 60);
      expectGradient(roots[0]!, few, bound, { relative: 1e-4, absolute: 1e-4 });
    }),
    { numRuns: 150, seed: 3 },
  );
});
