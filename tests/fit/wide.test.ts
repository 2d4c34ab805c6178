/** Fits of so many coordinates that the start knows no correlations. */
import { expect, it } from "vitest";
import { fit, meanField, model, normal, real } from "../../src/index.ts";

it("a start that is far too narrow does not make the steps short for good", async () => {
  const size = 320;
  const sds = Float64Array.from({ length: size }, (_, i) => 0.5 + (i % 7));
  const locs = Float64Array.from({ length: size }, (_, i) => Math.sin(i) * 3);
  const independent = model("independent", ({ plate, sample }) => {
    const k = plate("k", size);
    sample("x", normal(real(locs, [k]), real(sds, [k])), [k]);
  });
  const options = { guide: meanField(), device: "cpu", start: "initial", initialScale: 0.05, seed: 3 } as const;
  const check = { batches: 1, drawsPerBatch: 1000, summaryDraws: 1000, evidenceDraws: 0 };
  await using posterior = await fit(independent, {}, { ...options, steps: 3000, check });
  expect(posterior.result.stopped).toBe("converged");
  const { loc, scale } = posterior.result.guide.moments(posterior.result.lambda)!;
  // A factorised q of a factorised Gaussian has no noise at the optimum: what is left is what the rule lets be.
  for (let i = 0; i < size; i++) {
    expect(Math.abs(loc[i]! - locs[i]!) / sds[i]!).toBeLessThan(0.05);
    expect(Math.abs(Math.log(scale[i]! / sds[i]!))).toBeLessThan(0.05);
  }
});
