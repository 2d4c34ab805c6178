import { expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { infer } from "../../src/fit/infer.ts";
import { fullRank, meanField } from "../../src/guides/index.ts";
import { type ExampleName, loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";

const gpu = gpuBackend(await testDevice());

const cases: readonly [ExampleName, typeof meanField][] = [
  ["eight-schools", meanField],
  ["kidscore-momiq", fullRank],
];

for (const [name, guide] of cases) {
  it(`${name}: the GPU and the reference fit alike from the same seed`, async () => {
    const { model, data } = await loadExample(name);
    const traced = model.trace(data);
    const [a, b] = [
      await infer(traced, gpu, { guide: guide(), seed: 2 }),
      await infer(traced, cpuBackend(), { guide: guide(), seed: 2 }),
    ];
    expect(a.stopped).toBe("converged");
    const [onGpu, onCpu] = [a.guide.moments(a.lambda)!, b.guide.moments(b.lambda)!];
    onGpu.loc.forEach((loc, i) => {
      expect(Math.abs(loc - onCpu.loc[i]!) / onCpu.scale[i]!).toBeLessThan(0.08);
      expect(Math.abs(Math.log(onGpu.scale[i]! / onCpu.scale[i]!))).toBeLessThan(0.08);
    });
    expect(a.plan!.kernels.length).toBeGreaterThan(0);
  });
}
