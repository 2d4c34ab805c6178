import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { normal } from "../../src/distributions/index.ts";
import { compileElbo } from "../../src/fit/entry.ts";
import { fullRank } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import type { WeightedObjective } from "../../src/objectives/index.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));
const normalNormal = model<{ y: number[] }>("normal-normal", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
});

describe("the compiled ELBO", () => {
  it("has the exact value and gradient, within its standard error, in chunks", async () => {
    using elbo = await compileElbo(normalNormal, { y: inputs.y }, { device: "cpu", draws: 10_000 });
    for (const exact of answers.elbo_at) {
      const lambda = { loc: [exact.q_mean], logScale: [Math.log(exact.q_sd)] };
      const { value, standardError, gradient, nonFinite } = await elbo.evaluate(lambda, { seed: 7 });
      expect(nonFinite).toBe(0);
      expect(Math.abs(value - exact.elbo)).toBeLessThan(4.5 * standardError + 1e-9);
      const slack = 0.05 * Math.hypot(exact.q_sd * 10, 1);
      expect(Math.abs(gradient.loc![0]! - exact.grad_elbo_wrt_mean)).toBeLessThan(5 * slack);
      expect(Math.abs(gradient.logScale![0]! - exact.grad_elbo_wrt_log_sd)).toBeLessThan(5 * slack);
    }
  });

  it("same seed and step, same draws; the gradient is the value's derivative", async () => {
    using elbo = await compileElbo(
      normalNormal,
      { y: inputs.y },
      { device: "cpu", draws: 200, guide: fullRank(), form: "entropy" },
    );
    const lambda: Record<string, ArrayLike<number>> = { ...elbo.initial(), loc: [0.4] };
    const at = { seed: 3, step: 9 };
    const here = await elbo.evaluate(lambda, at);
    expect(await elbo.evaluate(lambda, at)).toEqual(here);
    expect((await elbo.evaluate(lambda, { seed: 3, step: 10 })).value).not.toBe(here.value);
    const h = 1e-5;
    for (const name of ["loc", "logDiagonal"] as const) {
      const moved = async (by: number) =>
        (await elbo.evaluate({ ...lambda, [name]: [lambda[name]![0]! + by] }, at)).value;
      const slope = ((await moved(h)) - (await moved(-h))) / (2 * h);
      expect(here.gradient[name]![0]).toBeCloseTo(slope, 4);
    }
  });

  it("a missing parameter is named", async () => {
    using elbo = await compileElbo(normalNormal, { y: inputs.y }, { device: "cpu" });
    await expect(elbo.evaluate({ loc: [0] })).rejects.toThrow(/"logScale"/);
  });

  it("takes weighted objectives: the bound of many draws between the ELBO and the evidence", async () => {
    const { mean, logSd } = { mean: answers.posterior_mean, logSd: Math.log(1.3 * answers.posterior_sd) };
    const lambda = { loc: [mean], logScale: [logSd] };
    const of = async (objective: WeightedObjective) => {
      using compiled = await compileElbo(normalNormal, { y: inputs.y }, { device: "cpu", draws: 10_000, objective });
      return await compiled.evaluate(lambda, { seed: 5 });
    };
    // KL(N(m, (1.3 s)²) ‖ N(m, s²)).
    const elbo = answers.log_evidence - ((1.3 ** 2 - 1) / 2 - Math.log(1.3));
    const one = await of({ kind: "importance-weighted", draws: 1 });
    const many = await of({ kind: "importance-weighted", draws: 50 });
    expect(Math.abs(one.value - elbo)).toBeLessThan(4.5 * one.standardError);
    expect(many.value).toBeGreaterThan(one.value);
    expect(many.value).toBeLessThan(answers.log_evidence + 4.5 * many.standardError);
    expect(many.effectiveDraws).toBeGreaterThan(25);
    expect(-(await of({ kind: "chi" })).value).toBeGreaterThan(answers.log_evidence);
    const forward = await of({ kind: "forward-kl" });
    // KL(N(m, s²) ‖ N(m, (1.3 s)²)); log w has an sd of 0.4 and 10,000 draws.
    expect(Math.abs(-forward.value - (Math.log(1.3) + (1 / 1.3 ** 2 - 1) / 2))).toBeLessThan(4.5 * (0.6 / 100));
  });

  it("refuses what a weighted objective has no use for", async () => {
    const objective = { kind: "importance-weighted", draws: 3 } as const;
    const compile = (more: object) =>
      compileElbo(normalNormal, { y: inputs.y }, { device: "cpu", draws: 9, objective, ...more });
    await expect(compile({ form: "entropy" })).rejects.toThrow(/form belongs to the ELBO/);
    await expect(compile({ gradient: "sticking-the-landing" })).rejects.toThrow(/in the objective itself/);
    await expect(compile({ draws: 10 })).rejects.toThrow(/groups of 3/);
  });
});
