/** Densities on unconstrained coordinates, as a fit sees them: derivatives, and float32 far from the centre. */
import { describe, expect, test } from "vitest";
import { evaluate, type Rounding } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, unionAxes } from "../../src/graph/axis.ts";
import { exp, input, mul, sigmoid, sum } from "../../src/graph/ops.ts";
import { Value } from "../../src/graph/value.ts";
import { transformTo } from "../../src/transforms/index.ts";
import { scalar } from "./helpers.ts";

const K = new Axis("k", 3);
const scaleTril = input("L", [K, K.prime()], "data");
const data = new Map([["L", Float64Array.of(1, 0, 0, 0.5, 2, 0, -0.3, 0.2, 0.7)]]);

const families: d.Distribution[] = [
  d.normal(1, 2),
  d.halfNormal(2),
  d.studentT(3, 0, 1),
  d.halfStudentT(3, 1),
  d.cauchy(0, 1),
  d.halfCauchy(5),
  d.exponential(2),
  d.gamma(2, 3),
  d.inverseGamma(2, 3),
  d.beta(2, 3),
  d.logNormal(0, 1),
  d.uniform(-1, 3),
  d.laplace(0, 1),
  d.logistic(0, 2),
  d.gumbel(1, 0.7),
  d.weibull(1.7, 2),
  d.frechet(1.2, 2),
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
  d.flat({ lower: 1 }),
  d.flat({ lower: -1, upper: 1 }),
  d.dirichlet(2, K),
  d.multivariateNormal(0, { scaleTril, row: K }),
];

/** log density with Jacobian at u, and its gradient. */
function onUnconstrained(family: d.Distribution) {
  const transform = transformTo(family.support);
  const axes = unionAxes(transform.unconstrainedAxes ?? transform.eventAxes);
  const u = input("u", axes, "parameter");
  const x = transform.forward(u);
  // The empty term gives constant densities the axes of u.
  const total = family
    .logProb(x)
    .add(transform.logAbsDetJacobian(u, x))
    .add(sum(mul(u, 0), axes));
  const [derivative] = gradient(total, [u]);
  const run = (point: readonly number[], rounding: Rounding = {}) => {
    const inputs = new Map([...data, ["u", Float64Array.from(point)]]);
    const [value, slope] = evaluate([total, derivative!], inputs, rounding);
    return { value: value![0]!, slope: point.map((_, i) => slope![i] ?? slope![0]!) };
  };
  return { size: u.size, run };
}

const cases = families.map((family) => [family.name, family] as const);

test.each(cases)("%s: gradient against central differences", (_, family) => {
  const { size, run } = onUnconstrained(family);
  for (const center of [
    [0.3, -0.8, 1.2],
    [-1.7, 0.1, 0.6],
  ]) {
    const point = center.slice(0, size);
    const { slope } = run(point);
    const h = 1e-5;
    for (const [i, value] of slope.entries()) {
      const moved = (by: number) => run(point.map((coordinate, j) => (i === j ? coordinate + by : coordinate))).value;
      expect(value).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 7);
    }
  }
});

test.each(cases)("%s: float32 agrees far from the centre", (_, family) => {
  const { size, run } = onUnconstrained(family);
  for (const far of [-30, 30]) {
    const point = [far, -far / 2, far / 3].slice(0, size);
    const [exact, rounded] = [run(point), run(point, { round: "f32" })];
    const compare = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-5 * Math.max(1, Math.abs(b)));
    compare(rounded.value, exact.value);
    for (const [i, value] of rounded.slope.entries()) compare(value, exact.slope[i]!);
  }
});

describe("inverse links are seen through", () => {
  const eta = input("eta", [], "parameter");
  const inputs = new Map([["eta", Float64Array.of(1.3)]]);
  const axis = new Axis("class", 2);
  const scores = input("scores", [axis], "parameter");
  const classes = new Map([["scores", Float64Array.of(-1, -2)]]);
  test.each([
    ["bernoulli", d.bernoulli({ probs: sigmoid(eta) }), d.bernoulli({ logits: eta }), 1, inputs],
    ["binomial", d.binomial(9, { probs: sigmoid(eta) }), d.binomial(9, { logits: eta }), 4, inputs],
    ["poisson", d.poisson(exp(eta)), d.poisson({ logRate: eta }), 3, inputs],
    [
      "negativeBinomial",
      d.negativeBinomial({ mean: exp(eta), concentration: 2 }),
      d.negativeBinomial({ logMean: eta, concentration: 2 }),
      3,
      inputs,
    ],
    [
      "categorical",
      d.categorical(axis, { probs: exp(scores) }),
      // Unnormalised: the same up to the normaliser, which is put back.
      d.categorical(axis, { logits: scores }),
      1,
      classes,
    ],
  ] as const)("%s", (name, linked, direct, y, bound) => {
    const normaliser = name === "categorical" ? Math.log(Math.exp(-1) + Math.exp(-2)) : 0;
    const value = scalar(linked.logProb(y), bound);
    expect(value).toBeCloseTo(scalar(direct.logProb(y), bound) + normaliser, 13);
    const built = Value.topological([linked.logProb(y)]);
    const names = built.map(({ op }) => (op.kind === "map" ? op.name : op.kind));
    expect(names).not.toContain("sigmoid");
    expect(names).not.toContain("log1p");
  });
});
