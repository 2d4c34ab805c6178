/** A gamma q of the rate of counts, the family of the posterior: draws with implicit derivatives against score functions. */

import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { trigamma } from "../../src/cpu/special.ts";
import { gamma, poisson } from "../../src/distributions/index.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { exp, input, random, stopGradient, sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { type Baseline, scoreFunction } from "../../src/objectives/index.ts";
import type { Measured } from "./measure.ts";
import { gammaAnswers, type Pair } from "./problems.ts";

export type GammaEstimator = "implicit" | "implicit, sticking the landing" | Baseline;

const { inputs, answers } = gammaAnswers;
const [a, b] = [answers.posterior_shape, answers.posterior_rate] as [number, number];

/** The derivatives of −KL(Gamma(shape, rate) ‖ posterior) in the logarithms of shape and rate. */
export const exactOf = (shape: number, rate: number): Pair => [
  -shape * ((shape - a) * trigamma(shape) + b / rate - 1),
  -rate * (a / rate - (shape * b) / rate ** 2),
];

export function measureGamma(
  estimator: GammaEstimator,
  [shape, rate]: readonly [number, number],
  draws: number,
  batches: number,
): Measured {
  const draw = drawAxis(draws);
  const source = {
    seed: input("seed", [], "parameter", "u32"),
    step: input("step", [], "parameter", "u32"),
    drawOffset: input("drawOffset", [], "parameter", "u32"),
  };
  const lambda = ["logShape", "logRate"].map((name) => input(name, [], "parameter")) as [Value, Value];
  const [inShape, inRate] = lambda;
  const q = gamma(exp(inShape), exp(inRate));
  const fixed = gamma(exp(stopGradient(inShape)), exp(stopGradient(inRate)));
  let stream = 0;
  const z = q.rsample!((kind, axes) => random(kind, ++stream, [...axes, draw], source), []);
  const joint = (x: Value): Value =>
    inputs.y.reduce(
      (total: Value, y: number) => total.add(poisson(x).logProb(y)),
      gamma(inputs.prior_shape, inputs.prior_rate).logProb(x),
    );
  const still = stopGradient(z);
  const value =
    estimator === "implicit"
      ? sum(joint(z).sub(q.logProb(z)), [draw]).div(draws)
      : estimator === "implicit, sticking the landing"
        ? sum(joint(z).sub(fixed.logProb(z)), [draw]).div(draws)
        : scoreFunction(joint(still).sub(fixed.logProb(still)), q.logProb(still), draw, { baseline: estimator });
  const run = compileEvaluator(gradient(value, lambda));
  const at = { step: 0, drawOffset: 0, logShape: Math.log(shape), logRate: Math.log(rate) };
  const runs = Array.from({ length: batches }, (_, seed) => {
    const [inA, inB] = run(
      new Map(Object.entries({ ...at, seed }).map(([name, x]) => [name, Float64Array.of(x)] as const)),
    );
    return [inA![0]!, inB![0]!] as const;
  });
  const moments = ([0, 1] as const).map((i) => {
    const mean = runs.reduce((total, run) => total + run[i], 0) / batches;
    return { mean, variance: runs.reduce((total, run) => total + (run[i] - mean) ** 2, 0) / (batches - 1) };
  }) as [{ mean: number; variance: number }, { mean: number; variance: number }];
  return {
    mean: [moments[0].mean, moments[1].mean],
    error: [Math.sqrt(moments[0].variance / batches), Math.sqrt(moments[1].variance / batches)],
    variance: moments[0].variance + moments[1].variance,
  };
}
