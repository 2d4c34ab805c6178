import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { normal } from "../../src/distributions/index.ts";
import { fit } from "../../src/fit/index.ts";
import { ElbowError } from "../../src/graph/errors.ts";
import { gt, log, select, sqrt } from "../../src/graph/ops.ts";
import type { Backend, Executable } from "../../src/graph/program.ts";
import { model } from "../../src/model/model.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { checked, diagonalGuide, fitted } from "./support.ts";

const few = { check: { batches: 5, drawsPerBatch: 4000, evidenceDraws: 4000, summaryDraws: 1000 } };

const standard = model("standard", ({ sample }) => void sample("u", normal(0, 1)));
const standardTraced = standard.trace({});

/** NaN where u < −2, one draw in 44. */
const sometimesNaN = model("sometimes NaN", ({ sample, factor }) => {
  const u = sample("u", normal(0, 1));
  factor("root", sqrt(u.add(2)).mul(0));
});

/** log 0 where u < −2. */
const truncated = model("truncated", ({ sample, factor }) => {
  const u = sample("u", normal(0, 1));
  factor("support", log(select(gt(u, -2), 1, 0)));
});

const BELOW = 0.022750131948179195; // Φ(−2)

describe("draws that are NaN", async () => {
  const posterior = await checked(sometimesNaN.trace({}), [0], [1], {}, few);

  it("are counted, named by site, and bar the verdict", () => {
    expect(posterior.verdict).toBe("unreliable");
    const { nan, bySite } = posterior.diagnose().nonFinite;
    expect(Math.abs(nan - 20_000 * BELOW)).toBeLessThan(4 * Math.sqrt(20_000 * BELOW));
    expect(Object.keys(bySite)).toEqual(["root"]);
    expect(posterior.reasons.join("\n")).toMatch(new RegExp(`${nan} of 20000 draws .* NaN at root`));
    expect(posterior.toJSON().nonFinite).toBe(nan);
  });

  it("are left out of the bound and of the evidence", () => {
    expect(posterior.elbo.value).toBeCloseTo(0, 9);
    expect(Number.isFinite(posterior.diagnose().evidence!.value)).toBe(true);
  });

  it("and nothing else makes the fit failed", async () => {
    const never = model("never", ({ sample, factor }) => factor("bad", sqrt(sample("u", normal(0, 1)).mul(0).sub(1))));
    const hopeless = await checked(never.trace({}), [0], [1], {}, few);
    expect(hopeless.verdict).toBe("failed");
    expect(hopeless.khat).toBe(Number.POSITIVE_INFINITY);
    expect(hopeless.summary().get("u").sd).toBeCloseTo(1, 1);
    expect(JSON.parse(JSON.stringify(hopeless)).elbo.value).toBeNull();
    expect(String(hopeless.diagnose())).toContain("NaN at bad");
  });
});

it("a fit may leave its evaluation for later", async () => {
  const posterior = await fit(standard, {}, { device: "cpu", check: false });
  expect(() => posterior.verdict).toThrow(expect.objectContaining({ code: "not-checked" }));
  expect((await posterior.sample(10)).count).toBe(10);
  await posterior.check();
  expect(posterior.verdict).toBe("reliable");
});

it("a draw of density zero stays in the denominator", async () => {
  const posterior = await checked(truncated.trace({}), [0], [1], {}, few);
  const evidence = await posterior.evidence({ draws: 100_000, proposal: "guide" });
  expect(Math.abs(evidence.value - Math.log(1 - BELOW))).toBeLessThan(3 * Math.sqrt(BELOW / 100_000));
  const { nan, impossible } = posterior.diagnose().nonFinite;
  expect(nan).toBe(0);
  expect(Math.abs(impossible - 20_000 * BELOW)).toBeLessThan(4 * Math.sqrt(20_000 * BELOW));
  expect(posterior.reasons.join()).toMatch(/log density −∞/);
});

describe("fits that did not end well", () => {
  const endings = [
    ["max-steps", "not-converged", /limit of steps/],
    ["cancelled", "not-converged", /cancelled/],
    ["failed", "failed", /last good state/],
    ["device-lost", "failed", /device was lost/],
  ] as const;
  for (const [stopped, verdict, reason] of endings) {
    it(`${stopped}: ${verdict}, with the last good state`, async () => {
      const posterior = await checked(standardTraced, [0], [1], { stopped }, few);
      expect(posterior.verdict).toBe(verdict);
      expect(posterior.reasons[0]).toMatch(reason);
      expect(posterior.summary().get("u").sd).toBeCloseTo(1, 1);
      expect((await posterior.sample(10)).draws).toHaveLength(10);
    });
  }

  it("the fit's own reasons come first", async () => {
    const change = { stopped: "failed" as const, reasons: ["tau: 14 of 16 draws are NaN from step 3 on"] };
    const posterior = await checked(standardTraced, [0], [0.1], change, few);
    expect(posterior.reasons[0]).toBe(change.reasons[0]);
    expect(posterior.reasons.length).toBeGreaterThan(1);
  });

  it("a device lost while evaluating: the CPU takes over", async () => {
    let runs = 0;
    const dying: Backend = {
      ...cpuBackend(),
      kind: "gpu",
      compile: async (spec) => {
        const executable: Executable = await cpuBackend().compile(spec);
        const run = async (): Promise<void> => {
          if (++runs > 2) throw new ElbowError("device-lost", "gone");
          return executable.run();
        };
        return Object.assign(Object.create(executable), {
          run,
          hasInput: executable.hasInput.bind(executable),
          write: executable.write.bind(executable),
          read: executable.read.bind(executable),
          dispose: executable.dispose.bind(executable),
        });
      },
    };
    const posterior = await checked(standardTraced, [0], [1], { backend: dying }, few);
    expect(runs).toBe(3);
    expect(posterior.verdict).toBe("reliable");
    expect(posterior.reasons).toEqual([expect.stringContaining("ran on the CPU")]);
  });
});

it("a chunk that does not fit the device is made smaller", async () => {
  const sizes: number[] = [];
  const cramped: Backend = {
    ...cpuBackend(),
    compile: async (spec) => {
      const draws = Math.max(...Object.values(spec.outputs).map((value) => value.size));
      sizes.push(draws);
      if (draws > 500) throw new ElbowError("memory-plan", "too large");
      return cpuBackend().compile(spec);
    },
  };
  const whole = await checked(standardTraced, [0], [1.2], {}, few);
  const pieces = await checked(standardTraced, [0], [1.2], { backend: cramped }, few);
  expect(sizes[0]).toBeGreaterThan(500);
  expect(pieces.elbo.value).toBeCloseTo(whole.elbo.value, 12);
  expect(pieces.khat).toBe(whole.khat);
});

describe("life cycle", () => {
  const result = () => fitted(standardTraced, diagonalGuide(standardTraced, [0], [1]));

  it("what needs the evaluation says so before it", () => {
    const posterior = new Posterior(result(), few);
    for (const use of [() => posterior.summary(), () => posterior.verdict, () => posterior.toJSON()]) {
      expect(use).toThrow(expect.objectContaining({ code: "not-checked" }));
    }
  });

  it("dispose frees every program once, keeps what is known, refuses the rest", async () => {
    let live = 0;
    let returned = 0;
    const backend: Backend = {
      ...cpuBackend(),
      compile: async (spec) => {
        const executable = await cpuBackend().compile(spec);
        live++;
        return Object.assign(executable, {
          dispose: () => {
            live--;
          },
        });
      },
    };
    const posterior = new Posterior({ ...result(), backend }, { ...few, onDispose: () => returned++ });
    await posterior.check();
    await posterior.evidence({ draws: 100, proposal: "guide" });
    await posterior.sample(10);
    expect(live).toBeGreaterThan(0);
    await posterior[Symbol.asyncDispose]();
    posterior.dispose();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(live).toBe(0);
    expect(returned).toBe(1);
    expect(posterior.verdict).toBe("reliable");
    for (const use of [
      posterior.sample(3),
      posterior.evidence(),
      posterior.predict(),
      posterior.toCSV(),
      posterior.check(),
    ]) {
      await expect(use).rejects.toMatchObject({ code: "disposed" });
    }
  });

  it("refuses counts that are none, and predictions without data", async () => {
    const posterior = await new Posterior(result(), few).check();
    for (const count of [0, -1, 2.5, Number.NaN]) {
      await expect(posterior.sample(count)).rejects.toMatchObject({ code: "wrong-argument" });
    }
    await expect(posterior.predict()).rejects.toMatchObject({ code: "no-predictive" });
  });

  it("draws do not depend on how they are chunked, nor on what is asked for at the same time", async () => {
    const posterior = new Posterior(result(), few);
    const [many, short] = await Promise.all([posterior.sample(9000), posterior.sample(10)]);
    expect(short.draws).toEqual(many.draws.slice(0, 10));
    const other = new Posterior(result(), { check: { drawsPerBatch: 640 } });
    expect((await other.sample(9000)).draws).toEqual(many.draws);
  });
});
