/** Glimpses of digits: its parts against plain arithmetic, its bounds, and how the policy learns. */
import { describe, expect, it } from "vitest";
import centre, { training as centreTraining } from "../../examples/hard-attention-digits/central-glimpse.ts";
import data from "../../examples/hard-attention-digits/data.json" with { type: "json" };
import shippedParameters from "../../examples/hard-attention-digits/learned.json" with { type: "json" };
import enumerated, { training } from "../../examples/hard-attention-digits/model.ts";
import drawn, { training as drawnTraining } from "../../examples/hard-attention-digits/score-function.ts";
import { restored } from "../../playground/learned.ts";
import { type Canvas, canvasesOf, classesOf, largestOf, policyOf } from "../../playground/pictures/glimpses.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { adam, train } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const gpu = gpuBackend(await testDevice());
const learned = restored(shippedParameters);
const parameters = Object.fromEntries(Object.entries(learned).map(([name, { values }]) => [name, values]));
/** Of the canvases that were kept back. */
const kept = (count: number) => ({ ...training.heldOut(data), count });
const canvases = canvasesOf(data);

/** Σ_l π(l) log p(y | l) of a canvas, and the policy's entropy, in plain arithmetic. */
function boundOf(canvas: Canvas): { bound: number; entropy: number } {
  const policy = policyOf(learned, canvas);
  const rewards = policy.map((_, place) => Math.log(classesOf(learned, canvas, place)[canvas.label]!));
  return {
    bound: policy.reduce((sum, p, place) => sum + p * rewards[place]!, 0),
    entropy: policy.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0),
  };
}

describe.each([cpuBackend(), gpu])("$kind", (device) => {
  // The plain arithmetic has float32 weights and sums.
  const tolerance = 2e-4;

  it("has the policy, the classes and the bound of plain arithmetic", async () => {
    const some = kept(6);
    await using trained = await train(enumerated, some, { device, parameters, steps: 0 });
    const { policy, probability } = await trained.values(["policy", "probability"]);
    const { perEntry } = await trained.bound(some, { draws: 1 });
    const { perEntry: explored } = await trained.bound({ ...some, exploration: 0.3 }, { draws: 1 });
    for (let n = 0; n < some.count; n++) {
      const canvas = canvases.at(n);
      const expected = policyOf(learned, canvas);
      const classes = classesOf(learned, canvas, largestOf(expected));
      for (const [place, p] of expected.entries())
        expect(Math.abs(policy![n * 25 + place]! - p)).toBeLessThan(tolerance);
      for (const [digit, p] of classes.entries()) {
        expect(Math.abs(probability![n * 10 + digit]! - p)).toBeLessThan(tolerance);
      }
      const { bound, entropy } = boundOf(canvas);
      const scale = Math.max(1, Math.abs(bound));
      expect(Math.abs(perEntry.elbo[n]! - bound)).toBeLessThan(tolerance * scale);
      expect(Math.abs(explored.elbo[n]! - perEntry.elbo[n]! - 0.3 * entropy)).toBeLessThan(tolerance * scale);
    }
  });

  it("draws places by the policy: its bound is that of all places, on average", async () => {
    const some = kept(6);
    const { guide } = drawnTraining;
    await using trained = await train(drawn, some, { device, parameters, guide, steps: 0 });
    const { elbo } = await trained.bound(some, { draws: 200 });
    const expected = Array.from({ length: some.count }, (_, n) => boundOf(canvases.at(n)).bound).reduce(
      (a, b) => a + b,
    );
    expect(elbo.standardError).toBeGreaterThan(0);
    expect(Math.abs(elbo.value - expected)).toBeLessThan(4 * elbo.standardError);
  });
});

describe("on canvases kept back", () => {
  const some = kept(400);
  const accuracyOf = training.scores.accuracy.of;

  it("what was learned reads one glimpse better than the middle of the canvas is read", async () => {
    await using trained = await train(enumerated, some, { device: gpu, parameters, steps: 0 });
    const { probability } = await trained.values(["probability"]);
    // 400 canvases: two standard errors are 5 points.
    expect(accuracyOf(probability!, some)).toBeGreaterThan(0.65);
    const classifier = Object.fromEntries(Object.entries(parameters).filter(([name]) => name.startsWith("class")));
    await using central = await train(centre, some, { device: gpu, parameters: classifier, steps: 0 });
    const { probability: middle } = await central.values(["probability"]);
    expect(accuracyOf(middle!, some)).toBeLessThan(0.35);
    expect(centreTraining.steps).toBe(drawnTraining.steps);
  });

  it.each([["enumerated", enumerated, {}] as const, ["score function", drawn, drawnTraining.guide] as const])(
    "a policy that starts from nothing learns where to look, %s",
    async (_, model, guide) => {
      const blind = Object.fromEntries(
        Object.entries(parameters).map(([name, values]) => [
          name,
          name.startsWith("policy.2") ? values.map(() => 0) : values,
        ]),
      );
      const optimizer = adam({ stepSize: 2e-2 });
      const options = { device: gpu, guide, parameters: blind, seed: 1, optimizer };
      await using trained = await train(model, { ...data, count: 4000 }, { ...options, steps: 30 });
      const { probability } = await trained.values(["probability"], some);
      expect(accuracyOf(probability!, some)).toBeGreaterThan(0.5);
    },
  );
});
