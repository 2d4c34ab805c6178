/** Layers against the same arithmetic written out, in float64 and on the device. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, sizeOf } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { type Activation, type DeclareParameter, dense, glorot, gru, layer } from "../../src/networks/index.ts";
import { testDevice } from "../support/gpu.ts";

const backends = [cpuBackend(), gpuBackend(await testDevice())];
const row = new Axis("row", 4);
const time = new Axis("time", 5);
const from = new Axis("from", 3);
const to = new Axis("to", 2);

/** Parameters as inputs, with numbers between −1 and 1. */
function weights(): { declare: DeclareParameter; values: Map<string, Float64Array>; inputs: Map<string, Value> } {
  const values = new Map<string, Float64Array>();
  const inputs = new Map<string, Value>();
  const declare: DeclareParameter = (name, axes = []) => {
    const made = input(name, axes, "parameter");
    inputs.set(name, made);
    values.set(
      name,
      Float64Array.from({ length: sizeOf(axes) }, (_, i) => Math.sin(7 * i + 3 * name.length + name.charCodeAt(4))),
    );
    return made;
  };
  return { declare, values, inputs };
}

const f: Record<Activation, (x: number) => number> = {
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  softplus: (x) => Math.log1p(Math.exp(x)),
  none: (x) => x,
};

describe.each(backends)("$kind", (backend) => {
  const tolerance = backend.kind === "cpu" ? 1e-12 : 1e-5;

  it.each(["tanh", "relu", "softplus", "none"] as const)("dense, %s", async (activation) => {
    const { declare, values } = weights();
    const x = input("x", [row, from], "parameter");
    const y = dense(declare, "layer", x, from, to, { activation });
    const program = await backend.compile({ name: "dense", outputs: { y } });
    const data = Float64Array.from({ length: 12 }, (_, i) => Math.cos(i));
    program.write("x", data);
    for (const [name, array] of values) program.write(name, array);
    await program.run();
    const { y: found } = await program.read(["y"]);
    const [w, b] = [values.get("layer.weight")!, values.get("layer.bias")!];
    for (let n = 0; n < 4; n++) {
      for (let j = 0; j < 2; j++) {
        let expected = b[j]!;
        for (let i = 0; i < 3; i++) expected += data[n * 3 + i]! * w[i * 2 + j]!;
        expect(Math.abs(found![n * 2 + j]! - f[activation](expected))).toBeLessThan(tolerance);
      }
    }
    program.dispose();
  });

  it("a layer from an axis to itself mixes its entries, and is declared once however often it is used", async () => {
    const { declare, values } = weights();
    const x = input("x", [row, from], "parameter");
    const once = layer(declare, "layer", from, from);
    const y = once(once(x));
    expect(y.axes).toEqual([row, from]);
    const program = await backend.compile({ name: "square", outputs: { y } });
    const data = Float64Array.from({ length: 12 }, (_, i) => Math.cos(i));
    program.write("x", data);
    for (const [name, array] of values) program.write(name, array);
    await program.run();
    const { y: found } = await program.read(["y"]);
    const [w, b] = [values.get("layer.weight")!, values.get("layer.bias")!];
    // The twin, which the input runs along, was made after the axis itself.
    const through = (h: readonly number[]): number[] =>
      [0, 1, 2].map((j) => h.reduce((sum, v, i) => sum + v * w[j * 3 + i]!, b[j]!));
    for (let n = 0; n < 4; n++) {
      const expected = through(through([0, 1, 2].map((i) => data[n * 3 + i]!)));
      expected.forEach((v, j) => {
        expect(Math.abs(found![n * 3 + j]! - v)).toBeLessThan(tolerance);
      });
    }
    program.dispose();
  });

  it("a gated recurrent unit, forwards and backwards", async () => {
    for (const reverse of [false, true]) {
      const { declare, values } = weights();
      const x = input("x", [row, time, from], "parameter");
      const h = gru(declare, "cell", x, from, to, time, { reverse });
      const program = await backend.compile({ name: "gru", outputs: { h } });
      const data = Float64Array.from({ length: 60 }, (_, i) => Math.cos(2 * i));
      program.write("x", data);
      for (const [name, array] of values) program.write(name, array);
      await program.run();
      const { h: found } = await program.read(["h"]);
      // Canonical order is that of creation: row, time, to.
      for (let n = 0; n < 4; n++) {
        const states = unrolled(values, (t, i) => data[(n * 5 + t) * 3 + i]!, reverse);
        states.forEach((state, t) => {
          state.forEach((value, j) => {
            expect(Math.abs(found![(n * 5 + t) * 2 + j]! - value)).toBeLessThan(tolerance);
          });
        });
      }
      program.dispose();
    }
  });

  it("the gradient of a recurrent unit in its weights is that of central differences", async () => {
    const { declare, values, inputs } = weights();
    const x = input("x", [time, from], "parameter");
    const total = gru(declare, "cell", x, from, to, time).square().sum(time, to);
    const names = [...inputs.keys()];
    const slopes = gradient(total, [...inputs.values()]);
    const data = Float64Array.from({ length: 15 }, (_, i) => Math.cos(2 * i));
    const outputs = Object.fromEntries(names.map((name, i) => [name.replace("cell", "slope"), slopes[i]!]));
    const program = await backend.compile({ name: "gru gradient", outputs });
    program.write("x", data);
    for (const [name, array] of values) program.write(name, array);
    await program.run();
    const found = await program.read(Object.keys(outputs));
    const at = (name: string, k: number, by: number): number => {
      const moved = new Map(values);
      moved.set(
        name,
        Float64Array.from(values.get(name)!, (v, i) => (i === k ? v + by : v)),
      );
      return unrolled(moved, (t, i) => data[t * 3 + i]!, false).reduce((sum, s) => sum + s[0]! ** 2 + s[1]! ** 2, 0);
    };
    for (const name of names) {
      found[name.replace("cell", "slope")]!.forEach((slope, k) => {
        const difference = (at(name, k, 1e-5) - at(name, k, -1e-5)) / 2e-5;
        // Central differences are good to about 1e-9 here.
        expect(Math.abs(slope - difference)).toBeLessThan(backend.kind === "cpu" ? 1e-8 : 1e-4);
      });
    }
    program.dispose();
  });
});

/** States of the unit in plain numbers: Cho et al. (2014), eq. 5–8. */
function unrolled(
  values: ReadonlyMap<string, Float64Array>,
  x: (t: number, i: number) => number,
  reverse: boolean,
): number[][] {
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const states: number[][] = [];
  let h = [0, 0];
  const order = reverse ? [4, 3, 2, 1, 0] : [0, 1, 2, 3, 4];
  for (const t of order) {
    const part = (which: string, state: readonly number[], j: number): number => {
      const get = (name: string): Float64Array => values.get(`cell.${which}.${name}`)!;
      let sum = get("bias")[j]!;
      for (let i = 0; i < 3; i++) sum += x(t, i) * get("weight")[i * 2 + j]!;
      // The twin axis, which the state is summed over, was made after the axis itself.
      for (let k = 0; k < 2; k++) sum += state[k]! * get("recurrent")[j * 2 + k]!;
      return sum;
    };
    const r = [0, 1].map((j) => sigmoid(part("reset", h, j)));
    const u = [0, 1].map((j) => sigmoid(part("update", h, j)));
    const gated = h.map((v, j) => v * r[j]!);
    const candidate = [0, 1].map((j) => Math.tanh(part("candidate", gated, j)));
    h = h.map((v, j) => u[j]! * v + (1 - u[j]!) * candidate[j]!);
    states[t] = h;
  }
  return states;
}

it("Glorot's first weights: uniform on ±√(6/(from + to))", () => {
  let next = 0;
  const made = glorot(from, to)(1000, () => (next++ + 0.5) / 1000);
  const bound = Math.sqrt(6 / 5);
  expect(Math.max(...made)).toBeCloseTo(bound, 2);
  expect(Math.min(...made)).toBeCloseTo(-bound, 2);
  // Variance of a uniform: 2/(from + to).
  expect(made.reduce((sum, v) => sum + v * v, 0) / 1000).toBeCloseTo(2 / 5, 4);
});
