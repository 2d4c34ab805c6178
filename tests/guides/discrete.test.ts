import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { bindGuide } from "../../src/fit/bind.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { input, random } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import {
  bernoulli,
  categorical,
  compileElbo,
  type Family,
  fit,
  fullRank,
  type Guide,
  GuideError,
  guide,
  type Model,
  meanField,
  model,
  mul,
  normal,
  real,
} from "../../src/index.ts";
import { elbo } from "../../src/objectives/index.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const read = (name: string) => JSON.parse(readFileSync(`tests/reference/${name}.json`, "utf8"));
const { inputs, answers } = read("mixture-enumerated");
const hmm = read("hmm");

/** The mixture with its means known (no continuous latent) or not. */
const mixture = (known: boolean, enumerate = false): Model =>
  model("mixture", ({ plate, sample, observe }) => {
    const k = plate("k", 3);
    const n = plate("n", inputs.y.length);
    const mu = known ? real(inputs.component_means, [k]) : sample("mu", normal(0, inputs.prior_sd_of_means), [k]);
    const z = sample("z", categorical(k, { probs: real(inputs.weights, [k]) }), [n], { enumerate });
    observe("y", normal(mu.at(z, k), real(inputs.component_sds, [k]).at(z, k)), real(inputs.y, [n]));
  });

const STATES = hmm.inputs.y.map((_: number, t: number) => `z${t}`) as string[];
const chain = model("chain", ({ plate, sample, observe }) => {
  const from = plate("from", 3);
  const k = plate("k", 3);
  const [loc, scale] = [real(hmm.inputs.emission_means, [k]), real(hmm.inputs.emission_sds, [k])];
  let before: Value | null = null;
  for (const [t, name] of STATES.entries()) {
    const probs: Value =
      before === null ? real(hmm.inputs.initial, [k]) : real(hmm.inputs.transition, [from, k]).at(before, from);
    const z = sample(name, categorical(k, { probs }));
    observe(`y${t}`, normal(loc.at(z, k), scale.at(z, k)), real(hmm.inputs.y[t]));
    before = z;
  }
});
const chainGuide = (family: Family): Guide => guide(Object.fromEntries(STATES.map((name) => [name, family])));

/** The ELBO's graph with its gradient and natural gradient at given logits, and numbers for its inputs. */
function bound(of: Model, family: Guide, logits: Record<string, readonly number[]>, draws: number) {
  const traced = of.trace({});
  const size = traced.coordinate.size;
  const start = { mean: new Float64Array(size), factor: null, scale: new Float64Array(size).fill(1) };
  const bind = bindGuide(family, traced, start);
  const draw = drawAxis(draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const values = new Map<string, Float64Array>(traced.inputs);
  for (const name of ["seed", "step", "drawOffset"]) values.set(name, Float64Array.of(0));
  const lambda: Record<string, Value> = {};
  for (const [name, { axes, initial }] of Object.entries(bind.parameters)) {
    lambda[name] = input(name, axes, "parameter");
    values.set(name, logits[name] === undefined ? initial : Float64Array.from(logits[name]));
  }
  const constants = Object.fromEntries(
    Object.entries(bind.constants).map(([name, constant]) => {
      values.set(name, constant.values);
      return [name, input(name, constant.axes, "parameter")];
    }),
  );
  const found = elbo(
    traced,
    bind,
    lambda,
    constants,
    (kind, axes, stream) => random(kind, stream, [...axes, draw], source),
    draw,
    { form: "joint", gradient: "reparameterised" },
  );
  const at = (seed: number) => new Map([...values, ["seed", Float64Array.of(seed)] as const]);
  const whole = (gradient: Readonly<Record<string, Value>>, name: string): Value =>
    expand(gradient[name]!, bind.parameters[name]!.axes);
  return { found, values, at, whole };
}

const logs = (q: readonly (readonly number[])[]): number[] => q.flat().map((p) => Math.log(Math.max(p, 1e-12)));

/** Every draw has the same weight where no latent is continuous. */
const few = { batches: 1, drawsPerBatch: 1000, summaryDraws: 500, evidenceDraws: 1000 };

describe("a discrete q averaged over exactly", () => {
  it("has the exact bound and gradient anywhere, in float64 and on the device", async () => {
    for (const { q, elbo: exact } of answers.fixed_parameters.elbo_at) {
      const at = bound(mixture(true), guide({ z: categorical() }), { "z.logits": logs(q) }, 2);
      const gradient = at.whole(at.found.gradient(), "z.logits");
      const [value, slope] = evaluate([at.found.value, gradient], at.values);
      expect(value![0]).toBeCloseTo(exact, 9);
      const h = 1e-5;
      for (const i of [0, 1, 5]) {
        const moved = (by: number): number => {
          const there = logs(q);
          there[i]! += by;
          return evaluate(
            [at.found.value],
            new Map([...at.values, ["z.logits", Float64Array.from(there)] as const]),
          )[0]![0]!;
        };
        expect(slope![i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
      }
      await expectAgreement(device, scheduleOptionsFor(device), "discrete ELBO", [at.found.value, gradient], at.values);
    }
  });

  it("one natural step of length 1 is the exact posterior of independent entries", () => {
    const at = bound(mixture(true), guide({ z: categorical() }), {}, 2);
    const [step] = evaluate([at.whole(at.found.naturalGradient(), "z.logits")], at.values);
    for (let n = 0; n < inputs.y.length; n++) {
      const weights = [0, 1, 2].map((k) => Math.exp(step![3 * n + k]!));
      const total = weights.reduce((a, b) => a + b);
      // A value of probability below 1e-6 falls more slowly.
      weights.forEach((w, k) => {
        const wanted = answers.fixed_parameters.responsibilities[n][k];
        if (wanted > 1e-6) expect(w / total).toBeCloseTo(wanted, 5);
      });
    }
  });

  for (const kind of ["cpu", "gpu"] as const) {
    const tolerance = kind === "cpu" ? 1e-5 : 1e-3;
    it(`reaches the evidence of a mixture with known means (${kind})`, async () => {
      const posterior = await fit(
        mixture(true),
        {},
        { guide: guide({ z: categorical() }), device: kind, seed: 1, check: few },
      );
      const { log_evidence: exact, responsibilities } = answers.fixed_parameters;
      expect(Math.abs(posterior.elbo.value - exact)).toBeLessThan(tolerance);
      expect(posterior.verdict).toBe("reliable");
      const { value, standardError } = await posterior.evidence();
      expect(Math.abs(value - exact)).toBeLessThan(tolerance);
      expect(standardError).toBeLessThan(tolerance);
      const { mean, sd } = posterior.summary().rows.get("z_probs[1,2]")!;
      expect(mean).toBeCloseTo(responsibilities[0][1], 3);
      expect(sd).toBeLessThan(1e-6);
      posterior.dispose();
    });
  }

  it("reaches the mean-field bound of a chain", async () => {
    const posterior = await fit(chain, {}, { guide: chainGuide(categorical()), device: "cpu", seed: 1, check: few });
    expect(Math.abs(posterior.elbo.value - hmm.answers.meanfield_best.elbo)).toBeLessThan(1e-5);
    const { value } = await posterior.evidence();
    expect(Math.abs(value - hmm.answers.log_evidence)).toBeLessThan(1e-4);
    posterior.dispose();
  });

  it("beside a Gaussian of the means: a local optimum that coordinate ascent knows", async () => {
    const family = guide({ z: categorical(), default: meanField() });
    const posterior = await fit(mixture(false), {}, { guide: family, device: "cpu", seed: 2 });
    expect(Math.abs(posterior.elbo.value - answers.unknown_means.cavi_best.elbo)).toBeLessThan(0.02);
    const { rows } = posterior.summary();
    const best = answers.unknown_means.cavi_best;
    best.q_mean.forEach((mean: number, k: number) => {
      expect(Math.abs(rows.get(`mu[${k + 1}]`)!.mean - mean)).toBeLessThan(0.02);
    });
    expect(Math.abs(rows.get("z_probs[1,1]")!.mean - best.q_z[0][0])).toBeLessThan(0.01);
    posterior.dispose();
  });
});

describe("a discrete q that is drawn", () => {
  it("has an unbiased bound and gradient", () => {
    const { q, elbo: exact } = answers.fixed_parameters.elbo_at[1];
    const logits = { "z.logits": logs(q) };
    const drawn = bound(mixture(true), guide({ z: categorical({ gradient: "score-function" }) }), logits, 400);
    const summed = bound(mixture(true), guide({ z: categorical() }), logits, 2);
    const [wanted] = evaluate([summed.whole(summed.found.gradient(), "z.logits")], summed.values);
    const roots = [drawn.found.value, drawn.whole(drawn.found.gradient(), "z.logits")];
    const runs = Array.from({ length: 60 }, (_, seed) => evaluate(roots, drawn.at(seed)));
    const check = (of: (run: Float64Array[]) => number, exactly: number): void => {
      const all = runs.map(of);
      const mean = all.reduce((a, b) => a + b) / all.length;
      const variance = all.reduce((s, x) => s + (x - mean) ** 2, 0) / (all.length - 1);
      // 31 of these: 4.5 standard errors.
      expect(Math.abs(mean - exactly)).toBeLessThan(4.5 * Math.sqrt(variance / all.length) + 1e-9);
    };
    check((run) => run[0]![0]!, exact);
    wanted!.forEach((value, i) => {
      check((run) => run[1]![i]!, value);
    });
  });

  it("is fitted too", async () => {
    const family = chainGuide(categorical({ gradient: "score-function" }));
    const posterior = await fit(chain, {}, { guide: family, device: "cpu", seed: 1 });
    // The bound itself is exact; its optimum is found by noisy gradients, whose rounds stop within the loss of a hundredth.
    expect(Math.abs(posterior.elbo.value - hmm.answers.meanfield_best.elbo)).toBeLessThan(0.01);
    posterior.dispose();
  });
});

describe("a model of discrete sites alone", () => {
  it("may have a guide for the others, of which there are none", async () => {
    const coin = model("coin", ({ sample, factor }) => {
      const z = sample("z", bernoulli({ probs: 0.5 }));
      factor("weight", mul(z, Math.log(3)));
    });
    const family = guide({ z: categorical(), default: fullRank() });
    using elbo = await compileElbo(coin, {}, { guide: family, device: "cpu" });
    // At q(z) = ½ each: E log 3^z.
    expect((await elbo.evaluate(elbo.initial())).value).toBeCloseTo(Math.log(3) / 2, 6);
  });
});

describe("refusals", () => {
  const traced = mixture(false).trace({});
  const start = { mean: new Float64Array(3), factor: null, scale: new Float64Array(3).fill(1) };
  const bind = (of: Model, family: Guide) => () => bindGuide(family, of.trace({}), start);

  it("a discrete site that no block covers, with both remedies", () => {
    expect(bind(mixture(false), meanField())).toThrow(
      /^z: a latent categorical is discrete.*enumerate: true.*categorical\(\)/,
    );
    expect(bind(mixture(false), guide({ default: fullRank() }))).toThrow(/^z: a latent categorical is discrete/);
  });

  it("reparameterisation of a discrete q", () => {
    const family = guide({ z: categorical({ gradient: "reparameterised" as "enumerated" }), default: meanField() });
    expect(() => bindGuide(family, traced, start)).toThrow(GuideError);
    expect(() => bindGuide(family, traced, start)).toThrow(/step function .* "enumerated".*"score-function"/);
  });

  it("a block for a site that is summed out, is not there, is not discrete, or has more than two values", () => {
    const blocks = { z: categorical(), default: meanField() };
    expect(bind(mixture(false, true), guide(blocks))).toThrow(/sums "z" out/);
    expect(bind(mixture(false), guide({ w: categorical(), ...blocks }))).toThrow(/no discrete site "w"; it has "z"/);
    expect(bind(mixture(false), guide({ mu: categorical(), ...blocks }))).toThrow(/no discrete site "mu"/);
    expect(bind(mixture(false), guide({ z: bernoulli(), default: meanField() }))).toThrow(/3 values, not two/);
    expect(bind(mixture(false), guide({ z: meanField(), default: meanField() }))).toThrow(/"z" is discrete/);
  });
});
