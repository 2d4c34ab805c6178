/** A fit that is stopped, saved as text and resumed ends with the bits of one that was never stopped. */
import { describe, expect, test } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { infer } from "../../src/fit/infer.ts";
import type { Stage } from "../../src/fit/progress.ts";
import type { FitResult, Resumable } from "../../src/fit/result.ts";
import { restoreFit, saveFit } from "../../src/fit/saved.ts";
import { fullRank, guide, meanField } from "../../src/guides/index.ts";
import { type ExampleName, loadExample } from "../support/examples.ts";
import { testDevice } from "../support/gpu.ts";
import { watchedBackend } from "./support.ts";

const cpu = cpuBackend();
const gpu = gpuBackend(await testDevice());

async function traced(name: ExampleName) {
  const { model, data } = await loadExample(name);
  return model.trace(data);
}

/** Stops a fit at a stage and step, and hands it on as text. */
async function stoppedAt(
  run: (options: {
    signal: AbortSignal;
    onProgress: (now: { stage: Stage; step: number }) => void;
  }) => Promise<FitResult>,
  at: { readonly stage: Stage; readonly step: number },
): Promise<Resumable> {
  const controller = new AbortController();
  const result = await run({
    signal: controller.signal,
    onProgress: ({ stage, step }) => {
      if (stage === at.stage && step >= at.step) controller.abort();
    },
  });
  expect(result.stopped).toBe("cancelled");
  return restoreFit(saveFit(result));
}

function expectSame(resumed: FitResult, whole: FitResult): void {
  expect(resumed.stopped).toBe(whole.stopped);
  expect(resumed.steps).toBe(whole.steps);
  expect(resumed.elboTrace).toEqual(whole.elboTrace);
  expect(resumed.lambda).toEqual(whole.lambda);
  expect(resumed.rounds).toEqual(whole.rounds);
  expect(resumed.nonFinite).toEqual(whole.nonFinite);
}

describe.each([
  ["the reference", "eight-schools", meanField(), cpu],
  ["the GPU", "eight-schools", meanField(), gpu],
  ["the GPU", "kidscore-momiq", fullRank(), gpu],
  ["the GPU", "eight-schools", guide({ eta: fullRank(), default: meanField() }), gpu],
] as const)("on %s, %s", (_, name, family, backend) => {
  test(`with the guide ${family.name}`, async () => {
    const model = await traced(name);
    const options = { guide: family, seed: 3, draws: 8 };
    const whole = await infer(model, backend, options);
    expect(whole.stopped).toBe("converged");
    // While it looks for a start; in the first part of a round; where its averages are taken, and once more later.
    const early = await stoppedAt((more) => infer(model, backend, { ...options, ...more }), {
      stage: "search",
      step: 0,
    });
    expect(early.resume.begun).toBe(false);
    expectSame(await infer(model, backend, { guide: family, resume: early }), whole);
    const first = await stoppedAt((more) => infer(model, backend, { ...options, ...more }), {
      stage: "optimise",
      step: 1,
    });
    expect(first.resume.underWay!.done).toBeGreaterThan(0);
    const again = { stage: "optimise", step: 90 } as const;
    const second = await stoppedAt((more) => infer(model, backend, { guide: family, resume: first, ...more }), again);
    expect(second.steps).toBeGreaterThan(first.steps);
    expectSame(await infer(model, backend, { guide: family, resume: second }), whole);
  });
});

test("draws left out before and after are counted together", async () => {
  const model = await traced("eight-schools");
  const broken = () => {
    let reads = 0;
    return watchedBackend({
      // The fourth to sixth chunk of steps report a NaN each.
      onRead: (name, values) =>
        name === "nan" && ++reads >= 4 && reads <= 6 ? values.map((x, i) => (i === 0 ? 1 : x)) : values,
    });
  };
  const options = { seed: 1, draws: 4, steps: 300 };
  const backend = broken();
  let chunks = 0;
  const controller = new AbortController();
  const half = await infer(model, backend, {
    ...options,
    signal: controller.signal,
    onProgress: ({ stage }) => {
      if (stage === "optimise" && ++chunks === 5) controller.abort();
    },
  });
  expect(half.nonFinite.total).toBe(2);
  const rest = await infer(model, backend, { resume: restoreFit(saveFit(half)), steps: 200 });
  expect(rest.nonFinite.total).toBe(3);
});

describe("what cannot be resumed is refused", () => {
  test.each([
    ["not JSON", "what?", /is not a fit that saveFit wrote: /],
    ["another object", '{"mean": [1, 2]}', /it lacks "format": "elbow-fit"/],
    ["a later version", '{"format": "elbow-fit", "version": 9}', /version 9, this library reads 1/],
    ["half a file", '{"format": "elbow-fit", "version": 1}', /not complete/],
  ])("%s", (_, text, message) => {
    expect(() => restoreFit(text)).toThrow(message);
  });

  test("other data, another model, another guide", async () => {
    const { model, data } = await loadExample("eight-schools");
    const saved = restoreFit(saveFit(await infer(model.trace(data), cpu, { steps: 4, draws: 2 })));
    const other = { ...data, y: (data.y as number[]).map((y) => y + 1) };
    const resumed = (of: typeof model, on: typeof data, family = meanField()) =>
      infer(of.trace(on), cpu, { resume: saved, guide: family, steps: 4 });
    await expect(resumed(model, other)).rejects.toMatchObject({ code: "wrong-resume", message: /other data/ });
    await expect(resumed(model, data, fullRank())).rejects.toMatchObject({
      code: "wrong-resume",
      message: /full-rank/,
    });
    const twin = await loadExample("eight-schools-centered");
    await expect(resumed(twin.model, twin.data)).rejects.toMatchObject({ code: "wrong-resume" });
    expect((await resumed(model, data)).steps).toBe(8);
  });
});
