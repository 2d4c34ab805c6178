/** What a guide without a natural gradient of its own answers: gradients by automatic differentiation, steps in λ itself. */
import { vjp } from "../graph/autodiff.ts";
import { mul, select, stopGradient } from "../graph/ops.ts";
import type { BoundGuide, Parameters } from "./guide.ts";

/**
 * The members of a BoundGuide whose parameters are all `adaptive`. Give λ units in which a step of 0.01 is a small one:
 * locations in sds of the start, logarithms of scales, weights of a network.
 *
 * The gradient is that of Σ f over the draws, f = log p − log q, along z = T(ε; λ); with sticking-the-landing λ is stopped
 * inside log q (G. Roeder, Y. Wu & D. Duvenaud, NeurIPS 2017, eq. 8). Of weighted draws the sum is Σ w f, whose gradient has
 * a part Σ (f − f̄) ∇w: the weights' own mean does not change.
 */
export function automatic(
  parameters: BoundGuide["parameters"],
  logDensityAt: BoundGuide["logDensityAt"],
): Pick<BoundGuide, "localAxes" | "naturalGradient" | "pullback" | "retract"> {
  return {
    localAxes: Object.fromEntries(Object.entries(parameters).map(([name, { axes }]) => [name, axes])),
    naturalGradient(lambda, constants, draws, { score, good, share, advantage }, estimator) {
      const names = Object.keys(parameters);
      const { weight } = draws;
      const stopped = Object.fromEntries(names.map((name) => [name, stopGradient(lambda[name]!)]));
      const logDensity =
        estimator === "sticking-the-landing" ? logDensityAt(stopped, constants, draws.z) : draws.logDensity;
      const found = vjp(
        [
          { value: draws.z, cotangent: score },
          { value: logDensity, cotangent: select(good, weight === undefined ? -1 : weight.neg(), 0) },
          ...(weight === undefined || advantage === undefined ? [] : [{ value: weight, cotangent: advantage }]),
        ],
        names.map((name) => lambda[name]!),
      );
      return Object.fromEntries(names.map((name, i) => [name, mul(found[i]!, share)]));
    },
    pullback: (_lambda, _constants, gradient) => gradient,
    retract: (lambda: Parameters, _constants, step) =>
      Object.fromEntries(Object.keys(parameters).map((name) => [name, lambda[name]!.add(step[name]!)])),
  };
}
