/** Many fits side by side: each is the fit it would be alone. */
import { describe, expect, it } from "vitest";
import { GpuBackend, gpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { exponential, normal } from "../../src/distributions/index.ts";
import { type FitManyOptions, type FitOptions, fit, fitMany } from "../../src/fit/index.ts";
import type { Backend } from "../../src/graph/program.ts";
import { fullRank } from "../../src/guides/index.ts";
import { index, real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import type { Posterior } from "../../src/posterior/posterior.ts";
import { loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";
import { randomNumbers } from "../support/numbers.ts";

const device = await testDevice();
const gpu = gpuBackend(device);
const BRIEF = { batches: 1, drawsPerBatch: 2000, summaryDraws: 2000, evidenceDraws: 2000 };

interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const NOISE = 3;
const PRIOR = 10;

/** A straight line with known noise: its posterior is Gaussian, with a closed form. */
const line = model("line", ({ plate, sample, observe }, data: Line) => {
  const row = plate("row", data.x.length);
  const intercept = sample("intercept", normal(0, PRIOR));
  const slope = sample("slope", normal(0, PRIOR));
  const x = real(data.x, [row]);
  observe("y", normal(intercept.add(slope.mul(x)), NOISE), real(data.y, [row]));
});

const x = Array.from({ length: 30 }, (_, i) => Math.sin(i) + 0.05 * i);

function simulated(count: number): Line[] {
  const random = randomNumbers(17);
  return Array.from({ length: count }, () => {
    const [a, b] = [random.between(-10, 10), random.between(-5, 5)];
    return { x, y: x.map((value) => a + b * value + NOISE * random.between(-1.7, 1.7)) };
  });
}

/** Posterior mean, sds, and log evidence: log p(y | b) + log p(b) − log p(b | y), the same at any b. */
function exact({ x, y }: Line) {
  const sum = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0) / NOISE ** 2;
  const [a, b, d] = [sum(() => 1) + PRIOR ** -2, sum((i) => x[i]!), sum((i) => x[i]! ** 2) + PRIOR ** -2];
  const [u, v] = [sum((i) => y[i]!), sum((i) => x[i]! * y[i]!)];
  const det = a * d - b * b;
  const mean = [(d * u - b * v) / det, (a * v - b * u) / det] as const;
  const logNormal = (value: number, sd: number): number =>
    -0.5 * (value / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI);
  let evidence = logNormal(mean[0], PRIOR) + logNormal(mean[1], PRIOR);
  for (const [i, value] of y.entries()) evidence += logNormal(value - mean[0] - mean[1] * x[i]!, NOISE);
  return {
    mean,
    sd: [Math.sqrt(d / det), Math.sqrt(a / det)],
    evidence: evidence - (0.5 * Math.log(det) - Math.log(2 * Math.PI)),
  };
}

/** Everything that a fit found, to the last bit. */
const foundBy = (posterior: Posterior) => ({
  lambda: Object.fromEntries(Object.entries(posterior.result.lambda).map(([name, values]) => [name, [...values]])),
  stopped: posterior.result.stopped,
  steps: posterior.result.steps,
  elbo: posterior.elbo.value,
  khat: posterior.khat,
  evidence: posterior.diagnose().evidence?.value,
  summary: posterior.summary().toString(),
});

const alone = async (data: Line, options: FitOptions) => {
  await using posterior = await fit(line, data, options);
  return foundBy(posterior);
};

/** Every program's name and the runs of it. */
function counting(inner: Backend): { backend: Backend; compiled: string[]; runs: string[] } {
  const compiled: string[] = [];
  const runs: string[] = [];
  const backend: Backend = {
    kind: inner.kind,
    description: inner.description,
    estimate: (spec) => inner.estimate(spec),
    dispose() {},
    async compile(spec) {
      compiled.push(spec.name);
      const made = await inner.compile(spec);
      return {
        spec,
        hasInput: (name) => made.hasInput(name),
        write: (name, values, one) => made.write(name, values, one),
        run(steps) {
          runs.push(spec.name);
          return made.run(steps);
        },
        read: (names, fits) => made.read(names, fits),
        explain: () => made.explain(),
        dispose: () => made.dispose(),
      };
    },
  };
  return { backend, compiled, runs };
}

describe("fitMany", () => {
  const datasets = simulated(8);

  it("finds the exact posteriors of eight data sets, and gives the memory back", async () => {
    const before = device.liveBytes;
    const posteriors = await fitMany(line, datasets, { device: gpu, guide: fullRank() });
    expect(posteriors.verdicts).toEqual({ reliable: 8, unreliable: 0, "not-converged": 0, failed: 0 });
    for (const [k, posterior] of [...posteriors].entries()) {
      const { mean, sd, evidence } = exact(datasets[k]!);
      const { loc, scale } = posterior.result.guide.moments(posterior.result.lambda)!;
      for (const i of [0, 1]) {
        // A Gaussian's natural gradient has no noise at the optimum: what is left is what the stopping rule tolerates.
        expect(Math.abs(loc[i]! - mean[i]!)).toBeLessThan(0.05 * sd[i]!);
        expect(Math.abs(Math.log(scale[i]! / sd[i]!))).toBeLessThan(0.05);
      }
      const found = posterior.diagnose().evidence!;
      expect(Math.abs(found.value - evidence)).toBeLessThan(4 * found.standardError! + 1e-4);
    }
    await posteriors[Symbol.asyncDispose]();
    expect(device.liveBytes).toBe(before);
  });

  for (const [name, backend] of [
    ["a workgroup a fit", gpu],
    [
      "a grid a fit",
      new GpuBackend(device, { ...scheduleOptionsFor(device), residentOperations: 0, smallLevelOperations: 0 }),
    ],
    ["interpreted", cpuBackend()],
  ] as const) {
    it(`${name}: fits have the bits they have alone, whatever their neighbours`, async () => {
      const options = { device: backend, check: BRIEF };
      const three = datasets.slice(0, 3);
      // Two at a time: the third takes the seat of the first that ends.
      await using posteriors = await fitMany(line, three, { ...options, seed: 5, together: 2 });
      for (const [k, data] of three.entries()) {
        expect(foundBy(posteriors.at(k))).toEqual(await alone(data, { ...options, seed: 5 + k }));
      }
    });
  }

  it("fits one data set from many seeds, with one program of each kind and few runs", async () => {
    const { model: schools, data } = await loadExample("eight-schools");
    const one = counting(gpu);
    await using single = await fit(schools, data, { device: one.backend, check: BRIEF, seed: 3 });
    const many = counting(gpu);
    const seeds = Array.from({ length: 12 }, (_, k) => ({ seed: k }));
    await using posteriors = await fitMany(schools, data, { device: many.backend, each: seeds, check: BRIEF });
    expect(foundBy(posteriors.at(3))).toEqual(foundBy(single));
    expect(new Set([...posteriors].map(({ elbo }) => elbo.value)).size).toBe(12);
    expect(new Set(many.compiled)).toEqual(new Set(one.compiled));
    expect(many.compiled.filter((name) => !name.startsWith("draws"))).toHaveLength(2);
    // Twelve fits in turn would take twelve times as many runs.
    expect(many.runs.length).toBeLessThan(4 * one.runs.length);
    const { plan } = posteriors.at(0).result;
    expect(plan!.kernels.map(({ regime, workgroups }) => [regime, workgroups])).toEqual([["resident", 12]]);
  });

  it("keeps what goes wrong in one fit from the others", async () => {
    const guarded = model("guarded", ({ plate, sample, observe, factor }, data: Line & { c: number }) => {
      const row = plate("row", data.x.length);
      const slope = sample("slope", normal(0, PRIOR));
      const scale = sample("scale", exponential(1));
      factor("broken", scale.mul(0).add(real(data.c).sqrt()));
      observe("y", normal(slope.mul(real(data.x, [row])), scale), real(data.y, [row]));
    });
    const data = datasets.slice(0, 3).map((one, k) => ({ ...one, c: k === 1 ? -1 : 1 }));
    const stop = new AbortController();
    stop.abort();
    const options = { device: gpu, check: BRIEF };
    await using posteriors = await fitMany(guarded, [...data, data[0]!], {
      ...options,
      each: [{}, {}, {}, { signal: stop.signal }],
    });
    expect([...posteriors].map(({ result }) => result.stopped)).toEqual([
      "converged",
      "failed",
      "converged",
      "cancelled",
    ]);
    expect(posteriors.at(1).reasons.join()).toContain('"broken"');
    expect(posteriors.at(3).verdict).toBe("not-converged");
    for (const k of [0, 2]) {
      await using single = await fit(guarded, data[k]!, { ...options, seed: k });
      expect(foundBy(posteriors.at(k))).toEqual(foundBy(single));
    }
  });

  it("gives each fit its start, its limit of steps all alike, and can go on with fits that were stopped", async () => {
    const two = datasets.slice(0, 2);
    const options = { device: cpuBackend(), check: BRIEF, start: "initial", draws: 4 } as const;
    const each = [{ initial: { slope: 1 } }, { initial: { slope: -2 } }];
    await using short = await fitMany(line, two, { ...options, steps: 20, each });
    for (const k of [0, 1]) {
      expect(short.at(k).result.stopped).toBe("max-steps");
      const expected = await alone(two[k]!, { ...options, steps: 20, seed: k, initial: each[k]!.initial });
      expect(foundBy(short.at(k))).toEqual(expected);
    }
    const resumed = [...short].map(({ result }) => ({ resume: result }));
    await using longer = await fitMany(line, two, { ...options, steps: 30, each: resumed });
    expect([...longer].map(({ result }) => result.steps)).toEqual([50, 50]);
  });

  it("takes an index of each fit's own", async () => {
    const groups = model("groups", ({ plate, sample, observe }, data: { y: number[]; group: number[] }) => {
      const row = plate("row", data.y.length);
      const group = plate("group", 2);
      const level = sample("level", normal(0, PRIOR), [group]);
      observe("y", normal(level.at(index(data.group, [row], group)), 1), real(data.y, [row]));
    });
    const y = [1, 2, 3, 10, 11, 12];
    const data = [
      { y, group: [0, 0, 0, 1, 1, 1] },
      { y, group: [1, 0, 0, 0, 1, 1] },
    ];
    await using posteriors = await fitMany(groups, data, { device: gpu, check: BRIEF });
    for (const [k, { group }] of data.entries()) {
      const { loc, scale } = posteriors.at(k).result.guide.moments(posteriors.at(k).result.lambda)!;
      for (const g of [0, 1]) {
        const total = y.reduce((sum, value, i) => sum + (group[i] === g ? value : 0), 0);
        const precision = 3 + PRIOR ** -2;
        expect(Math.abs(loc[g]! - total / precision)).toBeLessThan(0.05 * precision ** -0.5);
        expect(Math.abs(Math.log(scale[g]! * precision ** 0.5))).toBeLessThan(0.05);
      }
    }
  });

  it("tells how far it is", async () => {
    const seen: string[] = [];
    await using posteriors = await fitMany(line, datasets.slice(0, 2), {
      device: gpu,
      check: BRIEF,
      onProgress: ({ fits, optimised, evaluated }) => seen.push(`${fits} ${optimised} ${evaluated}`),
    });
    expect(posteriors.length).toBe(2);
    expect(seen[0]).toBe("2 0 0");
    expect(seen.at(-1)).toBe("2 2 2");
  });

  it("refuses what it cannot do, and says of which fit", async () => {
    const wrong = (data: Line | readonly Line[], options: FitManyOptions = {}) =>
      fitMany(line, data, { device: gpu, ...options });
    const [data] = datasets as [Line];
    await expect(wrong(data)).rejects.toMatchObject({ code: "wrong-option", message: expect.stringContaining("fits") });
    await expect(wrong([data, data], { fits: 3 })).rejects.toThrow(/2 data sets, but 3 fits/);
    await expect(wrong([])).rejects.toThrow(/from 1 to 65535 fits, got 0/);
    await expect(wrong(data, { fits: 2, each: [{}, { seed: -1 }] })).rejects.toThrow(/fit 1: seed must be/);
    await expect(wrong([data, { ...data, y: [1] }])).rejects.toThrow(/fit 1: .*data\.y/);
    const shorter = { x: x.slice(1), y: data.y.slice(1) };
    await expect(wrong([data, shorter])).rejects.toMatchObject({
      code: "data-differ",
      message: expect.stringMatching(/row:30.*row:29/),
    });
    const scaled = model("scaled", ({ sample, observe }, { sd }: { sd: number }) => {
      observe("y", normal(sample("mu", normal(0, sd)), 1), 1);
    });
    const differ = fitMany(scaled, [{ sd: 1 }, { sd: 2 }], { device: gpu });
    await expect(differ).rejects.toThrow(/fit 1: .*number 1 in the model is 2 .*real\(data\.field\)/);
  });
});
