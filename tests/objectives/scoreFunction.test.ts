import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { castF32, constant, exp, gather, indexInput, input, logSumExp, mul, random, sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { type Baseline, drawCategorical, ObjectiveError, scoreFunction } from "../../src/objectives/index.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/hard-attention.json", "utf8"));
const device = await testDevice();

const location = new Axis("location", 4);
const feature = new Axis("feature", 6);
const label = new Axis("label", 3);
const glimpse = new Axis("glimpse", 3);
const data = new Map<string, Float64Array>([
  ["image", Float64Array.from(inputs.image_features)],
  ["glimpses", Float64Array.from(inputs.glimpse_features.flat())],
  ["W", Float64Array.from(inputs.W.flat())],
  ["V", Float64Array.from(inputs.V.flat())],
]);
const W = input("W", [location, feature], "parameter");
const V = input("V", [label, glimpse], "parameter");
const logits = sum(mul(W, input("image", [feature], "data")), [feature]);
const logPolicy = logits.sub(logSumExp(logits, [location]));
const scores = sum(mul(V, input("glimpses", [location, glimpse], "data")), [glimpse]);
/** log p(y | l) for every l. */
const logLikelihood = (y: number): Value => {
  const index = constant(y, "i32");
  return gather(scores, label, index).sub(logSumExp(scores, [label]));
};

/** The estimate of ∇_W and ∇_V for draws of l given as data. */
function estimator(y: number, draws: number, baseline: Baseline): { roots: Value[]; value: Value } {
  const draw = drawAxis(draws);
  const l = indexInput("l", [draw], location, "parameter");
  const value = scoreFunction(gather(logLikelihood(y), location, l), gather(logPolicy, location, l), draw, {
    baseline,
  });
  return { value, roots: [value, ...gradient(value, [W, V])] };
}

/** All tuples of locations of S draws, with the policy's probability of each. */
function* tuples(draws: number, probabilities: readonly number[]): Generator<[Float64Array, number]> {
  for (let code = 0; code < 4 ** draws; code++) {
    const tuple = Float64Array.from({ length: draws }, (_, s) => Math.floor(code / 4 ** s) % 4);
    yield [tuple, tuple.reduce((p, l) => p * probabilities[l]!, 1)];
  }
}

/** The exact mean and total variance of the estimates over all tuples of draws. */
function moments(roots: readonly Value[], draws: number, probabilities: readonly number[]) {
  const all = [...tuples(draws, probabilities)].map(([tuple, p]) => {
    const found = evaluate(roots, new Map([...data, ["l", tuple] as const]));
    return { p, found };
  });
  const mean = roots.map((_, k) => {
    const size = all[0]!.found[k]!.length;
    return Float64Array.from({ length: size }, (_, i) => all.reduce((s, { p, found }) => s + p * found[k]![i]!, 0));
  });
  const variance = roots.map((_, k) =>
    all.reduce((s, { p, found }) => s + p * found[k]!.reduce((t, x, i) => t + (x - mean[k]![i]!) ** 2, 0), 0),
  );
  return { mean, variance };
}

const near = (found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void => {
  wanted.forEach((x, i) => {
    expect(Math.abs(found[i]! - x)).toBeLessThan(tolerance);
  });
};

describe("the score-function gradient of hard attention, over all draws there are", () => {
  for (const answer of answers) {
    for (const [draws, baseline] of [
      [1, "none"],
      [2, "leave-one-out"],
      [3, "leave-one-out"],
    ] as const) {
      it(`is unbiased: y = ${answer.y}, ${draws} draws, baseline ${baseline}`, () => {
        const { roots } = estimator(answer.y, draws, baseline);
        const { mean, variance } = moments(roots, draws, answer.p_location);
        near(mean[0]!, [answer.prior_bound], 1e-9);
        near(mean[1]!, answer.grad_W_prior_bound.flat(), 1e-9);
        near(mean[2]!, answer.grad_V_prior_bound.flat(), 1e-9);
        const none = answer.score_function_no_baseline.total_variance;
        if (baseline === "none") expect(variance[1]).toBeCloseTo(none, 6);
      });
    }

    it(`has the published variance with the bound as baseline, y = ${answer.y}`, () => {
      const { roots } = estimator(answer.y, 1, constant(answer.prior_bound));
      const { mean, variance } = moments(roots, 1, answer.p_location);
      near(mean[1]!, answer.grad_W_prior_bound.flat(), 1e-9);
      expect(variance[1]).toBeCloseTo(answer.score_function_baseline_equal_bound.total_variance, 6);
    });
  }

  it("of five draws has less variance with the leave-one-out baseline than with none", () => {
    const answer = answers[0];
    const loo = moments(estimator(answer.y, 5, "leave-one-out").roots, 5, answer.p_location);
    const none = moments(estimator(answer.y, 5, "none").roots, 5, answer.p_location);
    expect(loo.variance[1]!).toBeLessThan(none.variance[1]!);
  });

  it("agrees on the device", async () => {
    const { roots } = estimator(1, 6, "leave-one-out");
    const given = new Map([...data, ["l", Float64Array.of(0, 3, 2, 1, 3, 0)] as const]);
    await expectAgreement(device, scheduleOptionsFor(device), "score function", roots, given);
  });
});

describe("draws that are left out", () => {
  it("count neither in the mean nor in the baselines", () => {
    const [three, two] = [drawAxis(3), drawAxis(2)];
    const w = input("w", [], "parameter");
    const make = (draw: Axis, good?: Value): Value => {
      const f = input("f", [draw], "data");
      const logDensity = mul(w, input("g", [draw], "data"));
      return scoreFunction(f, logDensity, draw, good === undefined ? {} : { good });
    };
    const kept = make(three, input("good", [three], "data").gt(0.5));
    const arrays = (f: number[], g: number[]) =>
      new Map([
        ["w", Float64Array.of(0.3)],
        ["f", Float64Array.from(f)],
        ["g", Float64Array.from(g)],
        ["good", Float64Array.of(1, 0, 1)],
      ]);
    const found = evaluate([kept, ...gradient(kept, [w])], arrays([2, Number.NaN, 5], [0.7, 9, -0.4]));
    const alone = make(two);
    const wanted = evaluate([alone, ...gradient(alone, [w])], arrays([2, 5], [0.7, -0.4]));
    found.forEach((value, k) => {
      expect(value[0]).toBeCloseTo(wanted[k]![0]!, 12);
    });
  });

  it("one draw has no others", () => {
    const draw = drawAxis(1);
    const f = input("f", [draw], "data");
    expect(() => scoreFunction(f, f, draw)).toThrow(ObjectiveError);
    expect(() => scoreFunction(f, f, draw)).toThrow(/2 or more/);
  });
});

describe("categorical draws", () => {
  it("have the frequencies of their probabilities, and every state is reached", () => {
    const draws = 40_000;
    const draw = drawAxis(draws);
    const source = {
      seed: input("seed", [], "parameter", "u32"),
      step: input("step", [], "parameter", "u32"),
      drawOffset: input("offset", [], "parameter", "u32"),
    };
    const z = drawCategorical(exp(logPolicy), location, random("uniform", 0, [draw], source));
    expect(z.dtype).toBe("i32");
    const [found] = evaluate([castF32(z)], new Map([...data, ...zeros()])) as [Float64Array];
    const p: number[] = answers[0].p_location;
    for (const [l, probability] of p.entries()) {
      const share = found.reduce((n, x) => n + (x === l ? 1 : 0), 0) / draws;
      // 5 standard errors of a share.
      expect(Math.abs(share - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / draws));
    }
  });

  const zeros = (): [string, Float64Array][] => [
    ["seed", Float64Array.of(3)],
    ["step", Float64Array.of(0)],
    ["offset", Float64Array.of(0)],
  ];
});
