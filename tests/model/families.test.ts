/** Composite families inside a model: bound to data, fitted, and drawn from. */
import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import * as e from "../../src/index.ts";
import { hostRandom } from "../distributions/helpers.ts";

const random = hostRandom(4);
const count = 60;
const times = <T>(n: number, make: (k: number) => T): T[] => Array.from({ length: n }, (_, k) => make(k));

/** A quick fit on the CPU, its posterior mean of one parameter, and predictive draws of one site. */
async function fitted(model: e.Model<never>, data: unknown, parameter: string) {
  const backend = cpuBackend();
  const posterior = await e.fit(model as e.Model, data as e.JsonData, {
    device: backend,
    draws: 8,
    steps: 600,
    seed: 1,
  });
  const predicted = await posterior.predict({ draws: 20, seed: 2 });
  const { mean } = posterior.summary().get(parameter);
  backend.dispose();
  return { mean, predicted };
}

/** Whether every predictive draw of y is finite. */
const drawsOf = (predicted: Awaited<ReturnType<e.Posterior["predict"]>>): boolean => {
  const { draws: values } = predicted.bySite("y");
  return values.length > 0 && values.every(Number.isFinite);
};

describe("observed", () => {
  test("ordered categories with ordered cutpoints", async () => {
    const model = e.model("ratings", ({ plate, sample, observe }, data: { x: number[]; y: number[] }) => {
      const n = plate("n", data.y.length);
      const cut = plate("cut", 3);
      const beta = sample("beta", e.normal(0, 2));
      const cutpoints = sample("cutpoints", e.constrained(e.normal(0, 3), { kind: "ordered", axis: cut }));
      const predictor = beta.mul(e.real(data.x, [n]));
      observe("y", e.orderedLogistic(predictor, cutpoints, cut), e.integer(data.y, [n]));
    });
    const x = times(count, (k) => (k - 30) / 15);
    const noise = () => {
      const u = random.uniform();
      return Math.log(u / (1 - u));
    };
    const y = x.map((value) => {
      const score = 1.5 * value + noise();
      return [-1, 0, 1].filter((c) => score > c).length;
    });
    const { mean, predicted } = await fitted(model, { x, y }, "beta");
    // The sd of the slope is about 0.35 at this size.
    expect(Math.abs(mean - 1.5)).toBeLessThan(1.2);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);

  test("a mixture of two normals with ordered locations", async () => {
    const model = e.model("mixture", ({ plate, sample, observe }, data: { y: number[] }) => {
      const n = plate("n", data.y.length);
      const component = plate("component", 2);
      const probs = sample("weight", e.dirichlet(2, component));
      const mu = sample("mu", e.constrained(e.normal(0, 5), { kind: "ordered", axis: component }));
      observe("y", e.mixture({ probs }, component, e.normal(mu, 1)), e.real(data.y, [n]));
    });
    const y = times(count, (k) => (k % 3 === 0 ? -3 : 2) + random.normal());
    const { mean, predicted } = await fitted(model, { y }, "mu[2]");
    expect(Math.abs(mean - 2)).toBeLessThan(0.8);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);

  test("zero-inflated counts", async () => {
    const model = e.model("zeros", ({ plate, sample, observe }, data: { y: number[] }) => {
      const n = plate("n", data.y.length);
      const rate = sample("rate", e.gamma(2, 0.5));
      const probs = sample("gate", e.beta(1, 1));
      observe("y", e.zeroInflated(e.poisson(rate), { probs }), e.integer(data.y, [n]));
    });
    const poisson = e.poisson(4);
    const y = times(count, () => (random.uniform() < 0.4 ? 0 : (poisson.sample({ rate: 4 }, random) as number)));
    const { mean, predicted } = await fitted(model, { y }, "rate");
    expect(Math.abs(mean - 4)).toBeLessThan(1.5);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);

  test("a series: an autoregression along the axis of time", async () => {
    const model = e.model("series", ({ plate, sample, observe }, data: { y: number[] }) => {
      const time = plate("time", data.y.length);
      const phi = sample("phi", e.uniform(-1, 1));
      const scale = sample("scale", e.halfNormal(2));
      observe("y", e.ar(time, { coefficients: [phi], scale, initial: e.normal(0, 3) }), e.real(data.y, [time]));
    });
    const y: number[] = [];
    for (let t = 0; t < 150; t++) y.push(0.7 * (y[t - 1] ?? 0) + random.normal());
    const { mean, predicted } = await fitted(model, { y }, "phi");
    // The sd of phi is about √((1 − 0.49)/150) = 0.06.
    expect(Math.abs(mean - 0.7)).toBeLessThan(0.3);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);

  test("counts along an axis", async () => {
    const model = e.model("shares", ({ plate, sample, observe }, data: { y: number[][] }) => {
      const n = plate("n", data.y.length);
      const kind = plate("kind", 3);
      const probs = sample("probs", e.dirichlet(1, kind));
      observe("y", e.multinomial(10, kind, { probs }), e.integer(data.y, [n, kind]));
    });
    const y = times(20, () => [2, 5, 3]);
    const { mean, predicted } = await fitted(model, { y }, "probs[2]");
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.15);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);

  test("a correlation matrix as a parameter", async () => {
    const model = e.model("correlated", ({ plate, sample, deterministic, observe }, data: { y: number[][] }) => {
      const n = plate("n", data.y.length);
      const k = plate("k", 2);
      const other = k.prime();
      const L = sample("L", e.lkjCholesky(k, other, 2));
      deterministic("r", e.at(e.at(L, k, 1), other, 0));
      observe("y", e.multivariateNormal(0, { scaleTril: L, row: k, column: other }), e.real(data.y, [n, k]));
    });
    const y = times(120, () => {
      const [a, b] = [random.normal(), random.normal()];
      return [a, 0.6 * a + 0.8 * b];
    });
    const { mean, predicted } = await fitted(model, { y }, "r");
    expect(Math.abs(mean - 0.6)).toBeLessThan(0.3);
    expect(drawsOf(predicted)).toBe(true);
  }, 60_000);
});
