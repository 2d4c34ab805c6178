/** Outputs of many turns, kept on the device and read a few at a time. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { openDevice } from "../../src/compile/openDevice.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { CompiledElbo } from "../../src/fit/compileElbo.ts";
import { Turns, turnState } from "../../src/fit/turns.ts";
import { Axis } from "../../src/graph/axis.ts";
import { add, castF32, iota, mul, sum } from "../../src/graph/ops.ts";
import { meanField } from "../../src/guides/index.ts";
import { loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const gpu = await testDevice();

describe.each([
  ["cpu", cpuBackend()],
  ["gpu", gpuBackend(gpu)],
])("turns on the %s", (_kind, backend) => {
  it.each([
    { turns: 1, size: 3, kept: 1 },
    { turns: 150, size: 3, kept: 64 },
    { turns: 5, size: 20_000, kept: 1 },
  ])("$turns of them, with $size numbers each", async ({ turns, size, kept }) => {
    const axis = new Axis("entry", size);
    const turn = turnState();
    const entries = add(mul(castF32(turn), 1000), castF32(iota(axis)));
    const program = new Turns("turns", turn, { entries, total: sum(entries, [axis]), seven: sum(7, []) }, turns);
    expect(program.kept).toBe(kept);
    const executable = await backend.compile(program.spec);
    program.begin(executable);
    // Twice: the second time begins anew.
    for (let repetition = 0; repetition < 2; repetition++) {
      let seen = 0;
      await program.forEach(executable, (found) => {
        const expected = Float64Array.from({ length: size }, (_, i) => 1000 * seen + i);
        expect(found.entries).toEqual(expected);
        const total = expected.reduce((a, b) => a + b, 0);
        expect(Math.abs(found.total![0]! - total)).toBeLessThanOrEqual(1e-6 * total);
        expect(found.seven).toEqual(Float64Array.of(7));
        seen++;
      });
      expect(seen).toBe(turns);
    }
    executable.dispose();
  });
});

describe("an ELBO of more draws than a turn has", () => {
  it("agrees with float64, on the same draws", async () => {
    const { model, data } = await loadExample("eight-schools");
    const at = { seed: 4, step: 2 };
    const evaluate = async (kind: "cpu" | "gpu") => {
      await using device = await openDevice({ kind });
      using elbo = await CompiledElbo.compile(model, data, { device, guide: meanField(), draws: 9000 });
      expect(elbo.chunk).toBe(3000);
      return await elbo.evaluate(elbo.initial(), at);
    };
    const [exact, found] = [await evaluate("cpu"), await evaluate("gpu")];
    expect(found.nonFinite).toBe(exact.nonFinite);
    expect(Math.abs(found.value - exact.value)).toBeLessThan(1e-5 * Math.abs(exact.value));
    expect(Math.abs(found.standardError / exact.standardError - 1)).toBeLessThan(1e-3);
    for (const [name, values] of Object.entries(exact.gradient)) {
      const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      values.forEach((value, i) => {
        expect(Math.abs(found.gradient[name]![i]! - value)).toBeLessThan(1e-4 * largest);
      });
    }
  });
});
