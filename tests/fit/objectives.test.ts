/** Fits that maximise other objectives than the ELBO, against exact answers. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { bernoulli, halfNormal, normal } from "../../src/distributions/index.ts";
import { type FitOptions, fit, fitMany } from "../../src/fit/index.ts";
import { infer } from "../../src/fit/infer.ts";
import { objectiveNoise } from "../../src/fit/noise.ts";
import type { Progress } from "../../src/fit/progress.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input, square, sum } from "../../src/graph/ops.ts";
import { fullRank, guide, meanField } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { chi, elbo, forwardKl, iwae, renyi } from "../../src/objectives/choices.ts";
import type { Objective } from "../../src/objectives/index.ts";
import { loadExample, reference } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";
import { watchedBackend } from "./support.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());
const BRIEF = { batches: 2, drawsPerBatch: 10_000, summaryDraws: 2000, evidenceDraws: 0 };
/**
 * x ~ N(0, I), times N(Σx; SUM, 1/PULL) without its constant: the posterior is N with precision I + PULL·11ᵀ, and
 * Σx ~ N(0, SIZE) gives the evidence.
 */
const [SIZE, PULL, SUM] = [3, 5, 4];
const pulled = model("pulled", ({ plate, sample, factor }) => {
  const i = plate("i", SIZE);
  const x = sample("x", normal(0, 1), [i]);
  factor("pull", square(sum(x, [i]).sub(SUM)).mul(-PULL / 2));
});
const mean = (PULL * SUM) / (1 + SIZE * PULL);
const sd = Math.sqrt(1 - PULL / (1 + SIZE * PULL));
const conditionalSd = 1 / Math.sqrt(1 + PULL);
const logEvidence = -0.5 * Math.log(1 + SIZE * PULL) - (0.5 * PULL * SUM ** 2) / (1 + SIZE * PULL);

const fitted = (objective: Objective, options: FitOptions = {}) =>
  fit(pulled, {}, { device: cpu, seed: 1, check: BRIEF, objective, ...options });

describe("where the posterior is in the family every objective ends there", () => {
  // Value where q is the posterior: log p(x), or a divergence of 0.
  const cases: readonly [string, Objective, number][] = [
    ["iwae", iwae({ draws: 5 }), logEvidence],
    ["renyi ½", renyi({ draws: 4 }), logEvidence],
    ["renyi 2", renyi({ alpha: 2, draws: 4 }), logEvidence],
    ["chi", chi(), logEvidence],
    ["forward-kl", forwardKl(), 0],
    ["forward-kl by its path", forwardKl({ gradient: "doubly-reparameterised" }), 0],
  ];
  for (const device of [cpu, gpu]) {
    // The estimators themselves are held to float64 in tests/objectives: on the device one of each kind will do.
    const chosen = device === cpu ? cases : cases.filter(([name]) => ["iwae", "chi", "forward-kl"].includes(name));
    it.each(chosen)(`%s (${device.kind})`, async (_, objective, exact) => {
      await using found = await fitted(objective, { device, guide: fullRank() });
      expect(found.result.stopped).toBe("converged");
      expect(found.verdict).toBe("reliable");
      const { loc, scale } = found.result.guide.moments(found.result.lambda)!;
      // Score-function noise does not vanish at the optimum: about 0.3% of an sd is left of it.
      for (let i = 0; i < SIZE; i++) {
        expect(Math.abs(loc[i]! - mean) / sd).toBeLessThan(0.02);
        expect(Math.abs(scale[i]! / sd - 1)).toBeLessThan(0.02);
      }
      const { value, standardError, reason } = found.objective!;
      expect(reason).toBeNull();
      // A q within 0.01 sd of the posterior in each of 9 directions loses 9 · 0.01²/2 nats; float32 less.
      expect(Math.abs(value! - exact)).toBeLessThan(4 * standardError! + 1e-3);
      const trace = found.result.objectiveTrace!;
      expect(trace.length).toBe(found.result.elboTrace.length);
      expect(trace.every(Number.isFinite)).toBe(true);
    });
  }
});

describe("where it is not", () => {
  it("a factorised q of the forward divergence has the marginal sds, that of the ELBO the conditional ones", async () => {
    await using forward = await fitted(forwardKl());
    await using reverse = await fitted(elbo());
    const scaleOf = ({ result }: typeof forward) => result.guide.moments(result.lambda)!.scale;
    for (let i = 0; i < SIZE; i++) {
      // About half of 1024 draws are effective, for 300 averaged steps or more: 0.2% of standard error.
      expect(Math.abs(scaleOf(forward)[i]! / sd - 1)).toBeLessThan(0.015);
      expect(Math.abs(scaleOf(reverse)[i]! / conditionalSd - 1)).toBeLessThan(0.02);
    }
    expect(reverse.objective).toBeNull();
    expect(reverse.result.objectiveTrace).toBeUndefined();
    // KL(p ‖ q) of a factorised q with p's marginals: ½ (Σ log Σ_ii − log det Σ).
    const exact = SIZE * Math.log(sd) + 0.5 * Math.log(1 + SIZE * PULL);
    const { value, standardError } = forward.objective!;
    expect(Math.abs(value! - exact)).toBeLessThan(4 * standardError! + 2e-3);
  });

  it("the bounds stand in their order: ELBO ≤ Rényi ½ ≤ importance-weighted ≤ log p(x)", async () => {
    const values: number[] = [(await fitted(elbo())).elbo.value];
    for (const objective of [renyi({ draws: 10 }), iwae({ draws: 10 })]) {
      values.push((await fitted(objective)).objective!.value!);
    }
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.at(-1)).toBeLessThan(logEvidence);
  });

  it("guides composed per site take them too", async () => {
    const { model: schools, data } = await loadExample("eight-schools");
    const composed = guide({ mu: fullRank(), default: meanField() });
    await using found = await fit(schools, data, {
      device: cpu,
      seed: 1,
      check: BRIEF,
      guide: composed,
      objective: iwae({ draws: 10 }),
    });
    expect(found.result.stopped).toBe("converged");
    expect(found.objective!.value!).toBeGreaterThan(found.elbo.value);
    expect(found.objective!.value!).toBeLessThan(reference("eight-schools").logEvidence + 0.05);
  });

  it("too few effective draws are told, and the fit is not reliable", async () => {
    // 25 equally correlated coordinates: a factorised q with the right sds has hardly a draw of weight.
    const many = model("equally correlated", ({ plate, sample, factor }) => {
      const i = plate("i", 25);
      const x = sample("x", normal(0, 1), [i]);
      factor("together", square(sum(x, [i])).mul((0.5 * 0.98) / 26));
    });
    await using found = await fit(
      many,
      {},
      { device: cpu, seed: 1, objective: forwardKl(), check: BRIEF, steps: 1500 },
    );
    expect(found.verdict).not.toBe("reliable");
    expect(found.reasons.join("\n")).toMatch(/rest on about \d+ effective draws/);
  });
});

describe("draws of a step", () => {
  const axisOf = (draws: number) => drawAxis(draws);
  const noiseOf = (objective: Objective, draws: number): Float64Array => {
    const source = {
      seed: input("seed", [], "parameter", "u32"),
      step: input("step", [], "parameter", "u32"),
      drawOffset: input("offset", [], "parameter", "u32"),
    };
    const weighted = objective.kind === "elbo" ? null : objective;
    const noise = objectiveNoise(weighted, axisOf(draws), source)("normal", [], 0);
    const zero = Float64Array.of(0);
    return evaluate(
      [noise],
      new Map([
        ["seed", zero],
        ["step", zero],
        ["offset", zero],
      ]),
    )[0]!;
  };
  const pairs = (noise: Float64Array): boolean => {
    const half = noise.length / 2;
    return noise.every((e, s) => e === -noise[(s + half) % noise.length]!);
  };

  it("are antithetic where a pair does not meet in one bound", () => {
    expect(pairs(noiseOf(elbo(), 8))).toBe(true);
    expect(pairs(noiseOf(iwae({ draws: 4 }), 8))).toBe(true);
    expect(pairs(noiseOf(forwardKl(), 8))).toBe(true);
    // One bound of 8, three of 2: a pair would meet in one of them.
    expect(pairs(noiseOf(iwae({ draws: 8 }), 8))).toBe(false);
    expect(pairs(noiseOf(renyi({ draws: 2 }), 6))).toBe(false);
  });

  it("are told with the ELBO beside what is maximised, by its name", async () => {
    for (const [objective, name] of [
      [iwae({ draws: 4 }), "importance-weighted bound, K = 4"],
      [forwardKl(), "KL(posterior ‖ q)"],
    ] as const) {
      const seen: Progress[] = [];
      const options = { steps: 40, onProgress: (progress: Progress) => void seen.push(progress) };
      await using found = await fitted(objective, options);
      const told = seen.filter((progress) => progress.stage === "optimise" && progress.objective !== undefined);
      expect(told.length).toBeGreaterThan(0);
      expect(told.every(({ objective: of }) => of!.name === name)).toBe(true);
      // An importance-weighted bound is no less than the ELBO; a divergence is positive, what is maximised its negative.
      const { elbo: bound, objective: of } = told.at(-1)!;
      if (objective.kind === "forward-kl") expect(of!.value).toBeGreaterThan(0);
      else expect(of!.value).toBeGreaterThan(bound! - 1e-9);
      expect(found.result.rounds.every(({ value }) => Number.isFinite(value))).toBe(true);
    }
  });

  it("are as many as the objective asks for", async () => {
    const drawsOf = async (objective: Objective) => (await infer(pulled.trace({}), cpu, { objective, steps: 1 })).draws;
    expect(await drawsOf(elbo())).toBe(16);
    expect(await drawsOf(iwae({ draws: 10 }))).toBe(80);
    expect(await drawsOf(iwae({ draws: 100 }))).toBe(200);
    expect(await drawsOf(chi())).toBe(1024);
  });
});

describe("goes on and side by side", () => {
  it("a fit is resumed with its own objective only", async () => {
    const traced = pulled.trace({});
    const objective = iwae({ draws: 5 });
    const first = await infer(traced, cpu, { objective, guide: fullRank(), seed: 1, steps: 50 });
    const second = await infer(traced, cpu, { objective, guide: fullRank(), seed: 1, resume: first });
    expect(second.stopped).toBe("converged");
    expect(second.objectiveTrace!.length).toBe(second.steps);
    await expect(infer(traced, cpu, { guide: fullRank(), resume: first })).rejects.toMatchObject({
      code: "wrong-resume",
      message: /maximised importance-weighted bound, K = 5, this one the ELBO/,
    });
  });

  it("many fits are what each would be alone", async () => {
    const options = { device: cpu, objective: forwardKl(), draws: 256, check: BRIEF, steps: 900 };
    await using alone = await fit(pulled, {}, { ...options, seed: 2 });
    await using both = await fitMany(pulled, {}, { ...options, fits: 2, seed: 1 });
    expect(both.at(1).result.lambda).toEqual(alone.result.lambda);
    expect(both.at(1).objective).toEqual(alone.objective);
  });
});

describe("refusals, before any device work", () => {
  const tau = model("tau", ({ sample }) => {
    sample("tau", halfNormal(1));
  });
  const wrong = (options: Record<string, unknown>): Promise<unknown> => {
    const device = watchedBackend({
      onCompile: () => {
        throw new Error("device work");
      },
    });
    return fit(tau, {}, { device, ...options } as FitOptions);
  };

  it("name the reason and the remedy", async () => {
    const option = (message: RegExp) => ({ code: "wrong-option", message });
    await expect(wrong({ objective: "iwae" })).rejects.toMatchObject(option(/must be made by elbo\(\), iwae\(\)/));
    await expect(wrong({ objective: { kind: "vimco" } })).rejects.toMatchObject(option(/must be made by/));
    await expect(wrong({ objective: iwae({ draws: 3 }), draws: 16 })).rejects.toMatchObject(
      option(/16 draws do not go into groups of 3; 15 do/),
    );
    await expect(wrong({ objective: iwae(), form: "kl" })).rejects.toMatchObject(option(/form belongs to the ELBO/));
    await expect(wrong({ objective: chi(), gradient: "sticking-the-landing" })).rejects.toMatchObject(
      option(/name the estimator in the objective itself/),
    );
    await expect(wrong({ objective: renyi({ alpha: -1 }) })).rejects.toMatchObject(
      option(/from above .* take alpha from 0 on, or chi\(\)/),
    );
    expect(() => renyi({ alpha: 1 })).toThrow(/use elbo\(\)/);
    expect(() => iwae({ draws: 0 })).toThrow(/positive integer/);
  });

  it("a discrete q has no path for them", async () => {
    const coins = model("coins", ({ plate, sample }) => {
      const i = plate("i", 3);
      sample("p", normal(0, 1));
      sample("z", bernoulli({ probs: 0.3 }), [i]);
    });
    const blocks = guide({ z: bernoulli(), default: meanField() });
    await expect(fit(coins, {}, { device: cpu, guide: blocks, objective: iwae() })).rejects.toMatchObject({
      code: "objective",
      site: "z",
      message: /q\(z\) is discrete: maximise the ELBO.* or sum "z" out/,
    });
  });

  it("batches of data have no weights", async () => {
    const batched = model("batched", ({ plate, sample, observe }, data: { y: number[] }) => {
      const row = plate("row", data.y.length, { batch: 2 });
      observe("y", normal(sample("mu", normal(0, 1)), 1), real(data.y, [row]));
    });
    const fitting = fit(batched, { y: [1, 2, 3, 4] }, { device: cpu, objective: forwardKl() });
    await expect(fitting).rejects.toMatchObject({ code: "objective", message: /leave out the plate's batch/ });
  });

  it("a form without a closed form names the site, and what to use", async () => {
    const refused = { code: "objective", site: "tau", message: /use the form "joint" or "entropy"/ };
    await expect(wrong({ objective: elbo({ form: "kl" }) })).rejects.toMatchObject(refused);
    await expect(wrong({ objective: elbo({ form: "entropy", gradient: "sticking-the-landing" }) })).rejects.toThrow(
      /use form: "joint"/,
    );
  });
});
