/** `npm run bench -- --json` is an interface: these names stay. */
import { expect, test } from "vitest";
import { type Report, toJson, toMarkdown, toText } from "../../bench/report.ts";
import type { Timing } from "../../bench/suite/contender.ts";

const timing = (name: string, secondsPerStep: number): Timing => ({
  name,
  secondsPerStep,
  spread: 0.01,
  repetitions: 7,
  stepsPerRepetition: 10,
  compileSeconds: 0.2,
  firstSeconds: 0.3,
  samples: Array(7).fill(secondsPerStep),
});

const report: Report = {
  date: new Date("2026-01-02"),
  version: "0.0.0",
  host: "host",
  adapter: { description: "an adapter", isSoftware: true },
  quick: false,
  ceilings: {
    flops: 1e10,
    bytesPerSecond: 1e9,
    dispatchSeconds: 1e-5,
    expPerSecond: 1e8,
    logPerSecond: 1e8,
    normalsPerSecond: 1e7,
  },
  first: { importSeconds: 0.1, adapterSeconds: 0.1, compileSeconds: 0.2, stepSeconds: 0.1 },
  results: [
    {
      kind: "step",
      name: "row",
      title: "a row",
      ours: timing("elbow", 0.001),
      dispatchesPerStep: 2,
      stepsPerDispatch: 1,
      peakBytes: 2048,
      flops: 5e6,
      bytes: 1e5,
      kernels: [],
      peers: [timing("jax-js-webgpu", 0.004)],
      refused: { "tfjs-webgpu": "why not" },
    },
    {
      kind: "batch",
      name: "batch",
      title: "a batch",
      ours: timing("elbow", 2),
      draws: 100,
      elbo: -1,
      standardError: 0.1,
      chunk: 10,
      work: { normals: 1e7, exps: 0, logs: 0, flops: 0 },
    },
    {
      kind: "many",
      name: "many",
      title: "many fits",
      fits: 1024,
      ours: timing("1024 fits", 0.012),
      dispatchesPerStep: 0.1,
      peakBytes: 1 << 20,
      flops: 6e7,
      bytes: 1e6,
      sizes: [
        { fits: 1, secondsPerStep: 2e-5, spread: 0.01 },
        { fits: 64, secondsPerStep: 6e-4, spread: 0.01 },
        { fits: 1024, secondsPerStep: 0.012, spread: 0.01 },
      ],
      whole: { fits: 64, secondsTogether: 0.2, inTurn: 12, secondsInTurn: 0.5 },
    },
    { kind: "failed", name: "bad", title: "a failed row", reason: "because" },
  ],
  growth: [{ name: "model: draws", axis: "S", points: [{ size: 1, secondsPerStep: 0.001 }], slope: 0.5 }],
};

test("the JSON has what design.md promises", () => {
  const json = JSON.parse(JSON.stringify(toJson(report)));
  expect(json.adapter).toBe("an adapter");
  expect(json.ceilings).toMatchObject({ flops: 1e10, bytesPerSecond: 1e9, dispatchSeconds: 1e-5 });
  const [row, batch, many, bad] = json.rows;
  expect(row).toMatchObject({
    name: "row",
    secondsPerStep: 0.001,
    compileSeconds: 0.2,
    dispatchesPerStep: 2,
    peakBytes: 2048,
    // 5e6 operations at 1e10 a second are half of a millisecond.
    roofline: 0.5,
    peers: { "jax-js-webgpu": { secondsPerStep: 0.004, ratio: 4 } },
  });
  expect(batch.roofline).toBe(0.5);
  expect(many).toMatchObject({ fits: 1024, roofline: 0.5, whole: { fits: 64, ratio: 2.5 } });
  // 12 ms are 20 times 0.6 ms, where 16 would be in proportion; in turn 1,024 steps of 20 µs.
  expect(many.excess).toBeCloseTo(1.25, 12);
  expect(many.stepsInTurnRatio).toBeCloseTo(20.48 / 12, 12);
  expect(bad).toMatchObject({ name: "bad", status: "not run", reason: "because" });
});

test("no row is dropped from the tables, and whoever was refused is named with the reason", () => {
  for (const text of [toText(report), toMarkdown(report)]) {
    for (const title of ["a row", "a batch", "a failed row"]) expect(text).toContain(title);
    expect(text).toContain("tfjs-webgpu: why not");
    expect(text).toContain("a failed row: because");
  }
});
