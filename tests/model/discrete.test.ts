import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import {
  bernoulli,
  binomial,
  categorical,
  discreteUniform,
  halfNormal,
  markovChain,
  mixture,
  multinomial,
  normal,
  poisson,
  truncated,
  uniform,
} from "../../src/distributions/index.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import type { Axis } from "../../src/graph/axis.ts";
import { castF32, eq, input, iota, log, mul, select, sum } from "../../src/graph/ops.ts";
import { shift } from "../../src/graph/reindex.ts";
import type { Value } from "../../src/graph/value.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectMistake, type Mistake } from "./failure.ts";

const device = await testDevice();
const read = (name: string) => JSON.parse(readFileSync(`tests/reference/${name}.json`, "utf8"));
const gmm = read("mixture-enumerated");
const hmm = read("hmm");

const LOG_TWO_PI = Math.log(2 * Math.PI);
const logNormal = (y: number, loc: number, scale: number): number =>
  -0.5 * ((y - loc) / scale) ** 2 - Math.log(scale) - 0.5 * LOG_TWO_PI;
const logSum = (terms: readonly number[]): number => {
  const top = Math.max(...terms);
  return top + Math.log(terms.reduce((s, t) => s + Math.exp(t - top), 0));
};

/** log joint, probabilities of the discrete sites, and the gradient, at points of the unconstrained space. */
function at(traced: TracedModel, z: readonly number[], q?: Parameters<TracedModel["at"]>[1]) {
  const point = input("z", [traced.coordinate], "parameter");
  const joint = traced.at(point, q);
  const probs = traced.discrete.map(({ probsName }) => joint.values.get(probsName)!);
  const roots: Value[] = [joint.logJoint, ...gradient(joint.logJoint, [point]), ...probs];
  const inputs = new Map([...traced.inputs, ["z", Float64Array.from(z)] as const]);
  const [value, slope, ...found] = evaluate(roots, inputs);
  return { logJoint: value![0]!, gradient: slope!, probs: found, roots, inputs };
}

/** The standard normal of a model without a continuous site, at 0. */
const REST = -0.5 * LOG_TWO_PI;

const near = (found: ArrayLike<number>, wanted: readonly number[], digits = 10): void => {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((x, i) => {
    expect(found[i]!).toBeCloseTo(x, digits);
  });
};

const { y, weights, component_means: means, component_sds: sds, prior_sd_of_means: priorSd } = gmm.inputs;

const fixedMixture = model("fixed mixture", ({ plate, sample, observe }) => {
  const n = plate("n", y.length);
  const k = plate("k", 3);
  const z = sample("z", categorical(k, { probs: real(weights, [k]) }), [n], { enumerate: true });
  observe("y", normal(real(means, [k]).at(z), real(sds, [k]).at(z)), real(y, [n]));
}).trace({});

const unknownMeans = (enumerated: boolean): TracedModel =>
  model("unknown means", ({ plate, sample, observe }) => {
    const k = plate("k", 3);
    const n = plate("n", y.length);
    const mu = sample("mu", normal(0, priorSd), [k]);
    const [probs, scale, data] = [real(weights, [k]), real(sds, [k]), real(y, [n])];
    if (enumerated) {
      const z = sample("z", categorical(k, { probs }), [n], { enumerate: true });
      observe("y", normal(mu.at(z), scale.at(z)), data);
    } else observe("y", mixture({ probs }, k, normal(mu, scale)), data);
  }).trace({});

describe("a discrete latent summed out", () => {
  it("gives the evidence and the responsibilities of a mixture whose parameters are known", () => {
    const { logJoint, probs } = at(fixedMixture, [0]);
    expect(logJoint - REST).toBeCloseTo(gmm.answers.fixed_parameters.log_evidence, 10);
    near(probs[0]!, gmm.answers.fixed_parameters.responsibilities.flat());
    expect(fixedMixture.parameterNames.slice(0, 4)).toEqual([
      "z_probs[1,1]",
      "z_probs[1,2]",
      "z_probs[1,3]",
      "z_probs[2,1]",
    ]);
  });

  it("is the density of the mixture family, with its gradient, in float64 and on the device", async () => {
    const point = [-0.4, 0.9, 2.2];
    const [found, wanted] = [at(unknownMeans(true), point), at(unknownMeans(false), point)];
    expect(found.logJoint).toBeCloseTo(wanted.logJoint, 10);
    near(found.gradient, [...wanted.gradient]);
    await expectAgreement(device, scheduleOptionsFor(device), "mixture", found.roots, found.inputs);
  });

  it("goes along a chain of sites, as the forward algorithm does, on the device too", async () => {
    const { inputs, answers } = hmm;
    const traced = chain(true);
    const found = at(traced, [0]);
    expect(found.logJoint - REST).toBeCloseTo(answers.log_evidence, 10);
    near(
      found.probs.flatMap((p) => [...p]),
      answers.smoothing_marginals.flat(),
    );
    expect(inputs.y.length).toBe(traced.discrete.length);
    await expectAgreement(device, scheduleOptionsFor(device), "chain", found.roots, found.inputs);
  });

  it("a Markov chain goes along a scan, with probabilities and gradients, on the device too", async () => {
    const { inputs, answers } = hmm;
    const traced = model("scan", ({ plate, sample, observe }) => {
      const k = plate("k", 3);
      const time = plate("time", inputs.y.length);
      const loc = sample("loc", normal(0, 10), [k]);
      const [initial, transition] = [real(inputs.initial, [k]), real(inputs.transition, [k, k.prime()])];
      const z = sample("z", markovChain(time, k, { initial, transition }), [], { enumerate: true });
      observe("y", normal(loc.at(z), real(inputs.emission_sds, [k]).at(z)), real(inputs.y, [time]));
    }).trace({});
    const found = at(traced, inputs.emission_means);
    const prior = inputs.emission_means.reduce((s: number, x: number) => s + logNormal(x, 0, 10), 0);
    expect(found.logJoint - prior).toBeCloseTo(answers.log_evidence, 10);
    near(found.probs[0]!, answers.smoothing_marginals.flat());
    inputs.emission_means.forEach((mean: number, k: number) => {
      // The score of a mean: responsibilities times residuals.
      const score = inputs.y.reduce((s: number, y: number, t: number) => {
        return s + (answers.smoothing_marginals[t][k] * (y - mean)) / inputs.emission_sds[k] ** 2;
      }, -mean / 100);
      expect(found.gradient[k]!).toBeCloseTo(score, 9);
    });
    await expectAgreement(device, scheduleOptionsFor(device), "scan", found.roots, found.inputs);
  });

  it("nests: one switch for all rows, a component for each, a continuous latent under it", () => {
    const rows = [0.3, -1.2, 2.1];
    const traced = model("nested", ({ plate, sample, observe }) => {
      const n = plate("n", 3);
      const k = plate("k", 2);
      const on = sample("on", bernoulli({ probs: 0.3 }), [], { enumerate: true });
      const z = sample("z", categorical(k, { probs: real([0.4, 0.6], [k]) }), [n], { enumerate: true });
      const x = sample("x", normal(real([-1, 1.5], [k]).at(z), 0.7), [n]);
      observe("y", normal(x.add(mul(on, 2)), 0.5), real(rows, [n]));
    }).trace({});
    const x = [0.1, -0.6, 1.2];
    const branch = (on: number): number =>
      Math.log(on === 1 ? 0.3 : 0.7) +
      rows.reduce((total, row, i) => {
        const cases = [-1, 1.5].map((loc, k) => Math.log([0.4, 0.6][k]!) + logNormal(x[i]!, loc, 0.7));
        return total + logSum(cases) + logNormal(row, x[i]! + 2 * on, 0.5);
      }, 0);
    const { logJoint, probs } = at(traced, x);
    const whole = logSum([branch(0), branch(1)]);
    expect(logJoint).toBeCloseTo(whole, 10);
    near(probs[0]!, [Math.exp(branch(0) - whole), Math.exp(branch(1) - whole)]);
  });

  it("takes values from where they begin, and a prior of plates of its own", () => {
    const traced = model("counts", ({ plate, sample, observe }) => {
      const n = plate("n", 2);
      const dice = sample("dice", discreteUniform(3, 5), [n], { enumerate: true });
      const hits = sample("hits", binomial(2, { probs: real([0.2, 0.6], [n]) }), [], { enumerate: true });
      const few = sample("few", truncated(poisson(1.5), { upper: 2 }), [], { enumerate: true });
      observe("y", normal(castF32(dice).add(hits).add(few), 1), real([6, 7], [n]));
    }).trace({});
    const few = [1, 1.5, 1.125];
    const choose = [1, 2, 1];
    const total = few.reduce((a, b) => a + b);
    const sums = few.flatMap((weight, f) => {
      const rows = [6, 7].map((row, n) => {
        const p = [0.2, 0.6][n]!;
        const cases = choose.flatMap((c, h) =>
          [3, 4, 5].map((d) => Math.log(c * p ** h * (1 - p) ** (2 - h)) - Math.log(3) + logNormal(row, d + h + f, 1)),
        );
        return logSum(cases);
      });
      return Math.log(weight / total) + rows[0]! + rows[1]!;
    });
    expect(traced.discrete.map(({ axes }) => axes.length)).toEqual([1, 1, 0]);
    expect(at(traced, [0]).logJoint - REST).toBeCloseTo(logSum(sums), 10);
  });
});

/** Eight sites, each with the transition row of the one before as its prior. */
function chain(enumerate: boolean): TracedModel {
  const { inputs } = hmm;
  return model("chain", ({ plate, sample, observe }) => {
    const from = plate("from", 3);
    const k = plate("k", 3);
    const transition = real(inputs.transition, [from, k]);
    let state: Value | null = null;
    for (const [t, value] of (inputs.y as number[]).entries()) {
      const probs: Value = state === null ? real(inputs.initial, [k]) : transition.at(state, from);
      state = sample(`z.${t}`, categorical(k, { probs }), [], { enumerate });
      observe(
        `y.${t}`,
        normal(real(inputs.emission_means, [k]).at(state, k), real(inputs.emission_sds, [k]).at(state, k)),
        real(value),
      );
    }
  }).trace({});
}

describe("a discrete latent averaged over a given q", () => {
  const given = (traced: TracedModel, table: readonly (readonly (readonly number[])[])[]) =>
    new Map(
      traced.discrete.map((site, i) => {
        const rows = table[i]!;
        const axes = [...site.axes, site.states];
        const value = rows.flatMap((row, r) => row.map((p, k) => entry(p, site.axes[0], r, site.states, k)));
        const probs = value.reduce((a, b) => a.add(b));
        expect(axes.every((axis) => probs.hasAxis(axis))).toBe(true);
        return [site.name, { probs, logProbs: log(probs) }] as const;
      }),
    );

  it("has the bounds of a mixture for any probabilities", () => {
    for (const { q, elbo } of gmm.answers.fixed_parameters.elbo_at) {
      const { logJoint, probs } = at(fixedMixture, [0], given(fixedMixture, [q]));
      expect(logJoint - REST).toBeCloseTo(elbo, 9);
      near(probs[0]!, q.flat());
    }
  });

  it("has the mean-field bound of a Markov chain", () => {
    const { inputs } = hmm;
    const { q, elbo } = hmm.answers.meanfield_best;
    const traced = model("scan", ({ plate, sample, observe }) => {
      const k = plate("k", 3);
      const time = plate("time", inputs.y.length);
      const [initial, transition] = [real(inputs.initial, [k]), real(inputs.transition, [k, k.prime()])];
      const z = sample("z", markovChain(time, k, { initial, transition }));
      const [loc, scale] = [real(inputs.emission_means, [k]), real(inputs.emission_sds, [k])];
      observe("y", normal(loc.at(z, k), scale.at(z, k)), real(inputs.y, [time]));
    }).trace({});
    const found = at(traced, [0], given(traced, [q]));
    expect(found.logJoint - REST).toBeCloseTo(elbo, 9);
    near(found.probs[0]!, q.flat());
    // At the draws of a path: its log joint.
    const path = Int32Array.from([0, 2, 2, 2, 2, 2, 2, 2]);
    const [site] = traced.discrete;
    const guess = { ...given(traced, [q]).get("z")!, position: input("path", site!.axes, "parameter", "i32") };
    const point = input("z", [traced.coordinate], "parameter");
    const joint = traced.at(point, new Map([["z", guess]]));
    const numbers = new Map([...traced.inputs, ["path", Float64Array.from(path)], ["z", Float64Array.of(0)]] as const);
    const [value] = evaluate([joint.logJoint], numbers);
    expect(value![0]! - REST).toBeCloseTo(hmm.answers.viterbi_log_joint, 9);
  });

  it("has the mean-field bound of a chain, whose sites are neighbours", () => {
    const { q, elbo } = hmm.answers.meanfield_best;
    const traced = chain(false);
    const table = q.map((row: number[]) => [row]);
    expect(at(traced, [0], given(traced, table)).logJoint - REST).toBeCloseTo(elbo, 9);
  });
});

/** p at one entry, zero elsewhere. */
function entry(p: number, plate: Axis | undefined, row: number, states: Axis, k: number): Value {
  const one = select(eq(iota(states), k), p, 0);
  return plate === undefined ? one : select(eq(iota(plate), row), one, 0);
}

describe("what cannot be summed out", () => {
  const mistakes: Mistake[] = [
    [
      "infinitely many values",
      "discrete-latent",
      "k",
      /^k: a latent poisson has infinitely many values .*truncated\(/,
      ({ sample }) => void sample("k", poisson(3), [], { enumerate: true }),
    ],
    [
      "bounds that are not numbers",
      "discrete-latent",
      "k",
      /^k: a latent binomial has bounds that are not constants/,
      ({ sample, plate }) => {
        const n = plate("n", 2);
        sample("k", binomial(real([3, 4], [n]), { probs: 0.5 }));
      },
    ],
    [
      "a vector of counts",
      "discrete-latent",
      "k",
      /^k: a latent multinomial is a vector of counts/,
      ({ sample, plate }) => {
        const a = plate("a", 2);
        sample("k", multinomial(3, a, { probs: real([0.5, 0.5], [a]) }));
      },
    ],
    [
      "entries that meet in a sum",
      "discrete-latent",
      "z",
      /^z: its entries along n:3 meet in one term of "pull"/,
      ({ sample, plate, factor }) => {
        const n = plate("n", 3);
        const z = sample("z", bernoulli({ probs: 0.5 }), [n], { enumerate: true });
        factor("pull", sum(castF32(z), [n]));
      },
    ],
    [
      "neighbours along a plate",
      "discrete-latent",
      "z",
      /^z: its entries along n:3 meet in one term of "y" \(a reindex over that plate\).*markovChain/,
      ({ sample, plate, observe }) => {
        const n = plate("n", 3);
        const z = sample("z", bernoulli({ probs: 0.5 }), [n], { enumerate: true });
        observe("y", normal(shift(castF32(z), n, 1), 1), real([1, 2, 3], [n]));
      },
    ],
    [
      "a deterministic value of it",
      "discrete-latent",
      "twice",
      /^twice: the value depends on z.*reported as z_probs/,
      ({ sample, deterministic }) => {
        const z = sample("z", bernoulli({ probs: 0.5 }), [], { enumerate: true });
        deterministic("twice", mul(z, 2));
      },
    ],
    [
      "a support that depends on it",
      "discrete-latent",
      "x",
      /^x: its support depends on a discrete latent/,
      ({ sample }) => {
        const z = sample("z", bernoulli({ probs: 0.5 }), [], { enumerate: true });
        sample("x", uniform(0, castF32(z).add(1)));
      },
    ],
    [
      "an offset",
      "wrong-argument",
      "z",
      /^z: offset and multiplier are for real latents/,
      ({ sample }) => void sample("z", bernoulli({ probs: 0.5 }), [], { offset: 1 }),
    ],
    [
      "a name that its probabilities take",
      "duplicate-site",
      "z_probs",
      /^z_probs: the model has a site of this name already/,
      ({ sample }) => {
        sample("z", bernoulli({ probs: 0.5 }), [], { enumerate: true });
        sample("z_probs", halfNormal(1));
      },
    ],
  ];
  for (const mistake of mistakes) it(mistake[0], () => expectMistake(...mistake));

  it("two sites whose plates cross", () => {
    const traced = model("crossed", ({ sample, plate, observe }) => {
      const [a, b] = [plate("a", 2), plate("b", 2)];
      const u = sample("u", bernoulli({ probs: 0.5 }), [a], { enumerate: true });
      const v = sample("v", bernoulli({ probs: 0.5 }), [b], { enumerate: true });
      observe(
        "y",
        normal(castF32(u).add(v), 1),
        real(
          [
            [1, 2],
            [3, 4],
          ],
          [a, b],
        ),
      );
    }).trace({});
    expect(() => at(traced, [0])).toThrow(/^v \(over b:2\) and u \(over a:2\) are discrete, meet in one term/);
  });

  it("a model of nothing but constants still has a density", () => {
    const traced = model(
      "coin",
      ({ sample }) => void sample("z", bernoulli({ probs: 0.25 }), [], { enumerate: true }),
    ).trace({});
    const { logJoint, probs } = at(traced, [0]);
    expect(logJoint - REST).toBeCloseTo(0, 12);
    near(probs[0]!, [0.75, 0.25]);
  });
});
