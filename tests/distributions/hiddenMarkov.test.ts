/** States summed out of a chain, against the sum over every path; normals by their precision, against the covariance. */
import { expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { input, log } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectGradient } from "../support/gradients.ts";
import { hostRandom, momentsOf } from "./helpers.ts";

const device = await testDevice();

type Given = Readonly<Record<string, readonly number[]>>;
const bind = (given: Given) => new Map(Object.entries(given).map(([name, v]) => [name, Float64Array.from(v)]));
const at = (value: Value, given: Given): number => evaluate([value], bind(given))[0]![0]!;

const time = new Axis("time", 4);
const state = new Axis("state", 2);
const initial = input("initial", [state], "parameter");
const transition = input("transition", [state, state.prime()], "parameter");
const emission = input("emission", [time, state], "parameter");
const given = {
  initial: [0.7, 0.3],
  transition: [0.9, 0.1, 0.25, 0.75],
  emission: [0.5, 1.1, 2, 0.3, 0.04, 0.9, 1.4, 0.6],
};
const marginal = d.hmmMarginal(time, state, { initial, transition, logEmission: log(emission) });

test("the marginal of a chain is the sum over its 16 paths", () => {
  let total = 0;
  for (let path = 0; path < 16; path++) {
    const z = [0, 1, 2, 3].map((t) => (path >> t) & 1);
    total += z.reduce((p, k, t) => {
      const reached = t === 0 ? given.initial[k]! : given.transition[2 * z[t - 1]! + k]!;
      return p * reached * given.emission[2 * t + k]!;
    }, 1);
  }
  expect(at(marginal, given)).toBeCloseTo(Math.log(total), 13);
});

test("transitions may differ from time to time; the entry at t leads to t", () => {
  const steps = [9, 9, 9, 9, 0.9, 0.1, 0.25, 0.75, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8, 0.3, 0.7];
  const changing = input("changing", [time, state, state.prime()], "parameter");
  let total = 0;
  for (let path = 0; path < 16; path++) {
    const z = [0, 1, 2, 3].map((t) => (path >> t) & 1);
    total += z.reduce((p, k, t) => {
      const reached = t === 0 ? given.initial[k]! : steps[4 * t + 2 * z[t - 1]! + k]!;
      return p * reached * given.emission[2 * t + k]!;
    }, 1);
  }
  const found = d.hmmMarginal(time, state, { initial, transition: changing, logEmission: log(emission) });
  expect(at(found, { ...given, changing: steps })).toBeCloseTo(Math.log(total), 13);
});

test("its gradient is that of differences, and the GPU agrees", async () => {
  expectGradient(marginal, [initial, transition, emission], given);
  await expectAgreement(device, scheduleOptionsFor(device), "hmmMarginal", [marginal], bind(given));
});

test("a transition of wrong axes is refused by name", () => {
  expect(() => d.hmmMarginal(time, state, { initial, transition: initial, logEmission: emission })).toThrow(
    /hmmMarginal: transition must run over "state/,
  );
});

const row = new Axis("row", 2);
const x = input("x", [row], "parameter");
const P = input("P", [row, row.prime()], "parameter");
const C = input("C", [row, row.prime()], "data");
// The inverse of [[2, 0.6], [0.6, 1]]: its determinant is 1.64.
const matrices = { P: [2, 0.6, 0.6, 1], C: [1 / 1.64, -0.6 / 1.64, -0.6 / 1.64, 2 / 1.64], x: [0.3, -1] };
const byPrecision = d.multivariateNormal(0.5, { precision: P, row });

test("a normal by its precision is the normal by its covariance", async () => {
  const byCovariance = d.multivariateNormal(0.5, { covariance: C, row });
  expect(at(byPrecision.logProb(x), matrices)).toBeCloseTo(at(byCovariance.logProb(x), matrices), 12);
  expect(at(byPrecision.entropy!(), matrices)).toBeCloseTo(at(byCovariance.entropy!(), matrices), 12);
  expect(d.klDivergence(byPrecision, byCovariance)).toBeNull();
  expectGradient(byPrecision.logProb(x), [x], matrices);
  await expectAgreement(device, scheduleOptionsFor(device), "by precision", [byPrecision.logProb(x)], bind(matrices));
});

test("draws by precision have the covariance, within 5 standard errors", () => {
  const random = hostRandom(5);
  const factor = [Math.SQRT2, 0, 0.6 / Math.SQRT2, Math.sqrt(0.82)];
  const draws = Array.from(
    { length: 20000 },
    () => byPrecision.sample({ loc: 0, precisionTril: factor }, random) as number[],
  );
  for (const [i, j, entry] of [
    [0, 0, 0],
    [0, 1, 1],
    [1, 1, 3],
  ] as const) {
    const { mean, standardError } = momentsOf(draws.map((draw) => draw[i]! * draw[j]!));
    expect(Math.abs(mean - matrices.C[entry]!)).toBeLessThan(5 * standardError);
  }
});
