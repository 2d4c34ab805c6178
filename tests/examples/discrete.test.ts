/** Examples with discrete latents against answers by enumeration. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import hardAttention from "../../examples/hard-attention/model.ts";
import hmm from "../../examples/hmm/model.ts";
import mixture from "../../examples/mixture-enumerated/model.ts";
import oldFaithful from "../../examples/mixture-old-faithful/model.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import type { Axis } from "../../src/graph/axis.ts";
import { eq, exp, input, iota, logSumExp, max, mul, select, sum } from "../../src/graph/ops.ts";
import { rename } from "../../src/graph/reindex.ts";
import { substitute } from "../../src/graph/rewrite.ts";
import {
  categorical,
  compileElbo,
  type Device,
  fit,
  flat,
  guide,
  guideNamed,
  iwae,
  type Model,
  meanField,
  model,
  real,
} from "../../src/index.ts";

const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const answers = (name: string) => json(`tests/reference/${name}.json`).answers;
const few = { batches: 1, drawsPerBatch: 4000, summaryDraws: 1000, evidenceDraws: 4000 };

/** As the command line fits it. */
const fitted = <Data extends object>(
  of: Model<Data>,
  data: Data,
  device: "cpu" | "gpu" | Device,
  seed = 1,
  check = few,
) => fit(of, data, { device, seed, guide: guideNamed("mean-field"), check });

describe("mixture-enumerated", () => {
  const { fixed_parameters: known, unknown_means: unknown } = answers("mixture-enumerated");
  const data = json("examples/mixture-enumerated/data.json");

  it("known means: the bound is the evidence", async () => {
    await using posterior = await fitted(mixture, json("examples/mixture-enumerated/known.json"), "cpu");
    expect(Math.abs(posterior.elbo.value - known.log_evidence)).toBeLessThan(1e-5);
    expect(posterior.verdict).toBe("reliable");
  });

  it("unknown means: the best bounds of either kind, the better one with the assignments summed out", async () => {
    const best = async (enumerate: boolean): Promise<number> => {
      const bounds: number[] = [];
      for (const seed of [1, 2]) {
        await using posterior = await fitted(mixture, { ...data, enumerate }, "cpu", seed);
        bounds.push(posterior.elbo.value);
      }
      return Math.max(...bounds);
    };
    expect(Math.abs((await best(false)) - unknown.cavi_best.elbo)).toBeLessThan(0.02);
    expect(Math.abs((await best(true)) - unknown.enumerated_z_meanfield_gaussian.elbo)).toBeLessThan(0.02);
  });

  it("the evidence, by importance sampling with wider draws", async () => {
    // q is at one of the posterior's modes, twenty of its sds from others.
    await using posterior = await fit(mixture, data, { device: "cpu", seed: 1, guide: meanField(), check: few });
    const { value, standardError, khat } = await posterior.evidence({ proposal: "wide", draws: 400_000 });
    expect(khat).toBeLessThan(0.7);
    expect(standardError).toBeLessThan(0.03);
    expect(Math.abs(value - unknown.log_evidence)).toBeLessThan(3 * standardError!);
    expect(posterior.elbo.value).toBeLessThan(unknown.log_evidence);
  });

  it("the evidence, by a normal broad enough for all modes", async () => {
    const [groups, draws] = [10, 40_000];
    using bound = await compileElbo(mixture, data, { device: "cpu", draws, objective: iwae({ draws }) });
    const broad = { loc: [0, 0, 0], logScale: [0, 0, 0].map(() => Math.log(2.5)) };
    const logs: number[] = [];
    for (let seed = 1; seed <= groups; seed++) logs.push((await bound.evaluate(broad, { seed })).value);
    // The mean of the weights has no bias, that of their logarithms would have one of half their variance.
    const weights = logs.map((log) => Math.exp(log - unknown.log_evidence));
    const mean = weights.reduce((a, b) => a + b) / groups;
    const error = Math.sqrt(weights.reduce((a, w) => a + (w - mean) ** 2, 0) / (groups - 1) / groups);
    expect(error).toBeLessThan(0.03);
    expect(Math.abs(Math.log(mean))).toBeLessThan((3 * error) / mean);
  });
});

describe("hmm", () => {
  const { log_evidence: evidence, smoothing_marginals: marginals, meanfield_best: meanFieldBest } = answers("hmm");

  for (const kind of ["cpu", "gpu"] as const) {
    it(`summed out along time: the evidence and the smoothing probabilities (${kind})`, async () => {
      await using posterior = await fitted(hmm, json("examples/hmm/data.json"), kind);
      expect(Math.abs(posterior.elbo.value - evidence)).toBeLessThan(kind === "cpu" ? 1e-4 : 1e-3);
      const found = await posterior.evidence();
      expect(Math.abs(found.value - evidence)).toBeLessThan(kind === "cpu" ? 1e-4 : 1e-3);
      for (const [t, row] of marginals.entries()) {
        for (const [k, p] of row.entries()) {
          expect(Math.abs(posterior.summary().get(`z_probs[${t + 1},${k + 1}]`).mean - p)).toBeLessThan(1e-4);
        }
      }
      expect(posterior.verdict).toBe("reliable");
    });
  }

  it("independent states: the best bound, and its divergence", async () => {
    await using posterior = await fitted(hmm, json("examples/hmm/factorised.json"), "cpu");
    expect(Math.abs(posterior.elbo.value - meanFieldBest.elbo)).toBeLessThan(1e-5);
    const { value } = await posterior.evidence();
    expect(Math.abs(value - posterior.elbo.value - meanFieldBest.kl)).toBeLessThan(1e-4);
    // What the verdict says of it.
    const { discrete, moments } = posterior.diagnose();
    expect(Math.abs(discrete!.value - meanFieldBest.kl)).toBeLessThan(1e-5);
    expect(posterior.verdict).toBe("unreliable");
    expect(posterior.reasons.join()).toMatch(/q of the discrete "z" costs 0\.34 nats: .* enumerate: true/);
    for (const [t, row] of marginals.entries()) {
      for (const [k, p] of row.entries()) {
        const { mean, weightedMean } = moments.find(({ name }) => name === `z_probs[${t + 1},${k + 1}]`)!;
        expect(weightedMean).toBeCloseTo(p, 6);
        expect(mean).toBeCloseTo(meanFieldBest.q[t][k], 4);
      }
    }
  });
});

describe("hard-attention", () => {
  const data = json("examples/hard-attention/data.json");
  const exact = answers("hard-attention");

  it("every q has its bound, the policy itself among them; the fit leaves no gap", async () => {
    for (const answer of exact) {
      const seen = { ...data, y: answer.y };
      using bound = await compileElbo(hardAttention, seen, { device: "cpu", guide: guide({ l: categorical() }) });
      const at = async (q: readonly number[]): Promise<number> =>
        (await bound.evaluate({ ...bound.initial(), "l.logits": q.map(Math.log) })).value;
      expect(Math.abs((await at(answer.p_location)) - answer.prior_bound)).toBeLessThan(1e-5);
      expect(Math.abs((await at(answer.elbo_at_q.q)) - answer.elbo_at_q.elbo)).toBeLessThan(1e-5);
      expect(Math.abs((await at(answer.posterior_location)) - answer.log_p_y)).toBeLessThan(1e-5);
    }
    for (const answer of exact) {
      await using posterior = await fitted(hardAttention, { ...data, y: answer.y }, "cpu");
      expect(Math.abs(posterior.elbo.value - answer.log_p_y)).toBeLessThan(1e-5);
      answer.posterior_location.forEach((p: number, l: number) => {
        expect(Math.abs(posterior.summary().get(`l_probs[${l + 1}]`).mean - p)).toBeLessThan(1e-5);
      });
      expect(posterior.verdict).toBe("reliable");
      expect(Math.abs(posterior.diagnose().discrete!.value)).toBeLessThan(1e-9);
      expect(Math.abs(answer.log_p_y - answer.prior_bound - answer.gap)).toBeLessThan(1e-9);
    }
  });

  it("the policy and the likelihood at each location", () => {
    for (const answer of exact) {
      const { tracing, inputs } = hardAttention.trace({ ...data, y: answer.y });
      const { distribution, states } = tracing.discrete[0]!;
      const seen = tracing.observed[0]!;
      const at = substitute(
        [distribution.logProb(iota(states)), seen.logProb],
        new Map([[tracing.discrete[0]!.value, iota(states)]]),
      );
      const [policy, likelihood] = evaluate(at, inputs);
      answer.p_location.forEach((p: number, l: number) => {
        expect(Math.abs(Math.exp(policy![l]!) - p)).toBeLessThan(1e-5);
        expect(Math.abs(likelihood![l]! - answer.log_lik_per_location[l])).toBeLessThan(1e-5);
      });
    }
  });

  it("importance-weighted bounds of K draws of the policy, over all 4^K of them", async () => {
    for (const answer of exact) {
      for (const K of [1, 2, 3, 5]) {
        // With q(l_k) = p(l_k | I) what is left of the bound is E[log (1/K) Σ_k p(y | l_k, I)].
        const several = model("several glimpses", ({ plate, sample, factor }) => {
          const label = plate("label", data.V.length);
          const location = plate("location", data.glimpses.length);
          const feature = plate("feature", data.image.length);
          const detail = plate("detail", 3);
          const policy = sum(mul(real(data.W, [location, feature]), real(data.image, [feature])), [feature]);
          const scores = sum(mul(real(data.V, [label, detail]), real(data.glimpses, [location, detail])), [detail]);
          const terms = Array.from({ length: K }, (_, k) => {
            const l = sample(`l${k}`, categorical(location, { logits: policy }));
            return categorical(label, { logits: scores.at(l) }).logProb(real(answer.y));
          });
          const top = terms.reduce((a, b) => max(a, b));
          const total = terms.map((term) => exp(term.sub(top))).reduce((a, b) => a.add(b));
          factor("bound", top.add(total.div(K).log()));
        });
        const names = Array.from({ length: K }, (_, k) => `l${k}`);
        const families = Object.fromEntries(names.map((name) => [name, categorical()]));
        using bound = await compileElbo(several, {}, { device: "cpu", guide: guide(families) });
        const logits = answer.p_location.map(Math.log);
        const lambda = { ...bound.initial(), ...Object.fromEntries(names.map((name) => [`${name}.logits`, logits])) };
        const { value } = await bound.evaluate(lambda);
        expect(Math.abs(value - answer.importance_bounds[K])).toBeLessThan(1e-5);
      }
    }
  });

  it("gradients of both sides in the weights of policy and classifier, by enumeration", () => {
    for (const answer of exact) {
      const learned = model("learned", ({ plate, sample, observe }) => {
        const label = plate("label", data.V.length);
        const location = plate("location", data.glimpses.length);
        const feature = plate("feature", data.image.length);
        const detail = plate("detail", 3);
        const [W, V] = [sample("W", flat(), [location, feature]), sample("V", flat(), [label, detail])];
        const policy = sum(mul(W, real(data.image, [feature])), [feature]);
        const scores = sum(mul(V, real(data.glimpses, [location, detail])), [detail]);
        const l = sample("l", categorical(location, { logits: policy }));
        observe("y", categorical(label, { logits: scores.at(l) }), real(answer.y));
      }).trace({});
      const z = input("z", [learned.coordinate], "parameter");
      const summed = learned.at(z).logJoint;
      // q(l) = p(l | I), which moves with W.
      const site = learned.discrete[0]!;
      const logits = learned.at(z).values.get("W")!;
      const [location, feature] = learned.latents[0]!.axes;
      const scored = sum(mul(logits, imageOf(feature!)), [feature!]);
      const logPolicy = rename(scored.sub(logSumExp(scored, [location!])), location!, site.states);
      const policyBound = learned.at(z, new Map([["l", { probs: exp(logPolicy), logProbs: logPolicy }]])).logJoint;
      const point = Float64Array.from([...data.W.flat(), ...data.V.flat()]);
      const roots = [summed, ...gradient(summed, [z]), policyBound, ...gradient(policyBound, [z])];
      const [a, da, b, db] = evaluate(roots, new Map([...learned.inputs, ["z", point]] as const));
      expect(a![0]).toBeCloseTo(answer.log_p_y, 8);
      expect(b![0]).toBeCloseTo(answer.prior_bound, 8);
      const wanted = (of: string): number[] => [...answer[`grad_W_${of}`].flat(), ...answer[`grad_V_${of}`].flat()];
      wanted("log_p_y").forEach((x, i) => {
        expect(da![i]).toBeCloseTo(x, 7);
      });
      wanted("prior_bound").forEach((x, i) => {
        expect(db![i]).toBeCloseTo(x, 7);
      });
    }
  });

  /** The image's features as constants along an axis. */
  const imageOf = (feature: Axis) =>
    (data.image as number[]).map((x, i) => select(eq(iota(feature), i), x, 0)).reduce((a, b) => a.add(b));
});

describe("mixture-old-faithful", () => {
  it("on the device: what a long float64 fit has, one mode, sure responsibilities", async () => {
    const data = json("examples/mixture-old-faithful/data.json");
    await using posterior = await fit(oldFaithful, data, { device: "gpu", seed: 3, check: few });
    // Of examples/mixture-old-faithful/README.md.
    const reference = {
      "mu[1]": [2.0201, 0.0255],
      "mu[2]": [4.2757, 0.0333],
      "sigma[1]": [0.2433, 0.0215],
      "sigma[2]": [0.4383, 0.0255],
      long: [0.6485, 0.0288],
    } as const;
    for (const [name, [mean, sd]] of Object.entries(reference)) {
      const row = posterior.summary().get(name);
      expect(Math.abs(row.mean - mean)).toBeLessThan(0.05 * sd);
      expect(Math.abs(row.sd / sd - 1)).toBeLessThan(0.05);
    }
    expect(Math.abs(posterior.elbo.value + 292.045)).toBeLessThan(0.02);
    expect(posterior.summary().get("z_probs[1,2]").mean).toBeGreaterThan(0.999);
    expect(posterior.summary().get("z_probs[2,1]").mean).toBeGreaterThan(0.999);
    expect(posterior.verdict).toBe("reliable");
    const { draws } = (await posterior.predict({ draws: 100 })).bySite("eruptions");
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    // The sd of a mean of 27,200 of sd 1.14, and of a mean that moves by 0.07 between 100 draws of q.
    expect(Math.abs(mean - 3.4878)).toBeLessThan(4 * Math.hypot(1.14 / Math.sqrt(27_200), 0.07 / 10));
  });
});
