/** Plates with a batch: unbiased steps, answers of all data, refusals. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Backend } from "../../src/graph/program.ts";
import {
  add,
  bernoulli,
  compileElbo,
  FitError,
  fit,
  fitMany,
  fullRank,
  index,
  iwae,
  ModelError,
  meanField,
  model,
  normal,
  real,
} from "../../src/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { testDevice } from "../support/gpu.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

const SIZE = 60;
const BATCH = 7;
const data = {
  x: Array.from({ length: SIZE }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i * i)]),
  group: Array.from({ length: SIZE }, (_, i) => (i * i) % 3),
  y: Array.from({ length: SIZE }, (_, i) => ((i * 7) % 5 < 2 ? 1 : 0)),
};

/** A logistic regression with an intercept a group, of which the last has no rows, and a second term of the log joint over the same rows. */
const regression = (batch: number | undefined) =>
  model("rows in batches", ({ plate, sample, observe, factor }, given: typeof data) => {
    const row = plate("row", given.y.length, batch === undefined ? {} : { batch });
    const column = plate("column", 2);
    const group = plate("group", 3);
    const slope = sample("slope", normal(0, 2), [column]);
    const level = sample("level", normal(0, 1), [group]);
    const member = index(given.group, [row], group);
    const x = real(given.x, [row, column]);
    const logits = add(x.mul(slope).sum(column), level.at(member));
    observe("y", bernoulli({ logits }), real(given.y, [row]));
    factor("ridge", logits.square().mul(-0.01));
  });

/** Log joint and gradient at one z, for each of some steps. */
async function evaluate(traced: TracedModel, backend: Backend, steps: number): Promise<number[][]> {
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const seen = traced.drawnBatches(source, traced.coordinate);
  const z = input("z", [traced.coordinate, drawAxis(1)], "parameter");
  const { logJoint } = seen.at(z);
  const [slope] = gradient(logJoint, [z]);
  const program = await backend.compile({ name: "log joint", outputs: { logJoint, slope: slope! } });
  for (const [name, values] of traced.inputs) program.write(name, values);
  program.write("z", [0.3, -0.8, 0.5, 0.1, -1.2]);
  if (program.hasInput("seed")) program.write("seed", [5]);
  if (program.hasInput("drawOffset")) program.write("drawOffset", [0]);
  const found: number[][] = [];
  for (let step = 0; step < steps; step++) {
    if (program.hasInput("step")) program.write("step", [step]);
    await program.run();
    const { logJoint: value, slope: g } = await program.read(["logJoint", "slope"]);
    found.push([value![0]!, ...g!]);
  }
  program.dispose();
  return found;
}

describe("log joint and gradient of batches", () => {
  const full = regression(BATCH).trace(data);
  const batched = regression(BATCH).trace(data, { minibatch: true });

  it("average to those of all data", async () => {
    const steps = 4000;
    const [exact] = await evaluate(full, cpu, 1);
    const draws = await evaluate(batched, cpu, steps);
    for (const [k, value] of exact!.entries()) {
      const column = draws.map((draw) => draw[k]!);
      const mean = column.reduce((a, b) => a + b) / steps;
      const variance = column.reduce((total, x) => total + (x - mean) ** 2, 0) / (steps - 1);
      // Four standard errors of the average of independent batches; a group without rows has the same slope in all.
      expect(Math.abs(mean - value)).toBeLessThan(4 * Math.sqrt(variance / steps) + 1e-12);
      if (k !== 5) expect(variance).toBeGreaterThan(1e-3);
    }
  });

  it("are the same on the device", async () => {
    const [onCpu, onGpu] = [await evaluate(batched, cpu, 3), await evaluate(batched, gpu, 3)];
    onCpu.forEach((draw, step) => {
      draw.forEach((value, k) => {
        expect(Math.abs(onGpu[step]![k]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
      });
    });
  });
});

for (const backend of [cpu, gpu]) {
  it(`a fit reports the bound of all data and reaches its optimum (${backend.kind})`, async () => {
    const check = { batches: 1, drawsPerBatch: 10_000, summaryDraws: 1000, evidenceDraws: 0 };
    const bound = async (device: Backend, batch: number | undefined, steps: number) => {
      await using posterior = await fit(regression(batch), data, { device, guide: fullRank(), seed: 2, check, steps });
      return posterior.elbo;
    };
    const [whole, batches] = [await bound(cpu, undefined, 1500), await bound(backend, 20, 700)];
    const error = 4 * Math.hypot(whole.standardError, batches.standardError);
    // Steps that see a third of the rows end near the optimum of all: 0.05 nats of about -40.
    expect(Math.abs(whole.value - batches.value)).toBeLessThan(0.05 + error);
  });
}

it("the ELBO as a function: over seeds and steps, value and gradient of batches are those of all data on average", async () => {
  const options = { guide: meanField(), draws: 4, device: cpu } as const;
  using whole = await compileElbo(regression(undefined), data, options);
  using batched = await compileElbo(regression(BATCH), data, options);
  using onDevice = await compileElbo(regression(BATCH), data, { ...options, device: gpu });
  const lambda = batched.initial();
  const runs = 400;
  const differences: number[][] = [];
  for (let step = 0; step < runs; step++) {
    // The same draws, of which the average over batches is that of all data.
    const [a, b] = [await whole.evaluate(lambda, { seed: 3, step }), await batched.evaluate(lambda, { seed: 3, step })];
    differences.push([b.value - a.value, ...b.gradient.loc!.map((g, i) => g - a.gradient.loc![i]!)]);
  }
  for (const k of differences[0]!.keys()) {
    const own = differences.map((run) => run[k]!);
    const mean = own.reduce((x, y) => x + y) / runs;
    const sd = Math.sqrt(own.reduce((x, y) => x + (y - mean) ** 2, 0) / (runs - 1));
    expect(Math.abs(mean)).toBeLessThan((4 * sd) / Math.sqrt(runs) + 1e-9);
  }
  // Evaluations differ by far more than their draws alone would make them: they see a batch.
  expect(Math.max(...differences.map(([value]) => Math.abs(value!)))).toBeGreaterThan(1);
  const at = { seed: 3, step: 17 };
  const [wanted, got] = [await batched.evaluate(lambda, at), await onDevice.evaluate(lambda, at)];
  expect(Math.abs(got.value - wanted.value)).toBeLessThan(1e-4 * Math.abs(wanted.value));
  const objective = iwae({ draws: 4 });
  await expect(compileElbo(regression(BATCH), data, { ...options, objective })).rejects.toThrow(
    /leave out the plate's/,
  );
});

it("many fits side by side see batches, each its own: as if fitted alone", async () => {
  const other = { ...data, y: data.y.map((y, i) => (i % 3 === 0 ? 1 - y : y)) };
  const settings = { device: gpu, guide: meanField(), steps: 120 } as const;
  const check = { batches: 1, drawsPerBatch: 1000, summaryDraws: 500, evidenceDraws: 0 };
  await using many = await fitMany(regression(20), [data, other], { ...settings, seed: 4, check });
  for (const [fitted, own] of [data, other].entries()) {
    await using alone = await fit(regression(20), own, { ...settings, seed: 4 + fitted, check });
    const { elboTrace, lambda } = many.at(fitted).result;
    expect([...elboTrace]).toEqual([...alone.result.elboTrace]);
    expect([...lambda.loc!]).toEqual([...alone.result.lambda.loc!]);
  }
  // Entries are drawn afresh: the ELBO of a step jumps by more than that of all data does.
  const jumps = ({ result: { elboTrace } }: { result: { elboTrace: Float64Array } }): number =>
    elboTrace.slice(-100).reduce((sum, x, i, all) => sum + Math.abs(x - all[Math.max(0, i - 1)]!), 0);
  await using whole = await fit(regression(undefined), data, { ...settings, seed: 4, check });
  expect(jumps(many.at(0))).toBeGreaterThan(2 * jumps(whole));
  const locOf = (fitted: number): Float64Array => {
    const { guide, lambda } = many.at(fitted).result;
    return guide.moments(lambda)!.loc;
  };
  expect(locOf(0)).not.toEqual(locOf(1));
});

describe("refusals", () => {
  const y = data.y;
  const made = (fn: Parameters<typeof model<{ y: number[] }>>[1]) =>
    model<{ y: number[] }>("refused", fn).trace({ y }, { minibatch: true });

  it("latents of the plate, in a fit", async () => {
    const local = model("local", ({ plate, sample, observe }, given: { y: number[] }) => {
      const row = plate("row", given.y.length, { batch: 5 });
      const z = sample("z", normal(0, 1), [row]);
      observe("y", normal(z, 1), real(given.y, [row]));
    });
    await expect(fit(local, { y }, { device: "cpu" })).rejects.toThrow(FitError);
    const refusal = /z: .*"row".*batch of 5; leave out the batch/;
    await expect(fit(local, { y }, { device: "cpu" })).rejects.toThrow(refusal);
    await expect(fitMany(local, [{ y }], { device: "cpu" })).rejects.toThrow(refusal);
    await expect(compileElbo(local, { y }, { device: "cpu" })).rejects.toThrow(refusal);
  });

  it("densities that mix the entries", () => {
    expect(() =>
      made(({ plate, sample, factor }, given) => {
        const row = plate("row", given.y.length, { batch: 5 });
        const mu = sample("mu", normal(0, 1));
        factor("total", real(given.y, [row]).sub(mu).square().mul(-0.5).sum(row));
      }),
    ).toThrow(/total: its density mixes entries of the plate "row"/);
  });

  it("pointers into the plate, pairs of its entries, missing entries, batches that are no batches", () => {
    expect(() =>
      made(({ plate }, given) => {
        const row = plate("row", given.y.length, { batch: 5 });
        index([1, 2], [plate("pair", 2)], row);
      }),
    ).toThrow(/points into the plate "row"/);
    expect(() =>
      made(({ plate }, given) => {
        const row = plate("row", given.y.length, { batch: 5 });
        real(new Float64Array(SIZE * SIZE), [row, row.prime()]);
      }),
    ).toThrow(/pairs of its entries/);
    expect(() =>
      made(({ plate }) => {
        real([null as unknown as number, ...y.slice(1)], [plate("row", SIZE, { batch: 5 })], { missing: true });
      }),
    ).toThrow(/missing entries along a plate with a batch/);
    for (const batch of [0, 2.5, 61]) {
      expect(() => made(({ plate }) => void plate("row", SIZE, { batch }))).toThrow(ModelError);
    }
  });
});
