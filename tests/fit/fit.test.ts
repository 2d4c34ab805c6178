import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { halfNormal, normal } from "../../src/distributions/index.ts";
import { fit } from "../../src/fit/fit.ts";
import { infer } from "../../src/fit/infer.ts";
import type { InferenceOptions } from "../../src/fit/options.ts";
import type { Progress } from "../../src/fit/progress.ts";
import type { FitResult } from "../../src/fit/result.ts";
import { fullRank, meanField } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { adam } from "../../src/optimizers/index.ts";
import { type ExampleName, loadExample, reference } from "../support/examples.ts";
import { float32Backend, LostDevice, watchedBackend } from "./support.ts";

const cpu = cpuBackend();
const traced = async (name: ExampleName) => {
  const { model: example, data } = await loadExample(name);
  return example.trace(data);
};
const inferred = async (name: ExampleName, options: InferenceOptions, backend = cpu): Promise<FitResult> =>
  infer(await traced(name), backend, options);

/** ELBO of a converged fit on the fit's own common random numbers. */
const lastElbo = (result: FitResult): number => result.rounds.at(-1)!.value;

describe("answers without tuning", () => {
  const known = reference("conjugate-regression");

  it("full rank reaches the evidence of a conjugate regression", async () => {
    const result = await inferred("conjugate-regression", { guide: fullRank(), seed: 1 });
    expect(result.stopped).toBe("converged");
    expect(Math.abs(lastElbo(result) - known.logEvidence)).toBeLessThan(1e-3);
    const { scaleTril, scale } = result.guide.moments(result.lambda)!;
    expect(scaleTril).not.toBeNull();
    known.covariance!.forEach((row, i) => {
      expect(scale[i]! / Math.sqrt(row[i]!)).toBeCloseTo(1, 3);
    });
  });

  it("mean field reaches its optimum there", async () => {
    const posterior = await fit(
      (await loadExample("conjugate-regression")).model,
      (await loadExample("conjugate-regression")).data,
      {
        device: cpu,
        seed: 2,
        check: { batches: 1, drawsPerBatch: 20_000 },
      },
    );
    const { value, standardError } = posterior.elbo;
    expect(Math.abs(value - known.meanFieldElbo!)).toBeLessThan(0.005 + 4 * standardError);
    known.meanFieldSd!.forEach((sd, i) => {
      const { scale } = (posterior.result as FitResult).guide.moments(posterior.result.lambda)!;
      expect(scale[i]! / sd).toBeCloseTo(1, 1);
    });
  });

  for (const guide of [meanField(), fullRank()]) {
    it(`eight schools, ${guide.name}: in float64 and with float32 noise`, async () => {
      for (const backend of [cpu, float32Backend(5)]) {
        const result = await inferred("eight-schools", { guide, seed: 3 }, backend);
        expect(result.stopped).toBe("converged");
        // What long runs with 256 draws reach.
        const optimum = guide.name === "mean-field" ? -31.58 : -31.52;
        expect(Math.abs(lastElbo(result) - optimum)).toBeLessThan(0.12);
        expect(result.steps).toBe(result.elboTrace.length);
      }
    });

    it(`centred eight schools, ${guide.name}: a funnel is no trap`, async () => {
      const result = await inferred("eight-schools-centered", { guide, seed: 1 });
      expect(lastElbo(result)).toBeGreaterThan(guide.name === "mean-field" ? -33.6 : -32.8);
    });
  }

  it("kidscore, whose intercept is 40 sds away and correlated −0.99", async () => {
    const result = await inferred("kidscore-momiq", { guide: fullRank(), seed: 4 });
    expect(result.stopped).toBe("converged");
    expect(Math.abs(lastElbo(result) - reference("kidscore-momiq").logEvidence)).toBeLessThan(0.02);
    expect(result.steps).toBeLessThanOrEqual(2000);
  });

  it("with few draws, odd or even", async () => {
    for (const draws of [1, 3, 8]) {
      const result = await inferred("kidscore-momiq", { guide: fullRank(), seed: 1, draws });
      expect(Math.abs(lastElbo(result) - reference("kidscore-momiq").logEvidence)).toBeLessThan(0.05);
    }
  });

  it("with more coordinates than a dense start is worth", async () => {
    const size = 350;
    const many = model<{ y: number[] }>("many means", ({ plate, sample, observe }, data) => {
      const group = plate("group", size);
      const theta = sample("theta", normal(0, 2), [group]);
      observe("y", normal(theta, 1), real(data.y, [group]));
    });
    const y = Array.from({ length: size }, (_, i) => Math.sin(i) * 3);
    const result = await infer(many.trace({ y }), cpu, { seed: 1 });
    expect(result.stopped).toBe("converged");
    const { loc, scale } = result.guide.moments(result.lambda)!;
    // Precision 1 + 1/4.
    y.forEach((value, i) => {
      expect(Math.abs(loc[i]! - value / 1.25) / Math.sqrt(0.8)).toBeLessThan(0.1);
      expect(Math.abs(Math.log(scale[i]! / Math.sqrt(0.8)))).toBeLessThan(0.1);
    });
  });

  it("Adam comes to the same place", async () => {
    const result = await inferred("eight-schools", { guide: fullRank(), seed: 1, optimizer: adam() });
    expect(result.stopped).toBe("converged");
    expect(Math.abs(lastElbo(result) + 31.52)).toBeLessThan(0.12);
  });

  it("from a plain start, without a search", async () => {
    const start = { start: "initial" as const, initialScale: 0.5, initial: { mu: 3, eta: 0.1 } };
    const result = await inferred("eight-schools", { guide: meanField(), seed: 1, ...start });
    expect(lastElbo(result)).toBeGreaterThan(-31.8);
  });

  it("other forms of the bound are maximised alike", async () => {
    for (const form of ["entropy", "kl"] as const) {
      const result = await inferred("conjugate-regression", { guide: fullRank(), form, seed: 1 });
      expect(Math.abs(lastElbo(result) - known.logEvidence)).toBeLessThan(0.05);
    }
  });
});

describe("a run", () => {
  it("is determined by its seed", async () => {
    const runs = await Promise.all([7, 7, 8].map((seed) => inferred("eight-schools", { seed, steps: 400 })));
    expect(runs[0]!.lambda).toEqual(runs[1]!.lambda);
    expect(runs[0]!.elboTrace).toEqual(runs[1]!.elboTrace);
    expect(runs[0]!.lambda).not.toEqual(runs[2]!.lambda);
  });

  it("tells its progress", async () => {
    const seen: Progress[] = [];
    const result = await inferred("eight-schools", {
      seed: 1,
      steps: 300,
      onProgress: (progress) => seen.push(progress),
    });
    const stages = [...new Set(seen.map(({ stage }) => stage))];
    expect(stages).toEqual(["compile", "search", "refine", "optimise"]);
    const steps = seen.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(300);
    expect(Number.isFinite(seen.at(-1)!.elbo!)).toBe(true);
    expect(seen.flatMap(({ estimates }) => [...estimates])).toEqual([...result.elboTrace]);
  });

  it("out of steps says how far it got", async () => {
    const result = await inferred("eight-schools", { seed: 1, steps: 150 });
    expect(result.stopped).toBe("max-steps");
    expect(result.steps).toBe(150);
    expect(result.reasons.join()).toMatch(/limit of 150 steps/);
  });

  it("compiles two programs", async () => {
    const compiled: string[] = [];
    await inferred(
      "eight-schools",
      { seed: 1, steps: 200 },
      watchedBackend({ onCompile: (name) => compiled.push(name) }),
    );
    expect(compiled.length).toBe(2);
  });
});

describe("a run that is stopped", () => {
  it("before it began, during the search and in the loop: comes back cancelled, and the loop's state with it", async () => {
    const early = new AbortController();
    early.abort();
    expect((await inferred("eight-schools", { signal: early.signal })).stopped).toBe("cancelled");

    for (const stage of ["search", "optimise"] as const) {
      const controller = new AbortController();
      const result = await inferred("eight-schools", {
        seed: 1,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.stage === stage && (stage === "search" || progress.step >= 50)) controller.abort();
        },
      });
      expect(result.stopped).toBe("cancelled");
      const { loc, scale } = result.guide.moments(result.lambda)!;
      expect([...loc, ...scale].every(Number.isFinite)).toBe(true);
      if (stage === "optimise") {
        expect(result.steps).toBeGreaterThanOrEqual(50);
        expect(scale[0]).toBeGreaterThan(1);
      }
    }
  });

  it("can be resumed, and ends where an uninterrupted run ends", async () => {
    const first = await inferred("conjugate-regression", { guide: fullRank(), seed: 1, steps: 60 });
    expect(first.stopped).toBe("max-steps");
    const second = await inferred("conjugate-regression", { guide: fullRank(), seed: 1, resume: first });
    expect(second.stopped).toBe("converged");
    expect(second.steps).toBeGreaterThan(first.steps);
    expect(second.elboTrace.length).toBe(second.steps);
    expect(Math.abs(lastElbo(second) - reference("conjugate-regression").logEvidence)).toBeLessThan(1e-3);
  });

  it("by the loss of its device keeps the last good state", async () => {
    let steps = 0;
    const backend = watchedBackend({
      onRun: (name, count) => {
        if (!name.includes("step")) return;
        steps += count;
        if (steps > 250) throw new LostDevice();
      },
    });
    const result = await inferred("eight-schools", { seed: 1 }, backend);
    expect(result.stopped).toBe("device-lost");
    expect(result.reasons.join()).toMatch(/device is lost/);
    expect(result.steps).toBeGreaterThanOrEqual(100);
    expect(result.rounds.length).toBeGreaterThan(0);
    expect(result.guide.moments(result.lambda)!.scale.every((s) => s > 0 && s < 100)).toBe(true);
  });

  it("by any other error is failed, and keeps the state as well", async () => {
    const backend = watchedBackend({
      onRun: (name, count) => {
        if (name.includes("step") && count > 0) throw new Error("out of luck");
      },
    });
    const result = await inferred("eight-schools", { seed: 1 }, backend);
    expect(result.stopped).toBe("failed");
    expect(result.reasons).toEqual(["out of luck"]);
    expect(result.guide.moments(result.lambda)!.scale[0]).toBeGreaterThan(1);
  });
});

describe("draws that are not finite", () => {
  // log(x + 3) is NaN for about one draw in 700 of the posterior.
  const edge = model("edge", ({ sample, observe, factor, plate }) => {
    const one = plate("one", 1);
    const x = sample("x", normal(0, 1));
    observe("y", normal(x, 5), real([0], [one]));
    factor("edge", x.add(3).log().mul(0.01));
  });

  it("are left out, counted, and their site is named", async () => {
    const result = await infer(edge.trace({}), cpu, { guide: meanField(), seed: 1 });
    expect(result.nonFinite.total).toBeGreaterThan(0);
    expect(Object.keys(result.nonFinite.bySite)).toEqual(["edge"]);
    expect(result.reasons.join()).toMatch(/"edge"/);
    const { loc, scale } = result.guide.moments(result.lambda)!;
    expect(Math.abs(loc[0]!)).toBeLessThan(0.1);
    expect(scale[0]).toBeCloseTo(Math.sqrt(25 / 26), 1);
  });

  it("everywhere: failed, and the site is named", async () => {
    const hopeless = model("hopeless", ({ sample, factor }) => {
      const x = sample("x", normal(0, 1));
      factor("broken", x.square().neg().sub(1).log());
    });
    const result = await infer(hopeless.trace({}), cpu, { seed: 1 });
    expect(result.stopped).toBe("failed");
    expect(result.reasons.join()).toMatch(/not finite .*"broken"/);
  });
});

describe("options", () => {
  const tau = model("tau", ({ sample }) => {
    sample("tau", halfNormal(1));
  });
  const wrong = (options: Record<string, unknown>): Promise<unknown> => {
    const backend = watchedBackend({
      onCompile: () => {
        throw new Error("device work");
      },
    });
    return fit(tau, {}, { device: backend, ...options } as InferenceOptions);
  };

  it("are checked before any device work", async () => {
    await expect(wrong({ draws: 0 })).rejects.toMatchObject({ code: "wrong-option", message: /draws/ });
    await expect(wrong({ draws: 2.5 })).rejects.toMatchObject({ code: "wrong-option" });
    await expect(wrong({ steps: -1 })).rejects.toMatchObject({ code: "wrong-option" });
    await expect(wrong({ seed: -1 })).rejects.toMatchObject({ code: "wrong-option" });
    await expect(wrong({ guide: "full-rank" })).rejects.toMatchObject({
      code: "wrong-option",
      message: /fullRank\(\)/,
    });
    await expect(wrong({ form: "elbo" })).rejects.toMatchObject({ code: "wrong-option", message: /"joint"/ });
    await expect(wrong({ gradient: "score" })).rejects.toMatchObject({ code: "wrong-option" });
    await expect(wrong({ initialScale: 0 })).rejects.toMatchObject({ code: "wrong-option" });
    await expect(wrong({ initial: { sigma: 1 } })).rejects.toMatchObject({ code: "wrong-initial", message: /tau/ });
    await expect(wrong({ initial: { tau: [1, 2] } })).rejects.toMatchObject({ code: "wrong-initial" });
    await expect(wrong({ initial: [Number.NaN] })).rejects.toMatchObject({ code: "wrong-initial" });
    await expect(wrong({ form: "kl" })).rejects.toMatchObject({ code: "objective", site: "tau" });
    const other = await inferred("eight-schools", { steps: 2 });
    await expect(wrong({ resume: other })).rejects.toMatchObject({ code: "wrong-resume" });
  });
});
