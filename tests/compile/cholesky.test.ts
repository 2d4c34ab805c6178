/** Cholesky factors, solves and their gradients on the device against float64, small and in blocks. */
import { expect, test } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { cholesky, logDeterminant } from "../../src/graph/linalg.ts";
import * as g from "../../src/graph/ops.ts";
import { testDevice } from "../support/gpu.ts";

const device = await testDevice();

/** The log density of a Gaussian process with a squared-exponential covariance, and its gradient in the two scales. */
for (const [n, draws] of [
  [2, 8],
  [11, 8],
  [64, 4],
  [200, 2],
] as const) {
  test(`a Gaussian process of ${n} points, ${draws} draws`, async () => {
    const time = new Axis("time", n);
    const draw = drawAxis(draws);
    const twin = time.prime();
    const rho = g.input("rho", [draw], "parameter");
    const noise = g.input("noise", [draw], "parameter");
    const y = g.input("y", [time], "data");
    const distance = g.castF32(g.sub(g.iota(time), g.iota(twin)));
    const same = g.castF32(g.eq(g.iota(time), g.iota(twin)));
    const K = g.exp(g.square(g.div(distance, rho)).mul(-0.5)).add(same.mul(noise));
    const L = cholesky(K, time, twin);
    const z = g.triangularSolve(L, y, time, twin);
    const log = g
      .sum(g.square(z), [time])
      .mul(-0.5)
      .sub(logDeterminant(L, time, twin).mul(0.5));
    const roots = [log, ...gradient(log, [rho, noise])];
    const inputs = new Map([
      ["rho", Float64Array.from({ length: draws }, (_, k) => 1 + 0.3 * k)],
      ["noise", Float64Array.from({ length: draws }, (_, k) => 0.3 + 0.05 * k)],
      ["y", Float64Array.from({ length: n }, (_, k) => Math.sin(0.5 * k))],
    ]);
    const expected = compileEvaluator(roots)(inputs);
    const program = await new GpuBackend(device, scheduleOptionsFor(device)).compile({
      name: "process",
      outputs: { log: roots[0]!, rho: roots[1]!, noise: roots[2]! },
    });
    for (const [name, values] of inputs) program.write(name, values);
    await program.run();
    const actual = await program.read(["log", "rho", "noise"]);
    ["log", "rho", "noise"].forEach((name, k) => {
      const scale = Math.hypot(...expected[k]!);
      for (const [i, value] of expected[k]!.entries()) {
        // The condition number is below 1 + n/0.3; float32 keeps 24 bits of it.
        expect(Math.abs(actual[name]![i]! - value) / scale, `${name}[${i}]`).toBeLessThan(2 ** -22 * (1 + n / 0.3));
      }
    });
    program.dispose();
  });
}

test("a draw whose matrix is not positive definite is NaN, its neighbours are not", async () => {
  const [row, draw] = [new Axis("row", 5), drawAxis(4)];
  const column = row.prime();
  const a = g.input("a", [draw], "parameter");
  const K = g.castF32(g.eq(g.iota(row), g.iota(column))).add(a);
  const log = logDeterminant(cholesky(K, row, column), row, column);
  const program = await new GpuBackend(device, scheduleOptionsFor(device)).compile({
    name: "indefinite",
    outputs: { log },
  });
  program.write("a", [0, 0.5, -0.5, 2]);
  await program.run();
  const { log: got } = await program.read(["log"]);
  const expected = [0, Math.log(3.5), Number.NaN, Math.log(11)];
  expected.forEach((value, k) => {
    if (Number.isNaN(value)) expect(got![k]).toBeNaN();
    else expect(got![k]).toBeCloseTo(value, 5);
  });
  program.dispose();
});
