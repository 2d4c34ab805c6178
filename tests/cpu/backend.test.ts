import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { Axis } from "../../src/graph/axis.ts";
import { GraphError } from "../../src/graph/errors.ts";
import * as g from "../../src/graph/ops.ts";

const i = new Axis("i", 2);
const a = g.input("a", [], "state");
const b = g.input("b", [i], "state");
const rate = g.input("rate", [], "parameter");

const spec = {
  name: "swap",
  outputs: { product: b.mul(a) },
  next: { a: b.sum(i), b: b.add(a.mul(rate)) },
  trace: { before: a },
};

describe("the cpu backend", () => {
  test("computes every next value from the old state, keeps the last outputs and one trace entry a step", async () => {
    const program = await cpuBackend().compile(spec);
    program.write("a", [1]);
    program.write("b", [2, 3]);
    program.write("rate", [10]);
    await program.run(2);
    // a, b: 1, [2, 3] → 5, [12, 13] → 25, [62, 63]; the outputs are those of the second step, from its old state.
    const read = await program.read(["a", "b", "product", "before"]);
    expect([...read.a!]).toEqual([25]);
    expect([...read.b!]).toEqual([62, 63]);
    expect([...read.product!]).toEqual([60, 65]);
    expect([...read.before!]).toEqual([1, 5]);
    program.write("rate", [0]);
    await program.run();
    const again = await program.read(["a", "b", "before"]);
    expect([...again.a!, ...again.b!, ...again.before!]).toEqual([125, 62, 63, 25]);
  });

  test("a next value without some axes of its state fills them", async () => {
    const program = await cpuBackend().compile({ name: "fill", outputs: {}, next: { b: b.sum(i) } });
    program.write("b", [2, 3]);
    await program.run(2);
    expect([...(await program.read(["b"])).b!]).toEqual([10, 10]);
  });

  test("a state that nobody reads is still carried", async () => {
    const program = await cpuBackend().compile({ name: "unread", outputs: {}, next: { last: g.add(rate, 1) } });
    program.write("rate", [4]);
    await program.run(1);
    expect([...(await program.read(["last"])).last!]).toEqual([5]);
  });

  test("a program without states computes its outputs", async () => {
    const program = await cpuBackend().compile({ name: "plain", outputs: { y: rate.exp() } });
    program.write("rate", new Float32Array([0]));
    await program.run();
    expect([...(await program.read(["y"])).y!]).toEqual([1]);
  });

  test("gives the same with and without simplification", async () => {
    const results = [];
    for (const simplify of [true, false]) {
      const program = await cpuBackend({ simplify }).compile(spec);
      for (const [name, values] of [
        ["a", [1]],
        ["b", [2, 3]],
        ["rate", [10]],
      ] as const)
        program.write(name, values);
      await program.run(5);
      results.push(await program.read(["a", "b", "product", "before"]));
    }
    expect(results[0]).toEqual(results[1]);
  });

  test("lets other tasks run", async () => {
    const program = await cpuBackend().compile(spec);
    program.write("a", [0]);
    program.write("b", [0, 0]);
    program.write("rate", [0]);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await program.run(60_000);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  test("refuses unknown names, wrong lengths, unwritten inputs and states without a next value", async () => {
    const program = await cpuBackend().compile(spec);
    expect(() => program.write("nobody", [1])).toThrow(/no input "nobody"/);
    expect(() => program.write("b", [1])).toThrow(/takes 2 values, got 1/);
    await expect(program.run()).rejects.toThrow(/has no values/);
    await expect(program.read(["product"])).rejects.toThrow(/nothing named "product"/);
    await expect(cpuBackend().compile({ name: "broken", outputs: { y: a } })).rejects.toThrow(GraphError);
  });

  test("explains itself", async () => {
    const program = await cpuBackend().compile(spec);
    const { kernels, buffers } = program.explain();
    expect(kernels[0]).toMatchObject({ regime: "cpu", wgsl: "" });
    expect(kernels[0]!.flops).toBeGreaterThan(0);
    expect(buffers.map((buffer) => buffer.name).sort()).toEqual(["a", "b", "rate"]);
    program.dispose();
  });
});
