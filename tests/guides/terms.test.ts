/** log q, coordinate by coordinate: the terms sum to it and, where they are conditional densities, each is one. */
import { describe, expect, it } from "vitest";
import { input, sum } from "../../src/graph/ops.ts";
import { betaGuide, dirichletGuide, gammaGuide } from "../../src/guides/conjugate.ts";
import {
  autoregressiveFlow,
  couplingFlow,
  fullRank,
  type Guide,
  lowRank,
  markov,
  meanField,
  mixtureGuide,
} from "../../src/guides/index.ts";
import { coordinate, graphOf, SIZE, someGaussian, someLambda } from "./support.ts";

const start = { ...someGaussian(3), scale: new Float64Array(SIZE).fill(0.7) };
const flows = [() => couplingFlow({ layers: 3, width: 5 }), () => autoregressiveFlow({ layers: 3, width: 6 })];
/** Terms of these are functions of z alone. */
const ofPoints: readonly (() => Guide)[] = [
  () => lowRank({ rank: 2 }),
  () => lowRank({ rank: 4 }),
  () => mixtureGuide({ components: 3 }),
  gammaGuide,
  betaGuide,
  dirichletGuide,
];

for (const family of [meanField, fullRank, markov, ...ofPoints, ...flows]) {
  for (const [kind, at] of [
    ["dense", start],
    ["diagonal", { ...start, factor: null }],
  ] as const) {
    it(`${family().name}, bound to a ${kind} start: the terms of log q sum to it`, () => {
      const bound = family().bind(coordinate, at);
      const graph = graphOf(bound, 200);
      const drawn = bound.sample(graph.lambda, graph.constants, graph.noise);
      const terms = bound.logDensityTerms!(graph.lambda, graph.constants, drawn);
      expect(terms.axes).toContain(coordinate);
      const roots = [sum(terms, [coordinate]), drawn.logDensity];
      const [total, whole] = graph.run(roots, someLambda(bound, 5)) as [Float64Array, Float64Array];
      for (const [s, value] of total.entries()) expect(value).toBeCloseTo(whole[s]!, 9);
    });
  }
}

describe("a term is the density of its coordinate given those before it", () => {
  // exp(term_i) is a function of z_1 … z_i alone and integrates to one over z_i: nothing else is.
  const [points, step, width] = [4001, 0.02, 40];
  for (const family of ofPoints) {
    it(family().name, () => {
      const bound = family().bind(coordinate, start);
      const graph = graphOf(bound, points);
      const z = input("z", [coordinate, graph.draw], "parameter");
      const terms = bound.logDensityTerms!(graph.lambda, graph.constants, { z } as never);
      const lambda = someLambda(bound, 5);
      const termsAt = (at: (i: number, s: number) => number): Float64Array => {
        const values = new Float64Array(SIZE * points);
        for (let i = 0; i < SIZE; i++) for (let s = 0; s < points; s++) values[i * points + s] = at(i, s);
        return graph.run([terms], { ...lambda, z: values }, [coordinate, graph.draw])[0]!;
      };
      for (let i = 0; i < SIZE; i++) {
        const along = (later: number) =>
          termsAt((j, s) => (j === i ? s * step - width : start.mean[j]! + (j > i ? later : 0.3)));
        const [here, there] = [along(0), along(0.7)].map((all) => all.subarray(i * points, (i + 1) * points));
        // The trapezoidal rule over densities that are smooth on this scale and end within the grid.
        expect(here!.reduce((mass, term) => mass + Math.exp(term) * step, 0)).toBeCloseTo(1, 6);
        for (const [s, term] of here!.entries()) expect(there![s]).toBeCloseTo(term, 9);
      }
    });
  }
});

it("guides say whether their terms are conditional densities", () => {
  for (const family of flows) expect(family().bind(coordinate, start).termsAreShares).toBe(true);
  for (const family of ofPoints) expect(family().bind(coordinate, start).termsAreShares).not.toBe(true);
});
