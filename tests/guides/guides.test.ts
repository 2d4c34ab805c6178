import { describe, expect, it } from "vitest";
import { vjp } from "../../src/graph/autodiff.ts";
import { constant, div, sum } from "../../src/graph/ops.ts";
import { fullRank, GuideError, meanField } from "../../src/guides/index.ts";
import { boundGuide, coordinate, graphOf, SIZE, someLambda, stepInputs } from "./support.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);
const families = ["mean-field", "full-rank"] as const;

/** The dense lower factor of q. */
function factorOf(moments: { scaleTril: Float64Array | null; scale: Float64Array }): number[][] {
  return Array.from({ length: SIZE }, (_, i) =>
    Array.from({ length: SIZE }, (_, j) => {
      if (moments.scaleTril !== null) return moments.scaleTril[i * SIZE + j]!;
      return i === j ? moments.scale[i]! : 0;
    }),
  );
}

/** log N(z; loc, L Lᵀ) by forward substitution. */
function logNormal(z: readonly number[], loc: Float64Array, factor: number[][]): number {
  const e: number[] = [];
  let value = -(SIZE / 2) * LOG_TWO_PI;
  for (let i = 0; i < SIZE; i++) {
    let s = z[i]! - loc[i]!;
    for (let j = 0; j < i; j++) s -= factor[i]![j]! * e[j]!;
    e.push(s / factor[i]![i]!);
    value -= e[i]! ** 2 / 2 + Math.log(factor[i]![i]!);
  }
  return value;
}

/** KL(N(m, A Aᵀ) ‖ N(n, B Bᵀ)) = ½(|B⁻¹A|² + |B⁻¹(n − m)|² − D) + log|B| − log|A|. */
function gaussianKl(m: Float64Array, a: number[][], n: Float64Array, b: number[][]): number {
  const solve = (v: number[]): number[] => {
    const x: number[] = [];
    for (let i = 0; i < SIZE; i++) {
      let s = v[i]!;
      for (let j = 0; j < i; j++) s -= b[i]![j]! * x[j]!;
      x.push(s / b[i]![i]!);
    }
    return x;
  };
  const squares = (v: number[]): number => v.reduce((total, x) => total + x * x, 0);
  let value = (squares(solve([...n].map((x, i) => x - m[i]!))) - SIZE) / 2;
  for (let j = 0; j < SIZE; j++) {
    value += squares(solve(a.map((row) => row[j]!))) / 2 + Math.log(b[j]![j]! / a[j]![j]!);
  }
  return value;
}

for (const family of families) {
  describe(`${family} guide`, () => {
    const guide = boundGuide(family, 5);
    const draws = 50;
    const graph = graphOf(guide, draws);
    const lambda = someLambda(guide, 8);
    const drawn = guide.sample(graph.lambda, graph.constants, graph.noise);
    const moments = guide.moments(lambda)!;
    const factor = factorOf(moments);

    it("starts at its start", () => {
      const first = Object.fromEntries(Object.entries(guide.parameters).map(([name, { initial }]) => [name, initial]));
      const { loc, scaleTril, scale } = guide.moments(first)!;
      const wanted = boundGuide(family, 5);
      expect([...loc]).toEqual([...wanted.constants.center!.values]);
      if (family === "mean-field") expect([...scale]).toEqual([...guide.constants.scale0!.values]);
      else expect(scaleTril![SIZE]).toBeCloseTo(guide.parameters.lower!.initial[SIZE]!, 12);
    });

    it("log q is the Gaussian's density with its moments", () => {
      const [z, logDensity] = graph.run([drawn.z, drawn.logDensity], lambda) as [Float64Array, Float64Array];
      for (let s = 0; s < draws; s++) {
        const point = Array.from({ length: SIZE }, (_, i) => z[i * draws + s]!);
        expect(logDensity[s]).toBeCloseTo(logNormal(point, moments.loc, factor), 9);
      }
    });

    it("log q at given points is log q of the draws there", () => {
      const again = guide.logDensityAt(graph.lambda, graph.constants, drawn.z);
      const [a, b] = graph.run([drawn.logDensity, again], lambda) as [Float64Array, Float64Array];
      for (let s = 0; s < draws; s++) expect(b[s]).toBeCloseTo(a[s]!, 9);
    });

    it("the entropy is the closed form", () => {
      const [entropy] = graph.run([drawn.entropy!], lambda) as [Float64Array];
      const logDeterminant = factor.reduce((total, row, i) => total + Math.log(row[i]!), 0);
      expect(entropy[0]).toBeCloseTo(logDeterminant + (SIZE / 2) * (1 + LOG_TWO_PI), 10);
    });

    it("marginals are the moments", () => {
      const { loc, scale } = guide.marginals(graph.lambda, graph.constants)!;
      const [l, s] = graph.run([loc, scale], lambda) as [Float64Array, Float64Array];
      for (let i = 0; i < SIZE; i++) {
        expect(l[i]).toBeCloseTo(moments.loc[i]!, 10);
        expect(s[i]).toBeCloseTo(moments.scale[i]!, 10);
      }
    });

    it("its natural gradient is the pullback of the gradient by autodiff", () => {
      // log p(z) = −Σ z⁴/4, so that scores are not linear in the noise.
      const target = sum(drawn.z.square().square().mul(-0.25), [coordinate]);
      const weight = div(constant(1), draws);
      const score = drawn.z.mul(drawn.z.square()).neg();
      const names = Object.keys(graph.lambda);
      const found = vjp(
        [
          { value: target, cotangent: weight },
          { value: drawn.entropy!, cotangent: constant(1) },
        ],
        names.map((name) => graph.lambda[name]!),
      );
      const byAutodiff = guide.pullback(
        graph.lambda,
        graph.constants,
        Object.fromEntries(names.map((name, i) => [name, found[i]!])),
      );
      const scores = { draw: graph.draw, score, good: constant(1, "bool"), share: weight };
      const direct = guide.naturalGradient(graph.lambda, graph.constants, drawn, scores, "reparameterised");
      for (const name of names) {
        const axes = guide.localAxes[name]!;
        const [a] = graph.run([byAutodiff[name]!], lambda, axes) as [Float64Array];
        const [b] = graph.run([direct[name]!], lambda, axes) as [Float64Array];
        expect(b.length).toBe(a.length);
        b.forEach((value, i) => {
          expect(value).toBeCloseTo(a[i]!, 9);
        });
      }
    });

    it("a step in a local coordinate moves q by its Fisher information", () => {
      const step = stepInputs(guide);
      const retracted = guide.retract(graph.lambda, graph.constants, step.values);
      const h = 1e-3;
      for (const [name, axes] of Object.entries(guide.localAxes)) {
        // The location of a factorised q is preconditioned by the posterior's covariance, not by its own.
        if (family === "mean-field" && name === "loc") continue;
        const information = axes.length === 1 && name !== "loc" ? 2 : 1;
        for (let k = 0; k < step.sizes[name]!; k++) {
          if (axes.length === 2 && k % SIZE >= Math.floor(k / SIZE)) continue;
          const arrays = step.arrays();
          arrays[`step ${name}`]![k] = h;
          const moved = graph.run(Object.values(retracted), { ...lambda, ...arrays });
          const names = Object.keys(retracted);
          const next = guide.moments(Object.fromEntries(names.map((n, i) => [n, moved[i]!])))!;
          const divergence = gaussianKl(moments.loc, factor, next.loc, factorOf(next));
          expect(divergence / (h * h * 0.5 * information)).toBeCloseTo(1, 2);
        }
      }
    });
  });
}

describe("a guide's start", () => {
  it("a diagonal start needs no matrix", () => {
    for (const family of families) {
      const guide = boundGuide(family, 7, false);
      const first = Object.fromEntries(Object.entries(guide.parameters).map(([name, { initial }]) => [name, initial]));
      expect([...guide.moments(first)!.scale]).toEqual([...boundGuide("mean-field", 7).constants.scale0!.values]);
    }
  });

  it("a wrong length or a number that is not finite is refused", () => {
    const scale = new Float64Array(SIZE).fill(1);
    for (const guide of [meanField(), fullRank()]) {
      expect(() => guide.bind(coordinate, { mean: new Float64Array(3), factor: null, scale })).toThrow(GuideError);
      const mean = new Float64Array(SIZE).fill(Number.NaN);
      expect(() => guide.bind(coordinate, { mean, factor: null, scale })).toThrow(/not finite/);
    }
  });
});
