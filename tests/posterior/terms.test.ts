import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import hmm from "../../examples/hmm/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { categorical, gaussianRandomWalk, normal } from "../../src/distributions/index.ts";
import { withCategoricals } from "../../src/guides/discrete.ts";
import { couplingFlow, lowRank, meanField, mixtureGuide } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { testDevice } from "../support/gpu.ts";
import { denseGuide, diagonalGuide, fitted } from "./support.ts";

const gpu = gpuBackend(await testDevice());

const Y = [0.3, -1.2, 2.1, 0.4];

/** Entries that know nothing of each other, and one site that belongs to none of them. */
const separate = model("separate", ({ plate, sample, observe }) => {
  const time = plate("time", Y.length);
  sample("level", normal(1, 2));
  const z = sample("z", normal(0, 1), [time]);
  observe("y", normal(z, 0.5), real(Y, [time]));
});

/** A walk whose density is one of a whole series. */
const walk = model("walk", ({ plate, sample, observe }) => {
  const time = plate("time", Y.length);
  const z = sample("z", gaussianRandomWalk(time, { scale: 0.7, initial: normal(0, 1) }));
  observe("y", normal(z, 0.5), real(Y, [time]));
});

const MEAN = [0.2, 0.5, -0.5, 1, 0];
const SD = [1.5, 0.4, 0.5, 0.6, 0.3];
const LOG_ROOT = Math.log(2 * Math.PI) / 2;

describe("terms of the ELBO", () => {
  it("of independent entries are those in closed form", async () => {
    const traced = separate.trace({});
    const posterior = new Posterior(fitted(traced, diagonalGuide(traced, MEAN, SD)));
    const { likelihood, prior, entropy, total, standardError, rest } = await posterior.terms("time", { draws: 20_000 });
    Y.forEach((y, t) => {
      const [m, s] = [MEAN[t + 1]!, SD[t + 1]!];
      // log q has the variance ½ for a Gaussian; four standard errors of each part are within five of the three together.
      const near = (value: number, exact: number, sd: number): void =>
        expect(Math.abs(value - exact)).toBeLessThan((4 * sd) / Math.sqrt(20_000));
      const squares = (z: number, scale: number): number => (z * z + s * s) / (2 * scale * scale);
      // The variance of (z − a)²/(2c²) under N(m, s²) is (4(m − a)²s² + 2s⁴)/(4c⁴).
      const spread = (z: number, scale: number): number =>
        Math.sqrt(4 * z * z * s * s + 2 * s ** 4) / (2 * scale * scale);
      near(likelihood[t]!, -LOG_ROOT - Math.log(0.5) - squares(y - m, 0.5), spread(y - m, 0.5));
      near(prior[t]!, -LOG_ROOT - squares(m, 1), spread(m, 1));
      near(entropy[t]!, LOG_ROOT + 0.5 + Math.log(s), Math.SQRT1_2);
      expect(total[t]).toBeCloseTo(likelihood[t]! + prior[t]! + entropy[t]!, 10);
      expect(standardError[t]).toBeGreaterThan(0);
    });
    // What remains is −KL(q(level) ‖ p(level)).
    const [m, s] = [MEAN[0]!, SD[0]!];
    const divergence = Math.log(2 / s) + (s * s + (m - 1) ** 2) / 8 - 0.5;
    expect(Math.abs(rest.value + divergence)).toBeLessThan(4 * rest.standardError);
  });

  it("of a series are conditional on what went before, and sum to the ELBO", async () => {
    const traced = walk.trace({});
    // biome-ignore format: a lower factor, row by row
    const factor = [0.5, 0, 0, 0, 0.2, 0.5, 0, 0, 0.1, 0.2, 0.5, 0, 0, 0.1, 0.2, 0.5];
    const fit = fitted(traced, denseGuide(traced, MEAN.slice(1), factor));
    const terms = await new Posterior(fit).terms("time", { draws: 20_000 });
    expect(terms.rest.value).toBeCloseTo(0, 10);
    expect(terms.total.reduce((sum, x) => sum + x, 0)).toBeCloseTo(terms.elbo.value, 9);
    // −E log q(z_t | z_{<t}) is that of the factor's diagonal.
    for (const entropy of terms.entropy) {
      expect(Math.abs(entropy - (LOG_ROOT + 0.5 + Math.log(0.5)))).toBeLessThan((4 * Math.SQRT1_2) / Math.sqrt(20_000));
    }
    const posterior = await new Posterior(fit).check();
    const error = Math.hypot(terms.elbo.standardError, posterior.elbo.standardError);
    expect(Math.abs(terms.elbo.value - posterior.elbo.value)).toBeLessThan(4 * error);
  });

  it("are the same on the GPU", async () => {
    const traced = walk.trace({});
    const guide = diagonalGuide(traced, MEAN.slice(1), SD.slice(1));
    const here = await new Posterior(fitted(traced, guide)).terms("time", { draws: 512 });
    const there = await new Posterior(fitted(traced, guide, { backend: gpu })).terms("time", { draws: 512 });
    // The same draws, in float32: relative errors of some 1e-6 of terms of size 10.
    here.total.forEach((value, t) => {
      expect(Math.abs(there.total[t]! - value)).toBeLessThan(1e-4);
    });
  });

  const richer = [lowRank({ rank: 2 }), mixtureGuide({ components: 2 }), couplingFlow({ layers: 2, width: 4 })];
  for (const family of richer) {
    it(`of a ${family.name} guide sum to the ELBO, on the GPU too`, async () => {
      const traced = walk.trace({});
      const zero = { mean: Float64Array.from(MEAN.slice(1)), scale: Float64Array.from(SD.slice(1)), factor: null };
      const guide = family.bind(traced.coordinate, zero);
      const lambda = Object.fromEntries(
        Object.entries(guide.parameters).map(([name, { initial }], p) => {
          return [name, initial.map((value, i) => value + 0.2 * Math.sin(1 + i + 2 * p))];
        }),
      );
      const terms = await new Posterior(fitted(traced, guide, { lambda })).terms("time", { draws: 2000 });
      expect(terms.rest.value).toBeCloseTo(0, 9);
      expect(terms.total.reduce((sum, x) => sum + x, 0)).toBeCloseTo(terms.elbo.value, 9);
      expect(terms.conditional).toBe(family.name !== "coupling-flow");
      const check = { batches: 1, drawsPerBatch: 2000, evidenceDraws: 0 };
      const posterior = await new Posterior(fitted(traced, guide, { lambda }), { check }).check();
      // The same draws.
      expect(posterior.elbo.value).toBeCloseTo(terms.elbo.value, 9);
      const there = await new Posterior(fitted(traced, guide, { lambda, backend: gpu })).terms("time", { draws: 2000 });
      terms.total.forEach((value, t) => {
        expect(Math.abs(there.total[t]! - value)).toBeLessThan(1e-4);
      });
    });
  }

  it("of a q of discrete sites sum to the bound that was maximised; what depends on such a site is not taken apart", async () => {
    const switching = model("switching", ({ plate, sample, observe }) => {
      const time = plate("time", Y.length);
      const regime = plate("regime", 2);
      const on = sample("on", categorical(regime, { probs: real([0.3, 0.7], [regime]) }));
      const z = sample("z", normal(real([0, 0.5], [regime]).at(on), 1), [time]);
      observe("y", normal(z, 0.5), real(Y, [time]));
    }).trace({});
    const start = { mean: Float64Array.from(MEAN.slice(1)), scale: Float64Array.from(SD.slice(1)), factor: null };
    const guide = withCategoricals(meanField()).bind(
      switching.coordinate,
      start,
      switching.latents,
      switching.discrete,
    );
    const check = { batches: 1, drawsPerBatch: 2000, evidenceDraws: 0 };
    const posterior = await new Posterior(fitted(switching, guide), { check }).check();
    const terms = await posterior.terms("time", { draws: 2000 });
    const total = terms.total.reduce((sum, x) => sum + x, terms.rest.value);
    expect(total).toBeCloseTo(terms.elbo.value, 9);
    expect(terms.elbo.value).toBeCloseTo(posterior.elbo.value, 9);
    const all = hmm.trace(JSON.parse(readFileSync("examples/hmm/data.json", "utf8")));
    const none = new Posterior(fitted(all, diagonalGuide(all, [0], [1])));
    await expect(none.terms("time")).rejects.toThrow(/all that runs over "time" depends on discrete sites/);
  });

  it("need a plate of the model", async () => {
    const traced = walk.trace({});
    const posterior = new Posterior(fitted(traced, diagonalGuide(traced, MEAN.slice(1), SD.slice(1))));
    await expect(posterior.terms("year")).rejects.toThrow(
      /no site of "walk" runs over a plate "year"; there are: time/,
    );
  });
});
