import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lgamma } from "../../src/cpu/special.ts";
import {
  bernoulli,
  beta,
  binomial,
  categorical,
  compileElbo,
  dirichlet,
  type ElboEvaluation,
  fit,
  type Guide,
  GuideError,
  gamma,
  guide,
  index,
  integer,
  type Model,
  meanField,
  model,
  normal,
  poisson,
  real,
} from "../../src/index.ts";

const { cases } = JSON.parse(readFileSync("tests/reference/conjugate-families.json", "utf8"));
const few = { batches: 1, drawsPerBatch: 2000, summaryDraws: 1000, evidenceDraws: 0 };

const betaBernoulli = (of: string): Model =>
  model("beta-Bernoulli", ({ plate, sample, observe }) => {
    const { y, prior_alpha: a, prior_beta: b } = cases[of].inputs;
    const theta = sample("theta", beta(a, b));
    observe("y", bernoulli({ probs: theta }), integer(y, [plate("n", y.length)]));
  });
const gammaPoisson = model("gamma-Poisson", ({ plate, sample, observe }) => {
  const { y, prior_shape, prior_rate } = cases.gamma_poisson.inputs;
  const rate = sample("rate", gamma(prior_shape, prior_rate));
  observe("y", poisson(rate), integer(y, [plate("n", y.length)]));
});
const dirichletCategorical = model("Dirichlet-categorical", ({ plate, sample, observe }) => {
  const { observations, prior_concentration } = cases.dirichlet_categorical.inputs;
  const k = plate("k", 4);
  const n = plate("n", observations.length);
  const pi = sample(
    "pi",
    dirichlet(
      integer(
        prior_concentration.map((x: number) => 2 * x),
        [k],
      ).mul(0.5),
      k,
    ),
  );
  observe("y", categorical(k, { probs: pi }), index(observations, [n], k));
});

it("on the device: a fit reaches the posterior", async () => {
  const { log_evidence, posterior_mean, posterior_sd } = cases.gamma_poisson.answers;
  await using posterior = await fit(
    gammaPoisson,
    {},
    { guide: guide({ rate: gamma() }), device: "gpu", seed: 1, check: few },
  );
  expect(Math.abs(posterior.elbo.value - log_evidence)).toBeLessThan(1e-3);
  const row = posterior.summary().get("rate");
  expect(Math.abs(row.mean - posterior_mean)).toBeLessThan((5 * posterior_sd) / Math.sqrt(2000));
});

/** The bound at logarithms of the family's parameters with its gradient, for some seeds. */
async function boundsAt(of: Model, family: Guide, site: string, values: Record<string, readonly number[]>, seeds = 1) {
  using compiled = await compileElbo(of, {}, { guide: family, device: "cpu", draws: 500 });
  const constants = compiled.guide.constants;
  const lambda = Object.fromEntries(
    Object.entries(values).map(([name, wanted]) => {
      const first = constants[`${site}.first ${name}`]!.values;
      return [`${site}.${name}`, wanted.map((x, i) => Math.log(x) - first[i]!)];
    }),
  );
  const found: ElboEvaluation[] = [];
  for (let seed = 0; seed < seeds; seed++) found.push(await compiled.evaluate(lambda, { seed }));
  return found;
}

describe("exact families as guides", () => {
  it("have the exact bounds of any parameters", async () => {
    const near = ([first]: readonly ElboEvaluation[], wanted: number): void => {
      const { value, standardError } = first!;
      expect(Math.abs(value - wanted)).toBeLessThan(4.5 * standardError + 1e-8);
    };
    for (const of of ["beta_bernoulli_10", "beta_bernoulli_skewed"]) {
      for (const { q_alpha, q_beta, elbo } of cases[of].answers.elbo_at_beta_q) {
        const values = { concentration1: [q_alpha], concentration0: [q_beta] };
        near(await boundsAt(betaBernoulli(of), guide({ theta: beta() }), "theta", values), elbo);
      }
    }
    for (const { q_concentration: concentration, elbo } of cases.dirichlet_categorical.answers.elbo_at_dirichlet_q) {
      near(await boundsAt(dirichletCategorical, guide({ pi: dirichlet() }), "pi", { concentration }), elbo);
    }
    const { posterior_shape, posterior_rate, log_evidence } = cases.gamma_poisson.answers;
    const at = { concentration: [posterior_shape], rate: [posterior_rate] };
    near(await boundsAt(gammaPoisson, guide({ rate: gamma() }), "rate", at), log_evidence);
  });

  it("have unbiased gradients by implicit reparameterisation", async () => {
    // ELBO of Gamma(a, b) for counts of sum s and size n under a Gamma(c, d) prior, in closed form.
    const { y, prior_shape: c, prior_rate: d } = cases.gamma_poisson.inputs;
    const s = y.reduce((total: number, x: number) => total + x, 0);
    const digamma = (x: number): number => (lgamma(x + 1e-5) - lgamma(x - 1e-5)) / 2e-5;
    const bound = (a: number, b: number): number =>
      (s + c - 1) * (digamma(a) - Math.log(b)) -
      ((y.length + d) * a) / b +
      a -
      Math.log(b) +
      lgamma(a) +
      (1 - a) * digamma(a);
    const [a, b] = [3, 0.8];
    const h = 1e-3;
    const wanted = {
      concentration: (bound(a * Math.exp(h), b) - bound(a * Math.exp(-h), b)) / (2 * h),
      rate: (bound(a, b * Math.exp(h)) - bound(a, b * Math.exp(-h))) / (2 * h),
    };
    const at = { concentration: [a], rate: [b] };
    const runs = await boundsAt(gammaPoisson, guide({ rate: gamma() }), "rate", at, 40);
    for (const name of ["concentration", "rate"] as const) {
      const all = runs.map((run) => run.gradient[`rate.${name}`]![0]!);
      const mean = all.reduce((s, x) => s + x) / all.length;
      const error = Math.sqrt(all.reduce((s, x) => s + (x - mean) ** 2, 0) / (all.length - 1) / all.length);
      expect(Math.abs(mean - wanted[name])).toBeLessThan(4.5 * error + 1e-4);
    }
  });

  const reach = async (
    of: Model,
    family: Guide,
    evidence: number,
    moments: Record<string, readonly [number, number]>,
  ) => {
    await using posterior = await fit(of, {}, { guide: family, device: "cpu", seed: 1, check: few });
    expect(Math.abs(posterior.elbo.value - evidence)).toBeLessThan(1e-4);
    for (const [name, [mean, sd]] of Object.entries(moments)) {
      const row = posterior.summary().get(name);
      // Of 2,000 draws.
      expect(Math.abs(row.mean - mean)).toBeLessThan((5 * sd) / Math.sqrt(2000));
      expect(Math.abs(row.sd / sd - 1)).toBeLessThan(0.1);
    }
  };

  for (const of of ["beta_bernoulli_10", "beta_bernoulli_skewed", "beta_bernoulli_1000"]) {
    it(`reach the posterior: ${of}`, async () => {
      const { log_evidence_sequence: evidence, posterior_mean, posterior_sd } = cases[of].answers;
      await reach(betaBernoulli(of), guide({ theta: beta() }), evidence, { theta: [posterior_mean, posterior_sd] });
    });
  }

  it("reach the posterior: gamma-Poisson", async () => {
    const { log_evidence, posterior_mean, posterior_sd } = cases.gamma_poisson.answers;
    await reach(gammaPoisson, guide({ rate: gamma() }), log_evidence, { rate: [posterior_mean, posterior_sd] });
  });

  it("reach the posterior: Dirichlet-categorical", async () => {
    const { log_evidence_sequence, posterior_mean, posterior_sd } = cases.dirichlet_categorical.answers;
    const moments = Object.fromEntries(
      posterior_mean.map((mean: number, k: number) => [`pi[${k + 1}]`, [mean, posterior_sd[k]] as const]),
    );
    await reach(dirichletCategorical, guide({ pi: dirichlet() }), log_evidence_sequence, moments);
  });

  it("are refused where the site is of another kind", async () => {
    const real = model("real", ({ sample }) => void sample("mu", normal(0, 1)));
    await expect(compileElbo(real, {}, { guide: guide({ mu: gamma() }), device: "cpu" })).rejects.toThrow(GuideError);
    await expect(compileElbo(real, {}, { guide: guide({ mu: gamma() }), device: "cpu" })).rejects.toThrow(
      /gamma\(\) is a q of positive sites, and "/,
    );
    expect(() => guide({ mu: { family: "poisson", options: {} }, default: meanField() })).toThrow(
      /a family such as gamma/,
    );
  });

  // The evidence of each entry by itself, in closed form, and its posterior mean.
  const counts = [
    [3, 0, 5],
    [1, 9, 2],
  ];
  const logDirichletEvidence = (n: readonly number[], a: number): number => {
    const total = n.reduce((x, y) => x + y);
    const own = n.reduce((x, k) => x + lgamma(k + a) - lgamma(a), 0);
    return lgamma(a * n.length) - lgamma(a * n.length + total) + own;
  };

  it("reach the posterior over a plate: simplexes", async () => {
    const rows = counts.flatMap((n, row) => n.flatMap((times, k) => Array.from({ length: times }, () => [row, k])));
    const several = model("several simplexes", ({ plate, sample, observe }) => {
      const [row, k, n] = [plate("row", 2), plate("k", 3), plate("n", rows.length)];
      const weights = real([1.5, 1.5, 1.5], [k]);
      const pi = sample("pi", dirichlet(weights, k), [row]);
      const own = index(
        rows.map(([r]) => r!),
        [n],
        row,
      );
      const seen = index(
        rows.map(([, which]) => which!),
        [n],
        k,
      );
      observe("y", categorical(k, { probs: pi.at(own) }), seen);
    });
    const evidence = counts.reduce((total, n) => total + logDirichletEvidence(n, 1.5), 0);
    const moments = Object.fromEntries(
      counts.flatMap((n, row) => {
        const total = n.reduce((x, y) => x + y) + 4.5;
        return n.map((count, k) => {
          const mean = (count + 1.5) / total;
          return [`pi[${row + 1},${k + 1}]`, [mean, Math.sqrt((mean * (1 - mean)) / (total + 1))] as const];
        });
      }),
    );
    await reach(several, guide({ pi: dirichlet() }), evidence, moments);
  });

  it("reach the posterior over a plate: proportions and rates, each site its own", async () => {
    const [hits, trials, events] = [
      [2, 7, 0],
      [5, 9, 4],
      [
        [3, 1],
        [0, 2],
        [8, 5],
      ],
    ] as const;
    const several = model("proportions and rates", ({ plate, sample, observe }) => {
      const [row, repeat] = [plate("row", 3), plate("repeat", 2)];
      const theta = sample("theta", beta(2, 3), [row]);
      const rate = sample("rate", gamma(2, 0.5), [row]);
      observe("hits", binomial(integer(trials, [row]), { probs: theta }), integer(hits, [row]));
      observe("events", poisson(rate), integer(events, [row, repeat]));
    });
    const logBetaOf = (a: number, b: number): number => lgamma(a) + lgamma(b) - lgamma(a + b);
    let evidence = 0;
    const moments: Record<string, readonly [number, number]> = {};
    for (const [i, h] of hits.entries()) {
      const n = trials[i]!;
      const [a, b] = [2 + h, 3 + n - h];
      evidence += lgamma(n + 1) - lgamma(h + 1) - lgamma(n - h + 1) + logBetaOf(a, b) - logBetaOf(2, 3);
      moments[`theta[${i + 1}]`] = [a / (a + b), Math.sqrt((a * b) / (a + b + 1)) / (a + b)];
      const sum = events[i]![0] + events[i]![1];
      evidence += lgamma(2 + sum) - (2 + sum) * Math.log(2.5) + 2 * Math.log(0.5) - lgamma(2);
      for (const y of events[i]!) evidence -= lgamma(y + 1);
      moments[`rate[${i + 1}]`] = [(2 + sum) / 2.5, Math.sqrt(2 + sum) / 2.5];
    }
    await reach(several, guide({ theta: beta(), rate: gamma() }), evidence, moments);
  });

  it("of simplexes are for one site, whose last axis is that of the simplex", async () => {
    const two = model("two simplexes", ({ plate, sample }) => {
      const [row, k] = [plate("row", 2), plate("k", 3)];
      const weights = real([1, 1, 1], [k]);
      sample("a", dirichlet(weights, k), [row]);
      sample("b", dirichlet(weights, k));
    });
    await expect(compileElbo(two, {}, { guide: guide({ default: dirichlet() }), device: "cpu" })).rejects.toThrow(
      /dirichlet\(\) is a q of one site, not of "a", "b"/,
    );
    const turned = model("turned", ({ plate, sample }) => {
      const [row, k] = [plate("row", 2), plate("k", 3)];
      sample("a", dirichlet(real([1, 1, 1], [k]), k), [k, row]);
    });
    await expect(compileElbo(turned, {}, { guide: guide({ a: dirichlet() }), device: "cpu" })).rejects.toThrow(
      GuideError,
    );
  });
});
