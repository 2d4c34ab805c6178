/** Mean and variance of an estimator over many batches, in float64. */
import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input, random } from "../../src/graph/ops.ts";
import type { Parameters } from "../../src/guides/guide.ts";
import { ObjectiveError } from "../../src/objectives/index.ts";
import type { Estimator } from "./estimators.ts";
import type { Pair, Problem } from "./problems.ts";

export interface Measured {
  readonly mean: Pair;
  readonly error: Pair;
  /** Of one estimate, both derivatives together. */
  readonly variance: number;
}

/** Null where the model has no such estimator. */
export function measure(problem: Problem, estimator: Estimator, batches: number, firstSeed = 1): Measured | null {
  const { guide, model } = problem;
  const draw = drawAxis(estimator.draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const inputs = (specs: typeof guide.parameters | typeof guide.constants): Parameters =>
    Object.fromEntries(Object.entries(specs).map(([name, { axes }]) => [name, input(name, axes, "parameter")]));
  const batch = {
    lambda: inputs(guide.parameters),
    constants: inputs(guide.constants),
    noise: (distribution: "normal" | "uniform", axes: readonly ReturnType<typeof drawAxis>[], stream: number) =>
      random(distribution, stream, [...axes, draw], source),
    draw,
  };
  let found: Parameters;
  try {
    found = estimator.build(problem, batch);
  } catch (error) {
    if (error instanceof ObjectiveError) return null;
    throw error;
  }
  const run = compileEvaluator([found.loc!, found.logScale!]);
  const zero = Float64Array.of(0);
  const fixed = [
    ...model.inputs,
    ...Object.entries(guide.parameters).map(([name, { initial }]) => [name, initial] as const),
    ...Object.entries(guide.constants).map(([name, { values }]) => [name, values] as const),
    ["drawOffset", zero] as const,
    ["step", zero] as const,
  ];
  const runs = Array.from({ length: batches }, (_, b) => {
    const [loc, scale] = run(new Map([...fixed, ["seed", Float64Array.of(firstSeed + b)] as const]));
    return [loc![0]!, scale![0]!] as const;
  });
  const moments = ([0, 1] as const).map((i) => {
    const mean = runs.reduce((sum, run) => sum + run[i], 0) / batches;
    return { mean, variance: runs.reduce((sum, run) => sum + (run[i] - mean) ** 2, 0) / (batches - 1) };
  });
  const [a, b] = moments as [(typeof moments)[number], (typeof moments)[number]];
  return {
    mean: [a.mean, b.mean],
    error: [Math.sqrt(a.variance / batches), Math.sqrt(b.variance / batches)],
    variance: a.variance + b.variance,
  };
}
