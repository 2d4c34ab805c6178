import { describe, expect, it } from "vitest";
import { type Findings, judge, type ScalarMoments } from "../../src/posterior/verdict.ts";

const scalar = (name: string, change: Partial<ScalarMoments> = {}): ScalarMoments => ({
  name,
  latent: true,
  mean: 0,
  sd: 1,
  weightedMean: 0,
  weightedSd: 1,
  meanError: 0.01,
  sdError: 0.01,
  nonFinite: 0,
  ...change,
});

const findings = (change: Partial<Findings>): Findings => ({
  stopped: "converged",
  reasons: [],
  guide: "mean-field",
  khat: 0.2,
  batches: 5,
  drawsPerBatch: 40_000,
  moments: [scalar("mu"), scalar("tau")],
  ess: 1000,
  nan: { draws: 0, total: 200_000, bySite: {} },
  impossible: 0,
  ...change,
});

describe("the verdict", () => {
  it("is reliable below every limit", () => {
    const just = { weightedMean: 0.29, weightedSd: 1.49 };
    expect(judge(findings({ khat: 0.69, moments: [scalar("mu", just)] }))).toEqual({
      verdict: "reliable",
      reasons: [],
    });
  });

  it("k̂ at the limit, infinite or NaN is unreliable, with what to do", () => {
    for (const khat of [0.7, Number.POSITIVE_INFINITY, Number.NaN]) {
      const { verdict, reasons } = judge(findings({ khat }));
      expect(verdict).toBe("unreliable");
      expect(reasons[0]).toMatch(/Pareto k̂ is .* over 5 batches of 40000 draws/);
      expect(reasons.at(-1)).toMatch(/full-rank/);
    }
  });

  it("names the worst parameters first and counts the others", () => {
    const moments = [0.31, -0.9, 0.5, 0.4, 0.35].map((weightedMean, i) => scalar(`b[${i + 1}]`, { weightedMean }));
    const { reasons } = judge(findings({ moments }));
    expect(reasons[0]).toContain("b[2] (−0.90 sd), b[3] (+0.50 sd), b[4] (+0.40 sd) and 2 more");
  });

  it("an sd may be off either way", () => {
    const moments = [scalar("wide", { weightedSd: 1.6 }), scalar("narrow", { weightedSd: 0.5 })];
    const { verdict, reasons } = judge(findings({ moments, guide: "full-rank" }));
    expect(verdict).toBe("unreliable");
    expect(reasons[0]).toContain("narrow (0.50×), wide (1.60×)");
    expect(reasons[1]).not.toMatch(/full-rank/);
  });

  it("noise accuses nobody: weights that cannot be trusted, values without a variance, constants", () => {
    const noisy = { weightedMean: 0.8, meanError: 0.5, weightedSd: 3, sdError: 1.5 };
    const untrusted = judge(findings({ khat: 1.2, moments: [scalar("mu", noisy)] }));
    expect(untrusted.verdict).toBe("unreliable");
    expect(untrusted.reasons.join()).not.toContain("mu");
    const collapsed = scalar("mu", { weightedMean: 5, meanError: 1e-9, weightedSd: 1e-9, sdError: 1e-9 });
    expect(judge(findings({ khat: 8, ess: 1.2, moments: [collapsed] })).reasons.join()).not.toContain("mu");
    expect(judge(findings({ khat: 0.9, moments: [collapsed] })).reasons.join()).toContain("mu (+5.00 sd)");
    const ratio = judge(findings({ moments: [scalar("mu"), scalar("ratio", { ...noisy, latent: false })] }));
    expect(ratio.verdict).toBe("reliable");
    const constant = { mean: 7, sd: 1e-16, weightedMean: 7 + 1e-15, weightedSd: 0, meanError: 0, latent: false };
    expect(judge(findings({ moments: [scalar("seven", constant)] })).verdict).toBe("reliable");
  });

  it("a NaN bars it", () => {
    const { verdict, reasons } = judge(findings({ nan: { draws: 3, total: 200_000, bySite: { tau: 2, y: 1 } } }));
    expect(verdict).toBe("unreliable");
    expect(reasons[0]).toMatch(/^3 of 200000 draws .* NaN at tau, y/);
  });

  it("a fit that did not converge is never reliable", () => {
    expect(judge(findings({ stopped: "max-steps" })).verdict).toBe("not-converged");
    expect(judge(findings({ stopped: "cancelled", khat: 2 })).verdict).toBe("not-converged");
    expect(judge(findings({ stopped: "failed" })).verdict).toBe("failed");
    expect(judge(findings({ nan: { draws: 9, total: 9, bySite: {} } })).verdict).toBe("failed");
  });
});
