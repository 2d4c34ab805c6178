/** First-passage times: against RWiener's values, the probability of reaching the boundary, and exact draws. */
import { expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, logProbs, momentsOf, quadrature } from "./helpers.ts";

const device = await testDevice();

test.each([
  // log dwiener(x, separation, non-decision, bias, drift) of the R package RWiener 1.2, as Stan's own tests quote them.
  [1.1, 2.1, 0.3, 0.55, 0.4, -0.892976431870503],
  [2.1, 4.1, 0.6, 0.05, 0.1, -5.28933922584833],
  [1.2, 10.1, 0.35, 0.95, 0.5, -1.36212169454714],
  [50.1, 4.3, 1.05, 0.65, 0.15, -15.3049368722015],
  [1.51, 1.1, 0.9, 0.2, 10.5, -26.4531852275477],
] as const)("density at %f", (x, separation, nonDecision, bias, drift, expected) => {
  expect(logProbs(d.wiener(separation, nonDecision, bias, drift), [x])[0]).toBeCloseTo(expected, 8);
});

/** (1 − e^(−2δαβ))/(1 − e^(−2δα)): Ratcliff (1978), "A theory of memory retrieval", Psychological Review 85, eq. A8. */
const upperFirst = (a: number, b: number, v: number): number =>
  v === 0 ? b : Math.expm1(-2 * v * a * b) / Math.expm1(-2 * v * a);

const settings = [
  [2, 0.3, 0.5, 0.7],
  [1.2, 0.1, 0.2, -1.5],
  [3, 0, 0.9, 0],
  [0.7, 0.4, 0.02, 4],
] as const;

test.each(settings)("the density integrates to the probability of the boundary: %f %f %f %f", (a, t0, b, v) => {
  const { x, w } = quadrature(t0, Number.POSITIVE_INFINITY);
  const logp = logProbs(d.wiener(a, t0, b, v), x);
  const total = x.reduce((sum, _, i) => sum + (w[i]! > 0 ? Math.exp(logp[i]!) * w[i]! || 0 : 0), 0);
  expect(total).toBeCloseTo(upperFirst(a, b, v), 10);
});

test("its gradient is that of differences in both series, and the GPU agrees", async () => {
  const n = new Axis("n", 4);
  const names = ["a", "t0", "b", "v"] as const;
  const [a, t0, b, v] = names.map((name) => input(name, [], "parameter"));
  const x = input("x", [n], "data");
  const density = d.wiener(a!, t0!, b!, v!).logProb(x);
  const given = { a: [1.7], t0: [0.2], b: [0.35], v: [0.8], x: [0.31, 0.9, 1.3, 6] };
  expectGradient(density.sum(n), [a!, t0!, b!, v!], given);
  const bindings = new Map(Object.entries(given).map(([name, values]) => [name, Float64Array.from(values)]));
  await expectAgreement(device, scheduleOptionsFor(device), "wiener", [density], bindings);
});

test.each(settings.slice(0, 3))("draws follow the density, within 5 standard errors: %f %f %f %f", (a, t0, b, v) => {
  const family = d.wiener(a, t0, b, v);
  const { x, w } = quadrature(t0, Number.POSITIVE_INFINITY);
  const mass = logProbs(family, x).map((logp, i) => Math.exp(logp) * w[i]! || 0);
  const total = mass.reduce((sum, m) => sum + m, 0);
  const random = hostRandom(11);
  const draws = Array.from({ length: 20000 }, () =>
    family.sample({ separation: a, nonDecision: t0, bias: b, drift: v }, random),
  ) as number[];
  for (const feature of [Math.atan, Math.log1p, Math.cos]) {
    const { mean, standardError } = momentsOf(draws.map(feature));
    const expected = x.reduce((sum, point, i) => sum + (mass[i]! > 0 ? (feature(point) * mass[i]!) / total : 0), 0);
    expect(Math.abs(mean - expected)).toBeLessThan(5 * standardError);
  }
});
