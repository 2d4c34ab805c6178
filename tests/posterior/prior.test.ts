import { describe, expect, it } from "vitest";
import {
  categorical,
  constrained,
  exp,
  flat,
  gamma,
  halfCauchy,
  index,
  type JsonData,
  type Model,
  markovChain,
  math,
  model,
  multivariateNormal,
  normal,
  poisson,
  real,
  samplePrior,
  uniform,
} from "../../src/index.ts";
import { drawPrior } from "../../src/posterior/prior.ts";

const DRAWS = 20_000;
const mean = (x: ArrayLike<number>) => Array.from(x).reduce((sum, one) => sum + one, 0) / x.length;
const sd = (x: ArrayLike<number>) => {
  const middle = mean(x);
  return Math.sqrt(mean(Array.from(x, (one) => (one - middle) ** 2)));
};
/** Entry k of a site with `size` of them. */
const entry = (draws: Float64Array, size: number, k: number) => draws.filter((_, i) => i % size === k);

describe("samplePrior", () => {
  it("draws each site given those it depends on, with the moments of the prior", async () => {
    const nested = model("nested", ({ plate, sample, deterministic, observe }, data: JsonData) => {
      const group = plate("group", 3);
      const row = plate("row", 4);
      const scale = sample("scale", gamma(4, 2));
      const mu = sample("mu", normal(1, 2));
      const theta = sample("theta", normal(mu, scale), [group]);
      const total = deterministic("total", math`${theta} + ${scale}`);
      observe("y", normal(total.at(index(data.group as number[], [row], group)), 0.5), real(data.y as number[], [row]));
    });
    const drawn = await samplePrior(nested, { y: [0, 0, 0, 0], group: [0, 0, 1, 2] }, { draws: DRAWS, seed: 3 });
    expect(drawn.names).toEqual([
      ...["scale", "mu", "theta[1]", "theta[2]", "theta[3]", "total[1]", "total[2]", "total[3]"],
      ...["y[1]", "y[2]", "y[3]", "y[4]"],
    ]);
    expect(drawn.undrawn.size).toBe(0);
    const [scale, mu, theta, total, y] = ["scale", "mu", "theta", "total", "y"].map((name) => drawn.bySite(name));
    // Standard errors of a mean are sd/√20,000; five of them. E scale = 2, var scale = 1; var theta = 4 + E scale² = 9.
    const errors = 5 / Math.sqrt(DRAWS);
    expect(Math.abs(mean(scale!.draws) - 2)).toBeLessThan(errors);
    expect(Math.abs(mean(mu!.draws) - 1)).toBeLessThan(2 * errors);
    for (const k of [0, 1, 2]) {
      const own = entry(theta!.draws, 3, k);
      expect(Math.abs(mean(own) - 1)).toBeLessThan(3 * errors);
      // A scale mixture of normals: kurtosis below 6, so that the sd has an error below 3·√(5/4)/√n.
      expect(Math.abs(sd(own) - 3)).toBeLessThan(3 * 1.2 * errors);
      expect(total!.draws[k]).toBeCloseTo(theta!.draws[k]! + scale!.draws[0]!, 10);
    }
    expect(y!.shape).toEqual([4]);
    // Rows 1 and 2 are of one group: what is left between them is their own noise, of variance 2·0.25.
    const [first, second, third] = [0, 1, 2].map((k) => entry(y!.draws, 4, k));
    const apart = sd(first!.map((value, i) => value - second![i]!));
    expect(Math.abs(apart - Math.sqrt(0.5))).toBeLessThan(errors);
    expect(sd(first!.map((value, i) => value - third![i]!))).toBeGreaterThan(2);
  });

  it("gives the same draws whatever the size of its chunks, and others from another seed", () => {
    const wide = (size: number): Model =>
      model("wide", ({ plate, sample, deterministic }) => {
        const one = plate("one", 4);
        const many = plate("many", size);
        const x = sample("x", normal(0, 1), [one]);
        deterministic("sum", real(new Float64Array(size).fill(1), [many]).mul(x).sum(many));
      });
    const of = (size: number, seed = 1) => drawPrior(wide(size).trace({}), { draws: 64, seed }).bySite("x").draws;
    expect(of(40_000)).toEqual(of(2));
    expect(of(2, 2)).not.toEqual(of(2));
  });

  it("draws discrete sites, chains and vectors", async () => {
    const mixed = model("mixed", ({ plate, sample, deterministic, observe }) => {
      const time = plate("time", 3);
      const state = plate("state", 2);
      const rows = plate("rows", 2);
      const pair = plate("pair", 2);
      const initial = real([1, 0], [state]);
      const transition = real(
        [
          [0, 1],
          [1, 0],
        ],
        [state, state.prime()],
      );
      const chain = sample("chain", markovChain(time, state, { initial, transition }), [], { enumerate: true });
      const level = real([10, 20], [state]);
      const z = sample("z", categorical(state, { probs: real([0.25, 0.75], [state]) }), [rows], { enumerate: true });
      const scaleTril = real(
        [
          [1, 0],
          [0.8, 0.6],
        ],
        [pair, pair.prime()],
      );
      const b = sample("b", multivariateNormal(0, { scaleTril, row: pair, column: pair.prime() }));
      deterministic("first", b.mul(2));
      observe("x", normal(level.at(chain), 0.01), real([10, 20, 10], [time]));
      observe("y", normal(level.at(z), 0.01), real([10, 20], [rows]));
    });
    const drawn = await samplePrior(mixed, {}, { draws: 4000, seed: 1 });
    expect(entry(drawn.bySite("chain").draws, 3, 0).every((x) => x === 0)).toBe(true);
    expect(entry(drawn.bySite("chain").draws, 3, 1).every((x) => x === 1)).toBe(true);
    // Five standard errors of a share.
    expect(Math.abs(mean(drawn.bySite("z").draws) - 0.75)).toBeLessThan(5 * Math.sqrt(0.1875 / 8000));
    const x = drawn.bySite("x").draws;
    expect(Math.abs(mean(entry(x, 3, 1)) - 20)).toBeLessThan(0.01);
    const y = drawn.bySite("y").draws;
    expect(drawn.bySite("z").draws.every((z, i) => Math.abs(y[i]! - (z === 0 ? 10 : 20)) < 0.1)).toBe(true);
    const [b0, b1] = [0, 1].map((k) => entry(drawn.bySite("b").draws, 2, k));
    // The correlation of standard normals: its error is (1 − ρ²)/√n.
    expect(Math.abs(mean(b0!.map((value, i) => value * b1![i]!)) - 0.8)).toBeLessThan((5 * 1.3) / Math.sqrt(4000));
  });

  it("says which sites have no prior to draw from, and goes on with the others", async () => {
    const improper = model("improper", ({ plate, sample, deterministic, observe }) => {
      const k = plate("k", 2);
      const a = sample("a", flat());
      const cut = sample("cut", constrained(normal(0, 1), { kind: "simplex", axis: k }));
      const b = sample("b", normal(a, 1));
      const c = sample("c", uniform(0, 1));
      deterministic("d", math`${b} + ${c}`);
      deterministic("e", math`${c} * 2`);
      observe("y", normal(cut, 1), real([1, 2], [k]));
    });
    const drawn = await samplePrior(improper, {}, { draws: 10 });
    expect(drawn.names).toEqual(["c", "e"]);
    expect(drawn.undrawn.get("a")).toMatch(/improper prior cannot be sampled/);
    expect(drawn.undrawn.get("cut")).toMatch(/not normalised/);
    expect(drawn.undrawn.get("d")).toMatch(/depends on "b"/);
    expect(drawn.undrawn.get("y")).toMatch(/depends on "cut"/);
    expect(() => drawn.bySite("b")).toThrow(/no draws of "b": it depends on "a", which cannot be drawn/);
    expect(() => drawn.bySite("f")).toThrow(/no such site/);
  });

  it("draws what is constrained by rejection, and orders it", async () => {
    const cut = model("cut", ({ plate, sample }) => {
      const k = plate("k", 3);
      sample("scale", constrained(normal(0, 1), { kind: "positive" }));
      sample("order", constrained(uniform(0, 1), { kind: "ordered", axis: k }));
      sample("far", constrained(normal(0, 1), { kind: "lower", lower: 40 }));
    });
    const drawn = await samplePrior(cut, {}, { draws: 4000 });
    // A half-normal has the mean √(2/π) and the variance 1 − 2/π.
    expect(Math.abs(mean(drawn.bySite("scale").draws) - Math.sqrt(2 / Math.PI))).toBeLessThan(
      5 * (0.603 / Math.sqrt(4000)),
    );
    // The order statistics of three uniforms: means k/4, variances at most 1/20.
    for (const k of [0, 1, 2]) {
      const middle = mean(entry(drawn.bySite("order").draws, 3, k));
      expect(Math.abs(middle - (k + 1) / 4)).toBeLessThan(5 * Math.sqrt(0.05 / 4000));
    }
    expect(drawn.undrawn.get("far")).toMatch(/none of 1000 draws was/);
  });

  it("refuses parameters without a prior", async () => {
    const learning = model("learning", ({ parameter, sample }) => {
      sample("x", normal(parameter("shift"), 1));
    });
    await expect(samplePrior(learning, {})).rejects.toThrow(/parameters without a prior \(shift\)/);
  });

  it("leaves a draw whose parameters overflow as NaN", async () => {
    const wild = model("wild", ({ sample, observe }) => {
      const scale = sample("scale", halfCauchy(0, 1000));
      observe("y", poisson(exp(scale)), real(3));
    });
    const drawn = await samplePrior(wild, {}, { draws: 50 });
    const { draws } = drawn.bySite("y");
    const scales = drawn.bySite("scale").draws;
    expect(Array.from(draws, Number.isNaN)).toEqual(Array.from(scales, (scale) => scale > Math.log(Number.MAX_VALUE)));
    expect(draws.some(Number.isNaN)).toBe(true);
  });
});
