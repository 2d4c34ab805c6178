/** Hard attention over four locations: the gradient of Σ_l p(l) log p(y | l) in the policy's weights, drawn or summed over. */
import { readFileSync } from "node:fs";
import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { Axis, drawAxis } from "../../src/graph/axis.ts";
import { constant, exp, gather, input, logSumExp, mul, random, sum } from "../../src/graph/ops.ts";
import { type Baseline, drawCategorical, scoreFunction } from "../../src/objectives/index.ts";

const { inputs, answers } = JSON.parse(
  readFileSync(new URL("../../tests/reference/hard-attention.json", import.meta.url), "utf8"),
);

const location = new Axis("location", 4);
const feature = new Axis("feature", 6);
const label = new Axis("label", 3);
const glimpse = new Axis("glimpse", 3);
const W = input("W", [location, feature], "parameter");
const logits = sum(mul(W, input("image", [feature], "parameter")), [feature]);
const logPolicy = logits.sub(logSumExp(logits, [location]));
const scores = sum(
  mul(input("V", [label, glimpse], "parameter"), input("glimpses", [location, glimpse], "parameter")),
  [glimpse],
);
const answer = answers[0];
const logLikelihood = gather(scores, label, constant(answer.y, "i32")).sub(logSumExp(scores, [label]));

/** ∇_W of the bound, row by row. */
export const exactGradient: readonly number[] = answer.grad_W_prior_bound.flat();

/** Known variances of one draw. */
export const exactVariance: Readonly<Record<string, number>> = {
  none: answer.score_function_no_baseline.total_variance,
  bound: answer.score_function_baseline_equal_bound.total_variance,
};

export interface MeasuredGradient {
  readonly mean: readonly number[];
  readonly error: readonly number[];
  readonly variance: number;
}

/** `baseline`: of the score function; null: the sum over all locations. */
export function measureAttention(draws: number, baseline: Baseline | null, batches: number): MeasuredGradient {
  const draw = drawAxis(draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const at = drawCategorical(exp(logPolicy), location, random("uniform", 0, [draw], source));
  const value =
    baseline === null
      ? sum(mul(exp(logPolicy), logLikelihood), [location])
      : scoreFunction(gather(logLikelihood, location, at), gather(logPolicy, location, at), draw, { baseline });
  const run = compileEvaluator(gradient(value, [W]));
  const fixed = [
    ["image", Float64Array.from(inputs.image_features)],
    ["glimpses", Float64Array.from(inputs.glimpse_features.flat())],
    ["W", Float64Array.from(inputs.W.flat())],
    ["V", Float64Array.from(inputs.V.flat())],
    ["step", Float64Array.of(0)],
    ["drawOffset", Float64Array.of(0)],
  ] as const;
  const runs = Array.from(
    { length: batches },
    (_, b) => run(new Map([...fixed, ["seed", Float64Array.of(b + 1)]]))[0]!,
  );
  const mean = exactGradient.map((_, i) => runs.reduce((total, g) => total + g[i]!, 0) / batches);
  const variances = mean.map((m, i) => runs.reduce((total, g) => total + (g[i]! - m) ** 2, 0) / (batches - 1));
  return {
    mean,
    error: variances.map((v) => Math.sqrt(v / batches)),
    variance: variances.reduce((a, b) => a + b, 0),
  };
}

/** The bound itself: the best constant baseline that is easily had. */
export const boundBaseline = (): Baseline => constant(answer.prior_bound);
