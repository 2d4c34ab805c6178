import { max, min, mul } from "../graph/ops.ts";
import { LONGEST_STEP, mapArrays, type Optimizer } from "./optimizer.ts";

/**
 * Steps along the natural gradient (S. Amari, *Natural gradient works efficiently in learning*, 1998): a gradient in
 * local coordinates, where the Fisher information is the identity, times the step size. Each entry is held under
 * LONGEST_STEP, so that one draw in a heavy tail cannot throw the fit away; as the step size falls the limit is met
 * ever more rarely and the optimum is not moved.
 */
export function naturalGradient(options: { readonly stepSize?: number } = {}): Optimizer {
  return {
    name: "natural-gradient",
    stepSize: options.stepSize ?? 0.1,
    init: () => ({}),
    step: (gradient, state, stepSize) => ({
      step: mapArrays(gradient, (value) => max(min(mul(value, stepSize), LONGEST_STEP), -LONGEST_STEP)),
      state,
    }),
  };
}
