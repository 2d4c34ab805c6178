import { expect, test } from "vitest";
import { type Contender, median, quantile, timeInterleaved } from "../../bench/suite/contender.ts";

test("quantiles interpolate", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10], 0.25)).toBe(2.5);
});

test("contenders take turns, after a warm-up that finds how many steps fill a repetition", async () => {
  const log: string[] = [];
  const make = (name: string, stepMilliseconds: number): Contender => ({
    name,
    compileSeconds: 0,
    firstSeconds: 0,
    firstElbo: 0,
    async steps(n) {
      log.push(name);
      await new Promise((resolve) => setTimeout(resolve, n * stepMilliseconds));
      return 0;
    },
    dispose() {},
  });
  const options = { repetitions: 7, targetSeconds: 0.02, slowSeconds: 1, hopelessSeconds: 2, onProgress: () => {} };
  const timings = await timeInterleaved([make("a", 1), make("b", 4)], options);
  expect(log.slice(-14).join("")).toBe("ab".repeat(7));
  expect(timings.map(({ name, repetitions }) => [name, repetitions])).toEqual([
    ["a", 7],
    ["b", 7],
  ]);
  const [a, b] = timings;
  expect(b!.secondsPerStep / a!.secondsPerStep).toBeGreaterThan(1.5);
  expect(a!.stepsPerRepetition).toBeGreaterThan(b!.stepsPerRepetition);
});
