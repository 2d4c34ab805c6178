/** The evidence by every guide: its bounds, its error, and why there is no upper bound where there is none. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import hmm from "../../examples/hmm/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { categorical, normal } from "../../src/distributions/index.ts";
import { fit } from "../../src/fit/index.ts";
import {
  autoregressiveFlow,
  couplingFlow,
  fullRank,
  guide,
  lowRank,
  markov,
  meanField,
  mixtureGuide,
} from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { PosteriorError } from "../../src/posterior/fitted.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { testDevice } from "../support/gpu.ts";
import { fitted } from "./support.ts";

const gpu = gpuBackend(await testDevice());

const Y = [0.3, -1.2, 2.1];
const traced = model("apart", ({ plate, sample, observe }) => {
  const time = plate("time", Y.length);
  const z = sample("z", normal(0, 1), [time]);
  observe("y", normal(z, 0.5), real(Y, [time]));
}).trace({});
/** Of y_t ~ N(0, 1 + ¼) each. */
const EXACT = Y.map((y) => -0.5 * Math.log(2 * Math.PI * 1.25) - (y * y) / 2.5).reduce((a, b) => a + b);
const small = { check: { batches: 1, drawsPerBatch: 4000, evidenceDraws: 0 } };

const families = [
  meanField(),
  fullRank(),
  markov(),
  lowRank({ rank: 2 }),
  mixtureGuide({ components: 2 }),
  couplingFlow({ layers: 2, width: 4 }),
  autoregressiveFlow({ layers: 2, width: 4 }),
  guide({ z: fullRank() }),
];

describe("posterior.evidence()", () => {
  for (const family of families) {
    for (const [what, width] of [
      ["too wide", 1.5],
      ["too narrow", 0.4],
    ] as const) {
      it(`${family.name}, ${what}`, async () => {
        // The posterior is N(0.8 y, 0.2).
        const start = {
          mean: Float64Array.from(Y, (y) => 0.8 * y),
          scale: new Float64Array(Y.length).fill(width * Math.sqrt(0.2)),
          factor: null,
        };
        const bound = family.bind(traced.coordinate, start, traced.latents);
        const posterior = await new Posterior(fitted(traced, bound), small).check();
        const found = await posterior.evidence({ draws: 20_000 });
        expect(found.lower.value).toBe(posterior.elbo.value);
        // The ELBO lies below by KL(q ‖ posterior), which is positive here.
        expect(found.lower.value).toBeLessThan(EXACT);
        const [one, ten] = found.importanceWeighted;
        expect(ten!.value - one!.value).toBeGreaterThan(-3 * Math.hypot(ten!.standardError, one!.standardError));
        expect(found.divergence.value).toBeCloseTo(found.value - found.lower.value, 12);
        if (found.khat < 0.7) {
          expect(found.warning).toBeNull();
          expect(Math.abs(found.value - EXACT)).toBeLessThan(4 * found.standardError!);
        } else {
          expect(found.standardError).toBeNull();
          expect(found.warning).toMatch(/Pareto k̂ .* not below 0.7.*guide closer to the posterior/);
        }
        if (found.khat < 0.25) {
          expect(found.upperReason).toBeNull();
          expect(found.upper!.value).toBeGreaterThan(EXACT - 3 * found.upper!.standardError);
        } else {
          expect(found.upper).toBeNull();
          expect(found.upperReason).toMatch(/not below 0.25: the mean of the squared weights/);
        }
        // A q wider than the posterior has bounded weights; a narrow one has none of that unless its draws are widened.
        if (what === "too wide") expect(found.khat).toBeLessThan(0.5);
      });
    }
  }

  it("draws that cannot be widened are refused as a Student t, and are the guide's own by default", async () => {
    const start = { mean: new Float64Array(3), scale: new Float64Array(3).fill(1), factor: null };
    const posterior = await new Posterior(fitted(traced, mixtureGuide().bind(traced.coordinate, start)), small).check();
    expect((await posterior.evidence({ draws: 2000 })).proposal).toBe("guide");
    for (const proposal of ["student-t", "wide"] as const) {
      const refused = posterior.evidence({ draws: 2000, proposal });
      await expect(refused).rejects.toThrow(PosteriorError);
      await expect(refused).rejects.toThrow(/cannot be widened.*use the proposal "guide"/);
    }
  });

  it("wide draws are the same on the GPU", async () => {
    const start = { mean: Float64Array.from(Y, (y) => 0.7 * y), scale: new Float64Array(3).fill(0.3), factor: null };
    const bound = fullRank().bind(traced.coordinate, start);
    const [here, there] = await Promise.all(
      [{}, { backend: gpu }].map(async (on) => {
        const posterior = await new Posterior(fitted(traced, bound, on), small).check();
        return posterior.evidence({ draws: 20_000, proposal: "wide" });
      }),
    );
    expect(here!.khat).toBeLessThan(0.7);
    expect(Math.abs(here!.value - EXACT)).toBeLessThan(4 * here!.standardError!);
    // The same draws in float32; far ones have log weights of hundreds, and hardly a weight.
    expect(Math.abs(there!.value - here!.value)).toBeLessThan(1e-4);
  });

  it("what a discrete q costs is the same on the GPU", async () => {
    const data = JSON.parse(readFileSync("examples/hmm/factorised.json", "utf8"));
    const { answers } = JSON.parse(readFileSync("tests/reference/hmm.json", "utf8"));
    await using posterior = await fit(hmm, data, {
      device: gpu,
      seed: 1,
      guide: guide({ z: categorical() }),
      ...small,
    });
    expect(Math.abs(posterior.diagnose().discrete!.value - answers.meanfield_best.kl)).toBeLessThan(1e-4);
    expect(posterior.verdict).toBe("unreliable");
  });
});
