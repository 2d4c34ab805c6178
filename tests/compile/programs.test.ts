import { describe, expect, it } from "vitest";
import { GpuBackend, gpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import * as o from "../../src/graph/ops.ts";
import type { Backend, ProgramSpec } from "../../src/graph/program.ts";
import { at, window } from "../../src/graph/reindex.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();
const gpu = gpuBackend(device);
const cpu = cpuBackend();

type Inputs = Record<string, ArrayLike<number>>;

async function runOn(backend: Backend, spec: ProgramSpec, inputs: Inputs, steps: number) {
  const program = await backend.compile(spec);
  try {
    for (const [name, values] of Object.entries(inputs)) program.write(name, values);
    await program.run(steps);
    const names = [...Object.keys(spec.outputs), ...Object.keys(spec.next ?? {}), ...Object.keys(spec.trace ?? {})];
    return { values: await program.read(names), explanation: program.explain() };
  } finally {
    program.dispose();
  }
}

/** Runs on both and compares; the tolerance is relative to the largest entry of each value. */
async function compare(spec: ProgramSpec, inputs: Inputs, steps = 1, tolerance = 2e-5, backend: Backend = gpu) {
  const expected = await runOn(cpu, spec, inputs, steps);
  const actual = await runOn(backend, spec, inputs, steps);
  for (const [name, values] of Object.entries(expected.values)) {
    const got = actual.values[name]!;
    expect(got.length, name).toBe(values.length);
    const scale = Math.max(1e-3, ...values.map(Math.abs));
    let worst = 0;
    values.forEach((v, i) => {
      worst = Math.max(worst, Math.abs(v - got[i]!) / scale);
      if (!(Math.abs(v - got[i]!) <= tolerance * scale)) worst = Number.POSITIVE_INFINITY;
    });
    expect(worst, `${name}: ${[...got.slice(0, 6)]} against ${[...values.slice(0, 6)]}`).toBeLessThanOrEqual(tolerance);
  }
  return actual.explanation;
}

const ramp = (n: number, f: (i: number) => number = (i) => Math.sin(1 + 3 * i)) =>
  Float64Array.from({ length: n }, (_, i) => f(i));
const u32 = (name: string) => o.input(name, [], "parameter", "u32");

describe("compiled programs agree with the interpreter", () => {
  it("a large contraction whose sizes no block divides, with what follows it", async () => {
    const [row, column, inner] = [new Axis("row", 203), new Axis("column", 259), new Axis("inner", 41)];
    const x = o.input("x", [row, inner], "parameter");
    const y = o.input("y", [inner, column], "parameter");
    const out = o.tanh(o.sum(o.mul(x, y), [inner]).add(o.input("bias", [column], "parameter")));
    const inputs = { x: ramp(x.size), y: ramp(y.size, (i) => Math.cos(2 + 5 * i)), bias: ramp(259) };
    await compare({ name: "contraction", outputs: { out } }, inputs);
  });

  it("a map over two axes", async () => {
    const a = new Axis("a", 5);
    const b = new Axis("b", 7);
    const x = o.input("x", [a], "parameter");
    const y = o.input("y", [b], "parameter");
    const out = o.add(o.mul(o.exp(x), y), o.castF32(o.iota(b)));
    await compare({ name: "map", outputs: { out } }, { x: ramp(5), y: ramp(7) });
  });

  it("reductions, short and long", async () => {
    const a = new Axis("a", 3);
    const n = new Axis("n", 20011);
    const x = o.input("x", [a, n], "parameter");
    const outputs = {
      sum: o.sum(o.square(x), [n]),
      max: o.maximum(x, [n]),
      lse: o.logSumExp(x, [n]),
      all: o.sum(x, [a, n]),
    };
    await compare({ name: "reduce", outputs }, { x: ramp(3 * 20011) });
  });

  it("normals and a draw axis of lanes", async () => {
    const draw = drawAxis(64);
    const c = new Axis("c", 10);
    const noise = o.random("normal", 3, [c, draw], { seed: u32("seed"), step: u32("step"), drawOffset: u32("offset") });
    const scale = o.input("scale", [c], "parameter");
    const z = o.mul(noise, o.exp(scale));
    const outputs = { z, mean: o.mean(z, [draw]), total: o.sum(o.square(z), [c]) };
    await compare({ name: "normals", outputs }, { seed: [7], step: [3], offset: [11], scale: ramp(10) });
  });

  it("a logistic regression's log joint and gradient", async () => {
    const draw = drawAxis(16);
    const n = new Axis("n", 3020);
    const coordinate = new Axis("coordinate", 2);
    const z = o.input("z", [coordinate, draw], "parameter");
    const x = o.input("x", [n], "data");
    const y = o.input("y", [n], "data");
    const eta = o.add(at(z, coordinate, 0), o.mul(at(z, coordinate, 1), x));
    const logJoint = o.sum(o.sub(o.mul(y, eta), o.softplus(eta)), [n]);
    const [g] = gradient(logJoint, [z]);
    const spec = { name: "wells", outputs: { logJoint, g: g! } };
    const inputs = { z: ramp(32), x: ramp(3020), y: ramp(3020, (i) => i % 2) };
    await compare(spec, inputs);
  });

  it("a sum over rows that do not fill the last tile, for very many draws", async () => {
    const draw = drawAxis(13376);
    const n = new Axis("n", 3020);
    const slope = o.input("slope", [draw], "parameter");
    const total = o.sum(o.softplus(o.mul(o.input("x", [n], "data"), slope)), [n]);
    await compare({ name: "many draws", outputs: { total } }, { slope: ramp(13376), x: ramp(3020) });
  });

  it("two draw axes of different extents, each cut into tiles of its own", async () => {
    const sums = [20_000, 32_000].map((draws) => {
      const draw = drawAxis(draws);
      return o.sum(o.square(o.input(`x${draws}`, [draw], "parameter")), [draw]);
    });
    const outputs = { few: sums[0]!, many: sums[1]! };
    await compare({ name: "two draws", outputs }, { x20000: ramp(20_000), x32000: ramp(32_000) });
  });

  it("county-major sums", async () => {
    const draw = drawAxis(16);
    const n = new Axis("n", 919);
    const county = new Axis("county", 85);
    const alpha = o.input("alpha", [county, draw], "parameter");
    const logSigma = o.input("logSigma", [draw], "parameter");
    const y = o.input("y", [n], "data");
    const index = o.indexInput("index", [n], county);
    const residual = o.mul(o.sub(y, o.gather(alpha, county, index)), o.exp(o.neg(logSigma)));
    const logJoint = o.sum(o.sub(o.mul(o.square(residual), -0.5), logSigma), [n]);
    const [ga, gs] = gradient(logJoint, [alpha, logSigma]);
    const spec = { name: "radon", outputs: { logJoint, ga: ga!, gs: gs! } };
    const inputs = {
      alpha: ramp(85 * 16),
      logSigma: ramp(16, (i) => 0.1 * Math.cos(i)),
      y: ramp(919),
      index: ramp(919, (i) => (i * 37) % 85),
    };
    const explanation = await compare(spec, inputs, 1, 1e-4);
    const largest = Math.max(...explanation.buffers.map((b) => b.bytes));
    expect(largest).toBeLessThan(4 * 919 * 16);
  });

  it("states and traces over many steps", async () => {
    const c = new Axis("c", 6);
    const x = o.input("x", [c], "state");
    const t = o.input("t", [], "state", "u32");
    const rate = o.div(0.1, o.sqrt(o.add(o.castF32(t), 1)));
    const loss = o.sum(o.square(o.sub(x, 3)), [c]);
    const [g] = gradient(loss, [x]);
    const shifted = window(x, c, c, -1);
    const next = { x: o.add(o.sub(x, o.mul(rate, g!)), o.mul(shifted, 1e-3)), t: o.add(t, 1) };
    const spec = { name: "descent", outputs: { loss }, next, trace: { loss } };
    const explanation = await compare(spec, { x: ramp(6), t: [0] }, 57);
    expect(explanation.stepsPerDispatch).toBeGreaterThan(50);
    // The same, as separate dispatches.
    const options = { ...scheduleOptionsFor(device), residentOperations: 0, smallLevelOperations: 0, lanes: false };
    await compare(spec, { x: ramp(6), t: [0] }, 57, 2e-5, new GpuBackend(device, options));
  });

  it("states that become each other, also by broadcasting", async () => {
    const c = new Axis("c", 70);
    const a = o.input("a", [c], "state");
    const b = o.input("b", [c], "state");
    const s = o.input("s", [], "state");
    const next = { a: b, b: s, s: o.add(s, o.sum(a, [c])) };
    await compare({ name: "swap", outputs: {}, next }, { a: ramp(70), b: ramp(70, Math.cos), s: [0.5] }, 5);
  });

  it("triangular solves", async () => {
    const draw = drawAxis(8);
    const row = new Axis("row", 12);
    const column = row.prime();
    const L = o.input("L", [row, column], "parameter");
    const b = o.input("b", [row, draw], "parameter");
    const outputs = { x: o.triangularSolve(L, b, row, column), xt: o.triangularSolve(L, b, row, column, true) };
    const lower = ramp(144, (i) => (i % 12 > Math.floor(i / 12) ? 0 : i % 13 === 0 ? 2 : 0.3 * Math.sin(i)));
    await compare({ name: "solve", outputs }, { L: lower, b: ramp(96) });
  });
});
