/** How a training ends: its stopping rule, its verdict, and what it keeps when it fails. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gainOf, Plateau } from "../../src/fit/train/plateau.ts";
import type { Backend } from "../../src/graph/program.ts";
import {
  adam,
  amortised,
  dense,
  ElbowError,
  exp,
  log,
  model,
  normal,
  real,
  TrainingError,
  train,
} from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

const N = 64;
const data = {
  x: Array.from({ length: N }, (_, i) => [
    3 + 1.5 * Math.sin((2 * Math.PI * i) / N),
    -1 + 1.2 * Math.sin((2 * Math.PI * i) / N) + 0.4 * Math.cos((2 * Math.PI * i) / N),
  ]),
};
const factors = model("factors", ({ plate, sample, observe, parameter }, given: typeof data) => {
  const row = plate("row", given.x.length, { batch: 16 });
  const variable = plate("variable", 2);
  const factor = plate("factor", 1);
  const z = sample("z", normal(0, 1), [row, factor]);
  const loc = dense(parameter, "loading", z, factor, variable);
  observe("x", normal(loc, exp(parameter("logScale"))), real(given.x, [row, variable]));
});
const guide = {
  z: amortised(({ parameter, observed, axes }) => {
    const x = observed("x");
    return { loc: dense(parameter, "loc", x, x.axes[1]!, axes[1]!), logScale: parameter("log scale") };
  }),
};
const options = { guide, draws: 4, seed: 3, optimizer: adam({ stepSize: 0.02 }) };

describe("the stopping rule", () => {
  /** Twenty-four batches about a curve, with noise of their own that is the same at every look. */
  const at = (step: number, curve: (step: number) => number, jitter = 0) => ({
    step,
    bounds: Float64Array.from(
      { length: 24 },
      (_, i) => curve(step) + 50 * Math.sin(9 * i) + jitter * Math.cos(7 * i + step),
    ),
  });
  const run = (curve: (step: number) => number, jitter = 0, steps = 2000): Plateau => {
    const plateau = new Plateau(steps);
    while (plateau.nextLook < plateau.end) plateau.take(at(plateau.nextLook, curve, jitter));
    plateau.take(at(plateau.end, curve, jitter));
    return plateau;
  };

  it("goes to the end while the bound rises, and stops early where it is level", () => {
    const rising = run((step) => 10 * Math.log(step), 0.1);
    expect([rising.converged, rising.end]).toEqual([false, 2000]);
    const level = run((step) => -Math.exp(-step / 50), 0.1);
    expect(level.converged).toBe(true);
    // Looks after 400, 520 and 676 steps; then the rest of the schedule in half as many.
    expect(level.looks.map(({ step }) => step)).toEqual([400, 520, 676, 1014]);
    expect(level.end).toBe(1014);
    expect(level.shareAt(1014)).toBeCloseTo(0.1, 12);
  });

  it("is not misled by steps that jitter", () => {
    const jittering = run((step) => ({ 400: 1, 520: -1, 676: 0.5 })[step] ?? 1.2);
    expect([jittering.converged, jittering.end]).toEqual([true, 1014]);
  });

  it("takes a falling bound for no plateau, and counts only differences on the same batches", () => {
    expect(run((step) => -0.01 * step).converged).toBe(false);
    // Batches that differ by 50 nats and are the same at every look leave no noise in a gain of a tenth.
    const gain = gainOf(
      at(400, () => 0),
      at(520, () => 0.1),
    );
    expect(gain.mean).toBeCloseTo(0.1, 10);
    expect(gain.standardError).toBeLessThan(1e-10);
  });

  it("the step size falls to a tenth along half a cosine, without a jump where the end is brought nearer", () => {
    const plateau = new Plateau(2000);
    const shares = [0, 500, 1000, 1500, 2000].map((step) => plateau.shareAt(step));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect([shares[0], shares[4]]).toEqual([1, expect.closeTo(0.1, 12)]);
    for (const step of [400, 520]) plateau.take(at(step, () => 0));
    const before = plateau.shareAt(676);
    plateau.take(at(676, () => 0));
    expect(plateau.shareAt(676)).toBeCloseTo(before, 12);
  });
});

describe("the verdict", () => {
  it("is reliable where the bound is level and q covers, and tells what is missing where it is not", async () => {
    await using trained = await train(factors, data, { ...options, steps: 4000, device: cpu });
    const { result } = trained;
    expect(result.stopped).toBe("converged");
    expect(result.steps).toBeLessThan(4000);
    expect(result.looks.length).toBeGreaterThanOrEqual(3);
    const bounds = await trained.bound(data, { draws: 100 });
    // q holds the posterior of a linear model: weights are nearly level.
    expect(bounds.khat!.above).toBeLessThan(0.1 * N);
    expect(bounds.khat!.limit).toBeCloseTo(0.5, 12);
    expect(trained.judge(bounds)).toEqual({ verdict: "reliable", reasons: [] });

    await using short = await train(factors, data, { ...options, steps: 60, device: cpu });
    expect(short.result.stopped).toBe("max-steps");
    const found = short.judge();
    expect(found.verdict).toBe("not-converged");
    expect(found.reasons[0]).toMatch(/the bound still rose by .* ± .* nats an entry over the last \d+ steps/);

    await using brief = await train(factors, data, { ...options, steps: 5, device: cpu });
    expect(brief.judge().reasons[0]).toMatch(/5 steps are too few/);
  });

  it("is unreliable where q does not cover, whatever the bound does", async () => {
    // A q that cannot see x: one normal for all rows.
    const blind = { z: amortised(({ parameter }) => ({ loc: parameter("loc"), logScale: -3 })) };
    await using trained = await train(factors, data, { ...options, guide: blind, steps: 3000, device: cpu });
    const { verdict, reasons } = trained.judge(await trained.bound(data, { draws: 200 }));
    if (trained.result.stopped === "converged") expect(verdict).toBe("unreliable");
    expect(reasons.join(" ")).toMatch(/Pareto k̂ is 0\.\d+ or above for \d+ of 64 entries/);
  });
});

describe("what goes wrong", () => {
  /** The scale is stepped below zero, and its logarithm with it. */
  const fragile = model("fragile", ({ plate, sample, observe, factor, parameter }, given: { y: number[] }) => {
    const row = plate("row", given.y.length, { batch: 4 });
    const z = sample("z", normal(0, 1), [row]);
    const width = parameter("width", [], () => Float64Array.of(0.5));
    factor("penalty", log(width).mul(5));
    factor("pull", width.mul(-40));
    observe("y", normal(z, 1), real(given.y, [row]));
  });
  const own = { z: amortised(({ parameter }) => ({ loc: parameter("loc"), logScale: parameter("log scale") })) };
  const y = { y: [1, 2, 3, 4, 5, 6, 7, 8] };

  it.each([cpu, gpu])("$kind: names the site and the learned array, and keeps the last good state", async (device) => {
    const optimizer = adam({ stepSize: 0.3 });
    await using trained = await train(fragile, y, { guide: own, steps: 400, optimizer, device });
    const { stopped, error, parameters, skipped, steps } = trained.result;
    expect(stopped).toBe("failed");
    expect(error).toBeInstanceOf(TrainingError);
    expect((error as TrainingError).sites).toEqual(["penalty"]);
    expect((error as TrainingError).parameters).toContain("width");
    expect(error!.message).toMatch(/"penalty".*"width"/);
    expect(parameters.width![0]).toBeGreaterThan(0);
    expect(skipped).toBeGreaterThan(0);
    expect(steps).toBeLessThan(400);
    expect(trained.judge().verdict).toBe("failed");
    // What was kept can still be evaluated.
    expect(Number.isFinite((await trained.bound(y, { draws: 4 })).elbo.value)).toBe(true);
  });

  it("a lost device leaves what the last chunk brought home", async () => {
    let runs = 0;
    const failing: Backend = Object.assign(Object.create(cpu) as Backend, {
      compile: async (...args: Parameters<Backend["compile"]>) => {
        const program = await cpu.compile(...args);
        const run = program.run.bind(program);
        program.run = async (count) => {
          if (++runs === 3) throw new ElbowError("device-lost", "the device is gone");
          return run(count);
        };
        return program;
      },
    });
    await using trained = await train(factors, data, { ...options, steps: 300, device: failing });
    expect(trained.result).toMatchObject({ stopped: "device-lost", reasons: ["the device is gone"] });
    // The first chunk is of two steps; the second began from what these made.
    const controller = new AbortController();
    const stop = { signal: controller.signal, onProgress: () => controller.abort() };
    await using two = await train(factors, data, { ...options, ...stop, steps: 300, device: cpu });
    expect(two.result.steps).toBe(2);
    expect(trained.result.parameters).toEqual(two.result.parameters);
  });

  it("what is learned does not depend on how fast the device is", async () => {
    const slow: Backend = Object.assign(Object.create(cpu) as Backend, {
      compile: async (...args: Parameters<Backend["compile"]>) => {
        const program = await cpu.compile(...args);
        const run = program.run.bind(program);
        let runs = 0;
        program.run = async (count) => {
          // Chunks are as long as a former one lets expect.
          if (++runs % 8 === 1) await new Promise((resolve) => setTimeout(resolve, 200));
          return run(count);
        };
        return program;
      },
    });
    await using quick = await train(factors, data, { ...options, steps: 400, device: cpu });
    await using slowed = await train(factors, data, { ...options, steps: 400, device: slow });
    expect(slowed.result.trace).toEqual(quick.result.trace);
    expect(slowed.result.parameters).toEqual(quick.result.parameters);
  });

  it("an abort signal ends it between chunks, with what was learned until then", async () => {
    const controller = new AbortController();
    const onProgress = ({ step }: { readonly step: number }): void => {
      if (step >= 20) controller.abort();
    };
    const given = { ...options, steps: 100_000, device: cpu, signal: controller.signal, onProgress };
    await using trained = await train(factors, data, given);
    const { stopped, steps, parameters, trace } = trained.result;
    expect(stopped).toBe("cancelled");
    expect(steps).toBeGreaterThanOrEqual(20);
    expect(steps).toBeLessThan(100_000);
    expect(trace).toHaveLength(steps);
    expect(Object.values(parameters).every((values) => values.every(Number.isFinite))).toBe(true);
    expect(trained.judge().verdict).toBe("not-converged");
    await expect(
      train(factors, data, { ...given, signal: AbortSignal.abort() }).then((own) => own.result.steps),
    ).resolves.toBe(0);
  });
});
