import { describe, expect, test } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { constantOf, supportBounds } from "../../src/distributions/support.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { logProbs, quadrature, scalar } from "./helpers.ts";

const cls = new Axis("class", 3);
const shares = input("shares", [cls], "data");
const scores = input("scores", [cls], "data");
const inputs = new Map([
  ["shares", Float64Array.of(0.2, 0, 0.8)],
  ["scores", Float64Array.of(0.3, -2, 5)],
]);

const continuous: d.Distribution[] = [
  d.normal(1, 2),
  d.halfNormal(3),
  d.studentT(4, -1, 2),
  d.halfStudentT(5, 0, 2),
  d.cauchy(1, 0.5),
  d.halfCauchy(5),
  d.exponential(0.7),
  d.gamma(2.5, 3),
  d.gamma(0.6, 1),
  d.inverseGamma(4, 3),
  d.beta(2, 3.5),
  d.logNormal(0.3, 0.8),
  d.uniform(-2, 5),
  d.laplace(1, 2),
  d.logistic(-1, 0.7),
  d.gumbel(1, 0.7),
  d.weibull(1.7, 2),
  d.frechet(4.5, 2),
  d.rayleigh(1.3),
  d.pareto(0.5, 3.5),
  d.paretoType2(-1, 2, 3.5),
  d.chiSquared(3),
  d.inverseChiSquared(6),
  d.scaledInverseChiSquared(6, 1.5),
  d.betaProportion(0.3, 6),
  d.logLogistic(2, 3.5),
  d.skewNormal(1, 2, -3),
  d.exponentiallyModifiedNormal(0.5, 1, 0.8),
  d.skewDoubleExponential(1, 2, 0.3),
  d.vonMises(0.4, 2),
];

const discrete: d.Distribution[] = [
  d.bernoulli({ probs: 0.3 }),
  d.bernoulli({ logits: -2 }),
  d.binomial(12, { probs: 0.3 }),
  d.binomial(12, { logits: 1.5 }),
  d.poisson(4.5),
  d.poisson({ logRate: 1 }),
  d.negativeBinomial({ mean: 3, concentration: 2 }),
  d.negativeBinomial({ logMean: 1, concentration: 0.8 }),
  d.negativeBinomial({ rate: 0.5, concentration: 2 }),
  d.betaBinomial(12, 2, 3.5),
  d.geometric({ probs: 0.3 }),
  d.geometric({ logits: 0.7 }),
  d.discreteUniform(0, 7),
  d.hypergeometric(7, 10, 6),
  d.zeroInflated(d.poisson(3), { probs: 0.25 }),
  d.hurdle(d.negativeBinomial({ mean: 3, concentration: 2 }), { logits: -0.5 }),
];

/** Densities with a corner inside. */
const CORNERED = new Set(["laplace", "skewDoubleExponential"]);

/** E f(x, log p(x)) and Σ p, from points with weights. */
function expectation(distribution: d.Distribution, x: number[], w: number[]) {
  const logp = logProbs(distribution, x);
  const over = (f: (x: number, logp: number) => number) =>
    x.reduce((sum, point, i) => {
      const mass = Math.exp(logp[i]!) * w[i]!;
      return mass > 0 ? sum + mass * f(point, logp[i]!) : sum;
    }, 0);
  return { total: over(() => 1), mean: over((point) => point), entropy: over((_, l) => -l) };
}

function checkAgainst(distribution: d.Distribution, found: ReturnType<typeof expectation>, digits: number) {
  expect(found.total).toBeCloseTo(1, digits);
  if (distribution.entropy) expect(scalar(distribution.entropy())).toBeCloseTo(found.entropy, digits);
  if (distribution.mean) expect(scalar(distribution.mean())).toBeCloseTo(found.mean, digits);
}

describe("densities integrate to one, to their entropy and to their mean", () => {
  test.each(continuous.map((distribution) => [distribution.name, distribution] as const))("%s", (_, distribution) => {
    const { lower, upper } = supportBounds(distribution.support);
    const a = lower === undefined ? Number.NEGATIVE_INFINITY : constantOf(lower)!;
    const b = upper === undefined ? Number.POSITIVE_INFINITY : constantOf(upper)!;
    const { x, w } = quadrature(a, b);
    // A density with a corner costs the rule its accuracy.
    checkAgainst(distribution, expectation(distribution, x, w), CORNERED.has(distribution.name) ? 2 : 8);
  });
});

describe("probabilities sum to one, to their entropy and to their mean", () => {
  test.each(discrete.map((distribution) => [distribution.name, distribution] as const))("%s", (_, distribution) => {
    const { upper } = supportBounds(distribution.support);
    const last = upper === undefined ? 400 : constantOf(upper)!;
    const x = Array.from({ length: last + 1 }, (_, k) => k);
    checkAgainst(
      distribution,
      expectation(
        distribution,
        x,
        x.map(() => 1),
      ),
      10,
    );
  });

  test("entropies at sure outcomes", () => {
    expect(scalar(d.bernoulli({ probs: 0 }).entropy!())).toBe(0);
    expect(scalar(d.bernoulli({ probs: 1 }).entropy!())).toBe(0);
  });

  test("categorical", () => {
    const byShare = d.categorical(cls, { probs: shares });
    const byScore = d.categorical(cls, { logits: scores });
    const at = (distribution: d.Distribution) => [0, 1, 2].map((k) => scalar(distribution.logProb(k), inputs));
    expect(at(byShare)).toEqual([Math.log(0.2), Number.NEGATIVE_INFINITY, Math.log(0.8)]);
    const total = Math.exp(0.3) + Math.exp(-2) + Math.exp(5);
    const expected = [0.3, -2, 5].map((score) => score - Math.log(total));
    for (const [k, value] of at(byScore).entries()) expect(value).toBeCloseTo(expected[k]!, 12);
    expect(scalar(byShare.entropy!(), inputs)).toBeCloseTo(-0.2 * Math.log(0.2) - 0.8 * Math.log(0.8), 12);
    const entropy = -expected.reduce((sum, l) => sum + l * Math.exp(l), 0);
    expect(scalar(byScore.entropy!(), inputs)).toBeCloseTo(entropy, 12);
  });

  test("flat adds nothing", () => {
    expect(scalar(d.flat().logProb(3))).toBe(0);
    expect(scalar(d.flat({ lower: 0 }).logProb(3))).toBe(0);
  });
});
