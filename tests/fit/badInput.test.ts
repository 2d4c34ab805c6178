/** Densities that are not numbers, met while a fit runs: counted, not fatal, unless there is nothing else. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { lkj, multivariateNormal, normal } from "../../src/distributions/index.ts";
import { infer } from "../../src/fit/infer.ts";
import { eq, iota, select } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { meanField } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";

const cpu = cpuBackend();
const Y = [
  [0.9, 0.7],
  [-0.4, -0.6],
  [0.2, 0.5],
  [-1.1, -0.8],
  [0.3, -0.1],
];

/** Pairs with unit variances and the correlation that `entry` makes of a real number. */
const pairs = (name: string, entry: (r: Value) => Value) =>
  model(name, ({ plate, sample, observe }) => {
    const row = plate("row", 2);
    const column = row.prime();
    const pair = plate("pair", Y.length);
    const r = sample("r", normal(0, 0.5));
    const covariance = select(eq(iota(row), iota(column)), 1, entry(r));
    observe("y", multivariateNormal(0, { covariance, row, column }), real(Y, [pair, row]));
  });

describe("a covariance that is not positive definite", () => {
  it("for some draws: they are left out and counted, under the name of their site", async () => {
    // A correlation without a constraint: |r| > 1 now and then.
    const result = await infer(pairs("unconstrained", (r) => r.add(0)).trace({}), cpu, { guide: meanField(), seed: 2 });
    expect(result.nonFinite.total).toBeGreaterThan(0);
    expect(Object.keys(result.nonFinite.bySite)).toEqual(["y"]);
    expect(result.reasons.join()).toMatch(/"y"/);
    const { loc } = result.guide.moments(result.lambda)!;
    expect(loc[0]!).toBeGreaterThan(0);
    expect(loc[0]!).toBeLessThan(1);
  });

  it("for every draw: the fit fails and names the site", async () => {
    const result = await infer(pairs("never", (r) => r.square().add(1.5)).trace({}), cpu, { seed: 2 });
    expect(result.stopped).toBe("failed");
    expect(result.reasons.join()).toMatch(/not finite .*"y"/);
  });
});

describe("an infinite density at the origin", () => {
  it("is no obstacle: other starts are tried", async () => {
    const holed = model("holed", ({ sample, factor }) => {
      const x = sample("x", normal(0, 1));
      factor("hole", x.square().sub(0.5).log());
    });
    const result = await infer(holed.trace({}), cpu, { seed: 1 });
    expect(result.stopped).not.toBe("failed");
    expect(Math.abs(result.guide.moments(result.lambda)!.loc[0]!)).toBeGreaterThan(Math.SQRT1_2);
  });

  it("and everywhere else: the fit fails and names the site", async () => {
    const impossible = model("impossible", ({ sample, factor }) => {
      const x = sample("x", normal(0, 1));
      factor("zero", select(x.gt(1e9), 0, Number.NEGATIVE_INFINITY));
    });
    const result = await infer(impossible.trace({}), cpu, { seed: 1 });
    expect(result.stopped).toBe("failed");
    expect(result.reasons.join()).toMatch(/"zero"/);
  });
});

describe("a correlation matrix as data", () => {
  const correlations = (R: number[][], size: number) =>
    model<{ R: number[][] }>("correlations", ({ plate, sample, observe }, data) => {
      const row = plate("row", size);
      const column = row.prime();
      const eta = sample("eta", normal(0, 1)).exp();
      observe("R", lkj(row, column, eta), real(data.R, [row, column]));
    }).trace({ R });

  it("of the wrong size is an error that names the field and the plate, before anything runs", () => {
    const three = [
      [1, 0.2, 0],
      [0.2, 1, 0.1],
      [0, 0.1, 1],
    ];
    expect(correlations(three, 3).latents.length).toBe(1);
    expect(() => correlations(three, 2)).toThrow(/data\.R.*row/);
  });

  it("that is none is an error that names the site", () => {
    const apart = [
      [1, 2],
      [2, 1],
    ];
    expect(() => correlations(apart, 2)).toThrow(/^R.*correlation matrix/);
  });
});
