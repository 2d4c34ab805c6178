import { sizeOf } from "../graph/axis.ts";
import { add, div, exp, mul, sqrt, square, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { mapArrays, type Optimizer, type StateSpec } from "./optimizer.ts";

export interface AdamOptions {
  readonly stepSize?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam with bias correction (D. P. Kingma & J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, alg. 1). */
export function adam(options: AdamOptions = {}): Optimizer {
  const { stepSize = 0.02, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  /** 1 − βᵗ, from log β so that it is right in float32 for the first steps too. */
  const correction = (beta: number, t: Value): Value => sub(1, exp(mul(t, Math.log(beta))));
  return {
    name: "adam",
    stepSize,
    init(localAxes) {
      const state: Record<string, StateSpec> = { time: { axes: [], initial: new Float64Array(1) } };
      for (const [name, axes] of Object.entries(localAxes)) {
        state[`first.${name}`] = { axes, initial: new Float64Array(sizeOf(axes)) };
        state[`second.${name}`] = { axes, initial: new Float64Array(sizeOf(axes)) };
      }
      return state;
    },
    step(gradient, state, size) {
      const t = add(state.time!, 1);
      const next: Record<string, Value> = { time: t };
      const [first, second] = [correction(beta1, t), correction(beta2, t)];
      const step = mapArrays(gradient, (g, name) => {
        const m = add(mul(state[`first.${name}`]!, beta1), mul(g, 1 - beta1));
        const v = add(mul(state[`second.${name}`]!, beta2), mul(square(g), 1 - beta2));
        next[`first.${name}`] = m;
        next[`second.${name}`] = v;
        return mul(size, div(div(m, first), add(sqrt(div(v, second)), epsilon)));
      });
      return { step, state: next };
    },
  };
}
