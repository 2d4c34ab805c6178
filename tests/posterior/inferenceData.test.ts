/** The object that `arviz.from_json` reads. */
import { expect, test } from "vitest";
import { integer, model, multinomial, normal, real, type TracedModel } from "../../src/index.ts";
import { Posterior } from "../../src/posterior/posterior.ts";
import { diagonalGuide, fitted } from "./support.ts";

const grid = model("grid", ({ plate, sample, deterministic, observe }, data) => {
  const row = plate("row", 2);
  const column = plate("column", 3);
  const mu = sample("mu", normal(0, 1), [row]);
  deterministic("twice", mu.mul(2));
  // The axes of y in the other order than the plates were made in; a site and a plate of one name.
  observe("y", normal(mu, 1), real(data.y, [column, row]));
  observe("row", normal(mu, 1), real(data.z, [row]));
});
const y = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const posteriorOf = (traced: TracedModel, mean: readonly number[], sd: readonly number[]): Posterior =>
  new Posterior(fitted(traced, diagonalGuide(traced, mean, sd)));
const data = { y, z: [7, 8] };

test("has draws, replicates and data over chain, draw and named axes in the user's order", async () => {
  await using posterior = posteriorOf(grid.trace(data), [1, -1], [0.5, 0.25]);
  const found = await posterior.toInferenceData({ draws: 50, replicates: 20 });
  const draws = await posterior.sample(50);
  const mu = found.posterior.mu as number[][][];
  expect(mu).toHaveLength(1);
  expect(mu[0]).toEqual(Array.from({ length: 50 }, (_, i) => [...draws.bySite("mu").draws.slice(2 * i, 2 * i + 2)]));
  expect((found.posterior.twice as number[][][])[0]![7]).toEqual(mu[0]![7]!.map((x) => 2 * x));
  const predicted = found.posterior_predictive!.y as number[][][][];
  expect([predicted[0]!.length, predicted[0]![0]!.length, predicted[0]![0]![0]!.length]).toEqual([20, 3, 2]);
  expect(found.observed_data).toEqual({ y, row: [7, 8] });
  expect(found.dims).toEqual({ mu: ["row_dim"], twice: ["row_dim"], y: ["column", "row_dim"], row: ["row_dim"] });
  expect(found.coords).toEqual({ row_dim: [1, 2], column: [1, 2, 3] });
  expect(found.sample_stats.lp).toEqual([[...draws.logJoint]]);
  expect(found.sample_stats.log_q).toEqual([[...draws.logDensity]]);
  expect(found.attrs).toEqual({ inference_library: "elbow-gpu", model: "grid", guide: "mean-field", seed: 11 });
});

test("leaves out what there is not: replicates that nobody wants, data of a model that observes nothing", async () => {
  await using posterior = posteriorOf(grid.trace(data), [1, -1], [0.5, 0.25]);
  expect(await posterior.toInferenceData({ draws: 5, replicates: 0 })).not.toHaveProperty("posterior_predictive");
  const prior = model("prior", ({ sample }) => void sample("x", normal(0, 1)));
  await using plain = posteriorOf(prior.trace({}), [0], [1]);
  expect(Object.keys(await plain.toInferenceData({ draws: 5 }))).toEqual([
    "posterior",
    "posterior_attrs",
    "sample_stats",
    "dims",
    "coords",
    "attrs",
  ]);
});

test("has the data of vector families, and null for what is not a number", async () => {
  const counts = model("counts", ({ plate, sample, deterministic, observe }, of) => {
    const category = plate("category", 2);
    const x = sample("x", normal(0, 1));
    deterministic("root", x.sqrt());
    observe("n", multinomial(10, category, { probs: real([0.5, 0.5], [category]) }), integer(of.n, [category]));
  });
  await using posterior = posteriorOf(counts.trace({ n: [4, 6] }), [-3], [0.1]);
  const found = await posterior.toInferenceData({ draws: 5, replicates: 3 });
  expect(found.observed_data).toEqual({ n: [4, 6] });
  expect(found.posterior.root).toEqual([Array(5).fill(null)]);
  const replicates = (found.posterior_predictive!.n as number[][][])[0]!;
  expect(replicates.map(([a, b]) => a! + b!)).toEqual([10, 10, 10]);
});
