/** Mistakes in models: every one has an error that names the site, the place and the remedy. */
import { describe, expect, it } from "vitest";
import { Axis } from "../../src/graph/axis.ts";
import {
  bernoulli,
  beta,
  binomial,
  categorical,
  DistributionError,
  dirichlet,
  exponential,
  integer,
  iota,
  normal,
  poisson,
  real,
  uniform,
} from "../../src/index.ts";

import { expectMistake, failure, type Mistake } from "./failure.ts";

const mistakes: Mistake[] = [
  [
    "a plate of another model",
    "unknown-plate",
    "x",
    /^x: the axis school:8 is not a plate of this model; make it with plate\("school", 8\)/,
    ({ sample }) => sample("x", normal(0, 1), [new Axis("school", 8)]),
  ],
  [
    "another axis of the same name",
    "unknown-plate",
    "x",
    /this model has another plate of that name \(school:8\): use the axis that its plate\(\) returned/,
    ({ plate, sample }) => {
      plate("school", 8);
      sample("x", normal(0, 1), [new Axis("school", 8)]);
    },
  ],
  [
    "an unknown axis of a factor",
    "unknown-plate",
    "f",
    /^f: the axis n:2/,
    ({ factor, sample }) => factor("f", sample("mu", normal(0, 1)).mul(iota(new Axis("n", 2)))),
  ],
  [
    "observed data that lack an axis",
    "axis-mismatch",
    "y",
    /^y: the distribution runs over school:3 and the observed value over a scalar: it lacks school:3; bind the data/,
    ({ plate, sample, observe }) => {
      const theta = sample("theta", normal(0, 1), [plate("school", 3)]);
      observe("y", normal(theta, 1), real(1));
    },
  ],
  [
    "observed data over another plate",
    "axis-mismatch",
    "y",
    /the observed value over pupil:3: it lacks school:3/,
    ({ plate, sample, observe }) => {
      const theta = sample("theta", normal(0, 1), [plate("school", 3)]);
      observe("y", normal(theta, 1), real([1, 2, 3], [plate("pupil", 3)]));
    },
  ],
  [
    "a plate given twice",
    "axis-mismatch",
    "x",
    /^x: a plate is given twice/,
    ({ plate, sample }) => {
      const school = plate("school", 3);
      sample("x", normal(0, 1), [school, school]);
    },
  ],
  [
    "deterministic over other axes than its value's",
    "axis-mismatch",
    "d",
    /^d: the value runs over school:3, not over a scalar/,
    ({ plate, sample, deterministic }) => deterministic("d", sample("x", normal(0, 1), [plate("school", 3)]), []),
  ],
  [
    "observed values that become infinite",
    "non-finite-data",
    "y",
    /^y\[2\] is -Infinity .*; observed data must be finite/,
    ({ plate, sample, observe }) =>
      observe("y", normal(sample("mu", normal(0, 1)), 1), real([1, 0], [plate("a", 2)]).log()),
  ],
  [
    "data out of their support",
    "out-of-support",
    "y",
    /^y\[3\] is -2 \(indices from 1\); under exponential it must be non-negative/,
    ({ plate, sample, observe }) =>
      observe("y", exponential(sample("rate", exponential(1))), real([1, 0.5, -2], [plate("n", 3)])),
  ],
  [
    "a Bernoulli 2",
    "out-of-support",
    "y",
    /^y\[1\] is 2 .*; under bernoulli it must be 0 or 1/,
    ({ plate, sample, observe }) =>
      observe("y", bernoulli({ probs: sample("p", beta(1, 1)) }), integer([2, 1], [plate("n", 2)])),
  ],
  [
    "more successes than trials",
    "out-of-support",
    "y",
    /^y\[2\] is 4 .*; under binomial it must be an integer from 0 to its upper bound/,
    ({ plate, sample, observe }) => {
      const n = plate("n", 2);
      observe("y", binomial(integer([3, 3], [n]), { probs: sample("p", beta(1, 1)) }), integer([3, 4], [n]));
    },
  ],
  [
    "a class that does not exist",
    "out-of-support",
    "y",
    /^y\[1\] is 3 .*; under categorical it must be an integer from 0 to 2/,
    ({ plate, sample, observe }) => {
      const k = plate("k", 3);
      observe("y", categorical(k, { probs: sample("p", dirichlet(1, k)) }), integer([3], [plate("n", 1)]));
    },
  ],
  [
    "a vector off the simplex",
    "out-of-support",
    "y",
    /^y\[2\] is \[0.5, 0.6\] .*; under dirichlet it must be non-negative with sum 1 along "k"/,
    ({ plate, sample, observe }) => {
      const [n, k] = [plate("n", 2), plate("k", 2)];
      const rows = [
        [0.5, 0.5],
        [0.5, 0.6],
      ];
      observe("y", dirichlet(sample("a", exponential(1)), k), real(rows, [n, k]));
    },
  ],
  [
    "a site name used twice",
    "duplicate-site",
    "mu",
    /^mu: the model has a site of this name already; rename one/,
    ({ sample, deterministic }) => deterministic("mu", sample("mu", normal(0, 1))),
  ],
  [
    "a plate name used twice",
    "duplicate-plate",
    "n",
    /^plate\("n"\): the model has a plate of this name already; use the axis/,
    ({ plate }) => {
      plate("n", 2);
      plate("n", 2);
    },
  ],
  [
    "a data-valued parameter outside its domain",
    "parameter-domain",
    "y",
    /^y: scale of normal must be positive; scale\[2\] is 0 \(indices from 1\)/,
    ({ plate, sample, observe }) => {
      const n = plate("n", 2);
      observe("y", normal(sample("mu", normal(0, 1)), real([1, 0], [n])), real([1, 2], [n]));
    },
  ],
  [
    "a parameter made of constants outside its domain",
    "parameter-domain",
    "mu",
    /^mu: scale of normal must be positive; scale is -1/,
    ({ sample }) => sample("mu", normal(0, real(2).sub(3))),
  ],
  [
    "probabilities that do not sum to one",
    "parameter-domain",
    "y",
    /^y: probs of categorical must be non-negative with sum 1; probs is \[0.5, 0.4\]/,
    ({ plate, sample, observe }) => {
      sample("mu", normal(0, 1));
      const k = plate("k", 2);
      observe("y", categorical(k, { probs: real([0.5, 0.4], [k]) }), integer(0));
    },
  ],
  [
    "bounds the wrong way round",
    "parameter-domain",
    "x",
    /^x: high − low of uniform must be positive; high − low\[2\] is -1/,
    ({ plate, sample }) => sample("x", uniform(0, real([1, -1], [plate("n", 2)]))),
  ],
  [
    "an empty plate",
    "empty-plate",
    "n",
    /^plate\("n", 0\): a plate must have at least one entry/,
    ({ plate }) => plate("n", 0),
  ],
  ["a fractional plate", "plate-size", "n", /must be a positive integer/, ({ plate }) => plate("n", 2.5)],
  [
    "a plate without a size",
    "plate-size",
    "n",
    /^plate\("n", undefined\): the size must be a number/,
    ({ plate }) => plate("n", undefined as unknown as number),
  ],
  [
    "a fraction as a count",
    "non-integer-count",
    "y",
    /^y\[2\] is 1.5 .*; poisson counts in integers/,
    ({ plate, sample, observe }) => observe("y", poisson(sample("r", exponential(1))), real([1, 1.5], [plate("n", 2)])),
  ],
  ["no latent", "no-latent", null, /^model "broken" has no latent site, so there is nothing to infer/, () => {}],
  [
    "an observed latent",
    "observed-latent",
    "y",
    /^y: the observed value depends on a latent; .* use factor\(\)/,
    ({ sample, observe }) => observe("y", normal(0, 1), sample("mu", normal(0, 1)).exp()),
  ],
  [
    "a raw array observed",
    "wrong-argument",
    "y",
    /bind arrays to plates: real\(array, \[plate\]\)/,
    ({ observe }) => observe("y", normal(0, 1), [1, 2] as unknown as number),
  ],
  [
    "no distribution",
    "wrong-argument",
    "mu",
    /^sample\("mu"\): the second argument must be a distribution/,
    ({ sample }) => sample("mu", 1 as unknown as ReturnType<typeof normal>),
  ],
  [
    "a plate that is not in an array",
    "wrong-argument",
    "mu",
    /plates must be an array of plates, as \[school\]/,
    ({ plate, sample }) => sample("mu", normal(0, 1), plate("n", 2) as unknown as Axis[]),
  ],
  [
    "a name that would not fit a table",
    "site-name",
    "a b",
    /site name "a b": names start/,
    ({ sample }) => sample("a b", normal(0, 1)),
  ],
  ["an async model", "async-model", null, /the function is async; load the data before/, async () => {}],
];

describe("sites", () => {
  it.each(mistakes)("%s", expectMistake);
});

describe("distributions' own errors", () => {
  it("name the place", () => {
    const error = failure(({ sample }) => {
      sample("mu", normal(0, 1));
      sample("theta", normal(0, -1));
    });
    expect(error.code).toBe("parameter-domain");
    expect(error.site).toBe("theta");
    expect(error.message).toMatch(/theta: scale of normal must be positive; scale is -1/);
  });
  it("are thrown as they are outside of a model", () => {
    expect(() => normal(0, -1)).toThrow(DistributionError);
  });
});
