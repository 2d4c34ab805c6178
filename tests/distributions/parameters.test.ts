import { describe, expect, test } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { ElbowError } from "../../src/graph/errors.ts";
import { constant, gt, input } from "../../src/graph/ops.ts";
import { at } from "../../src/graph/reindex.ts";

const plate = new Axis("plate", 4);
const axis = new Axis("class", 3);
const sigma = input("sigma", [plate], "data");

describe("parameters", () => {
  test.each([
    [() => d.normal(0, -1), "normal: scale must be positive, got -1"],
    [() => d.normal(Number.NaN, 1), "normal: loc must be finite, got NaN"],
    [() => d.normal(0, constant(0)), "normal: scale must be positive, got 0"],
    [() => d.halfNormal(0, 0), "halfNormal: scale must be positive, got 0"],
    [() => d.halfCauchy(1, 5), "halfCauchy: loc must be the constant 0, got 1; shift the variable instead"],
    [() => d.halfCauchy(sigma, 5), "halfCauchy: loc must be the constant 0, got a graph value"],
    [() => d.studentT(0, 0, 1), "studentT: df must be positive, got 0"],
    [() => d.exponential(Number.POSITIVE_INFINITY), "exponential: rate must be positive, got Infinity"],
    [() => d.gamma(-2, 1), "gamma: concentration must be positive, got -2"],
    [() => d.weibull(0, 1), "weibull: concentration must be positive, got 0"],
    [() => d.vonMises(0, -1), "vonMises: concentration must be positive, got -1"],
    [() => d.betaProportion(1.2, 3), "betaProportion: mean must be between 0 and 1, got 1.2"],
    [() => d.skewDoubleExponential(0, 1, 2), "skewDoubleExponential: skew must be between 0 and 1, got 2"],
    [() => d.pareto(0, 2), "pareto: minimum must be positive, got 0"],
    [() => d.uniform(2, 2), "uniform: high must exceed low, got low 2 and high 2"],
    [() => d.bernoulli({ probs: 1.5 }), "bernoulli: probs must be between 0 and 1, got 1.5"],
    [
      () => d.bernoulli({ probs: 0.5, logits: 0 } as never),
      "bernoulli: give exactly one of { probs } and { logits }, got both",
    ],
    [() => d.bernoulli(0.5 as never), "bernoulli: give exactly one of { probs } and { logits }, got neither"],
    [() => d.categorical({ logits: 0 } as never, new Axis("k", 2) as never), "give the axis of the classes first"],
    [() => d.binomial(2.5, { probs: 0.5 }), "binomial: total must be a non-negative integer, got 2.5"],
    [() => d.poisson(-3), "poisson: rate must be positive, got -3"],
    [() => d.poisson({} as never), "poisson: give exactly one of rate and logRate"],
    [
      () => d.negativeBinomial({ concentration: 1 } as never),
      "negativeBinomial: give exactly one of mean, logMean and rate",
    ],
    [() => d.categorical(axis, { logits: sigma }), 'categorical: logits must run over the axis "class"'],
    [() => d.dirichlet(0, axis), "dirichlet: concentration must be positive, got 0"],
    [() => d.flat({ lower: 2, upper: 1 }), "flat: upper must exceed lower, got lower 2 and upper 1"],
    [() => d.normal(0, undefined as never), "normal: scale must be a number or a graph value, got undefined"],
    [() => d.normal(0, gt(sigma, 0)), "normal: scale must be a number or a graph value, got a boolean value"],
    [
      () => d.multivariateNormal(0, { scaleTril: sigma, row: plate }),
      'multivariateNormal: scaleTril must run over "plate′"',
    ],
  ])("case %#", (make, message) => {
    let error: unknown;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(d.DistributionError);
    expect(error).toBeInstanceOf(ElbowError);
    expect((error as d.DistributionError).code).toBe("distribution");
    expect((error as d.DistributionError).message).toContain(message);
  });

  test("what is not constant is left to be checked", () => {
    const distribution = d.normal(0, sigma);
    expect(distribution.checks).toEqual([{ parameter: "scale", value: sigma, domain: "positive" }]);
    expect(distribution.batchAxes).toEqual([plate]);
    const shares = input("shares", [plate, axis], "data");
    const [check] = d.categorical(axis, { probs: shares }).checks;
    expect(check).toEqual({ parameter: "probs", value: shares, domain: "simplex", axis });
    expect(d.categorical(axis, { probs: shares }).batchAxes).toEqual([plate]);
    expect(d.uniform(0, sigma).checks.map((entry) => entry.parameter)).toEqual(["high", "high − low"]);
  });

  test("integers are taken as floats", () => {
    const n = input("n", [plate], "data", "i32");
    const y = input("y", [plate], "data", "i32");
    expect(d.binomial(n, { logits: 0 }).logProb(y).dtype).toBe("f32");
    expect(d.normal(n, 1).logProb(y).dtype).toBe("f32");
    expect(d.gamma(n, n).logProb(y).dtype).toBe("f32");
    expect(d.beta(1, 1).logProb(y).dtype).toBe("f32");
    expect(d.inverseGamma(1, 1).logProb(y).dtype).toBe("f32");
    expect(d.logNormal(0, 1).logProb(y).dtype).toBe("f32");
    expect(d.poisson(1).logProb(at(y, plate, 0)).dtype).toBe("f32");
  });

  test("half families with one or two arguments", () => {
    expect(d.halfNormal(2).parameters.scale!.op).toEqual({ kind: "constant", value: 2 });
    expect(d.halfNormal(0, 2).parameters.scale!.op).toEqual({ kind: "constant", value: 2 });
    expect(d.halfStudentT(3, 2).parameters.scale!.op).toEqual({ kind: "constant", value: 2 });
    expect(d.halfStudentT(3, 0, 2).parameters.scale!.op).toEqual({ kind: "constant", value: 2 });
  });
});

describe("supports", () => {
  const { support: unit } = d.beta(1, 1);
  test.each([
    [d.normal(0, 1).support, "a finite real number", [0, -3.5], [Number.NaN, Number.POSITIVE_INFINITY]],
    [d.gamma(1, 1).support, "positive", [1e-9], [0, -1]],
    [d.halfNormal(1).support, "non-negative", [0, 2], [-1e-9]],
    [unit, "strictly between 0 and 1", [0.5], [0, 1]],
    [d.uniform(-1, 2).support, "between -1 and 2", [-1, 2], [2.1]],
    [d.bernoulli({ logits: 0 }).support, "0 or 1", [0, 1], [2, 0.5, -1]],
    [d.binomial(4, { logits: 0 }).support, "an integer from 0 to 4", [0, 4], [5, 1.5]],
    [d.poisson(1).support, "a non-negative integer", [0, 100], [-1, 0.5]],
    [d.flat({ lower: 3 }).support, "at least 3", [3], [2]],
    [d.flat({ upper: 3 }).support, "at most 3", [3], [4]],
    [d.flat({ lower: 0 }).support, "non-negative", [0], [-1]],
    [d.flat({ lower: 1, upper: 3 }).support, "between 1 and 3", [1, 3], [0]],
    [d.dirichlet(1, axis).support, 'non-negative with sum 1 along "class"', [0, 1], [-0.1, 1.1]],
  ])("%o", (support, description, inside, outside) => {
    expect(d.describeSupport(support)).toBe(description);
    for (const value of inside) expect(d.inSupport(support, value)).toBe(true);
    for (const value of outside) expect(d.inSupport(support, value)).toBe(false);
  });

  test("bounds that are graph values come from outside", () => {
    const { support } = d.binomial(input("n", [plate], "data", "i32"), { logits: 0 });
    expect(d.describeSupport(support)).toBe("an integer from 0 to its upper bound");
    expect(d.inSupport(support, 7)).toBe(true);
    expect(d.inSupport(support, 7, { upper: 5 })).toBe(false);
  });

  test("vectors", () => {
    const simplex = d.dirichlet(1, axis).support;
    expect(d.vectorInSupport(simplex, [0.5, 0.25, 0.25])).toBe(true);
    expect(d.vectorInSupport(simplex, [0.5, 0.5, 0.25])).toBe(false);
    const ordered: d.Support = { kind: "ordered", axis };
    expect(d.vectorInSupport(ordered, [-1, 0, 4])).toBe(true);
    expect(d.vectorInSupport(ordered, [-1, -1, 4])).toBe(false);
    expect(d.describeSupport(ordered)).toBe('increasing along "class"');
  });
});
