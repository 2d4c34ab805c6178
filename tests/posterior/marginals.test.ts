/** What q gives without drawing: against closed forms, and against draws where there are none. */
import { describe, expect, it } from "vitest";
import { flat, normal } from "../../src/distributions/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { marginalsOf } from "../../src/posterior/marginals.ts";
import { checked, diagonalGuide, fitted } from "./support.ts";

const Z95 = 1.6448536269514722;
const probabilities = [0.05, 0.5, 0.95];

const sites = model<{ y: number[] }>("sites", ({ plate, sample, observe }, data) => {
  const [column, row] = [plate("column", 2), plate("row", 2)];
  const n = plate("n", data.y.length);
  sample("b", normal(0, 1), [row, column]);
  const scale = sample("scale", flat({ lower: 0 }));
  sample("below", flat({ upper: 3 }));
  sample("share", flat({ lower: -1, upper: 3 }));
  sample("above", flat({ lower: scale }));
  observe("y", normal(0, scale), real(data.y, [n]));
});
const traced = sites.trace({ y: [1, 2] });
const loc = [1e6, 12, 21, 22, 0.5, -0.3, 0.4, 0.2];
const sd = [0.5, 1, 2, 3, 0.8, 0.6, 1.5, 0.3];
const found = marginalsOf(fitted(traced, diagonalGuide(traced, loc, sd)), probabilities);

describe("marginals of a Gaussian guide", () => {
  it("of a site on the real line are its own, in the user's order, far from zero too", () => {
    [0, 1, 2, 3].forEach((i) => {
      const { mean, sd: deviation, quantiles } = found.get(i)!;
      expect(mean).toBeCloseTo(loc[i]!, 8);
      expect(deviation).toBeCloseTo(sd[i]!, 8);
      expect(quantiles[0]).toBeCloseTo(loc[i]! - Z95 * sd[i]!, 8);
      expect(quantiles[2]).toBeCloseTo(loc[i]! + Z95 * sd[i]!, 8);
    });
  });

  it("of a positive site are log-normal", () => {
    const { mean, sd: deviation, quantiles } = found.get(4)!;
    const expected = Math.exp(0.5 + 0.8 ** 2 / 2);
    expect(mean).toBeCloseTo(expected, 10);
    expect(deviation).toBeCloseTo(expected * Math.sqrt(Math.expm1(0.8 ** 2)), 10);
    expect(quantiles[1]).toBeCloseTo(Math.exp(0.5), 12);
  });

  it("of a site with an upper bound rise although its transform falls", () => {
    const { mean, quantiles } = found.get(5)!;
    expect(mean).toBeCloseTo(3 - Math.exp(-0.3 + 0.6 ** 2 / 2), 10);
    expect(quantiles[0]).toBeCloseTo(3 - Math.exp(-0.3 + Z95 * 0.6), 10);
    expect(quantiles[2]).toBeCloseTo(3 - Math.exp(-0.3 - Z95 * 0.6), 10);
  });

  it("of a site whose bound is another site are left to draws", () => {
    expect(found.has(6)).toBe(true);
    expect(found.has(7)).toBe(false);
  });

  it("are what the summary shows, and agree with draws", async () => {
    const posterior = await checked(traced, loc, sd, {}, { check: { batches: 1, evidenceDraws: 0 } });
    const draws = await posterior.sample(40_000, { seed: 5 });
    const share = draws.bySite("share").draws;
    const row = posterior.summary().get("share");
    expect(row.mean).toBe(found.get(6)!.mean);
    const average = share.reduce((sum, x) => sum + x, 0) / share.length;
    const variance = share.reduce((sum, x) => sum + (x - average) ** 2, 0) / share.length;
    // Five standard errors: sd/√n of the mean, at most sd/√(2n) of the sd of a bounded variable.
    expect(Math.abs(row.mean - average)).toBeLessThan((5 * row.sd) / Math.sqrt(share.length));
    expect(Math.abs(row.sd - Math.sqrt(variance))).toBeLessThan((5 * row.sd) / Math.sqrt(2 * share.length));
    // The bound moves with the scale, so that E[above] = E[scale] + E[e^u].
    const above = posterior.summary().get("above");
    expect(Math.abs(above.mean - found.get(4)!.mean - Math.exp(0.2 + 0.3 ** 2 / 2))).toBeLessThan(
      (5 * above.sd) / Math.sqrt(40_000),
    );
  });
});
