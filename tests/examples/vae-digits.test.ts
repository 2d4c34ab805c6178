/** The variational autoencoder on a slice of its digits. */
import { expect, it } from "vitest";
import data from "../../examples/vae-digits/data.json" with { type: "json" };
import model, { training } from "../../examples/vae-digits/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { adam, train } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

it("learns from batches of digits, and bounds digits that it has not seen", async () => {
  const backend = gpuBackend(await testDevice());
  const slice = { ...data, first: 0, count: 40 };
  const options = { device: backend, guide: training.guide, seed: 1, optimizer: adam({ stepSize: 3e-3 }) };
  await using trained = await train(model, slice, { ...options, steps: 25 });
  const unseen = { ...data, first: 9000, count: 20 };
  const { elbo, importanceWeighted } = await trained.bound(unseen, { draws: 4 });
  // A coin for every pixel costs 784 log 2 = 543 nats; ink everywhere with its mean frequency, 0.13, about 300.
  expect(elbo.value / 20).toBeGreaterThan(-290);
  expect(importanceWeighted.value).toBeGreaterThan(elbo.value);
  const { ink } = await trained.values(["ink"], unseen);
  expect(ink).toHaveLength(20 * 784);
  expect(Math.min(...ink!)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ink!)).toBeLessThanOrEqual(1);
});
