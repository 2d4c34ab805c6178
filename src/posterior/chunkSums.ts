/** What the moments of many scalars need of a chunk of draws, summed where the draws are made. */
import { type Axis, withoutAxes } from "../graph/axis.ts";
import {
  and,
  castF32,
  castI32,
  exp,
  input,
  iota,
  isFiniteValue,
  lt,
  mul,
  select,
  square,
  sub,
  sum,
} from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

/** Inputs of the sums: how many draws of a chunk count, the log weight that counts as one, pivots and scales by site. */
export const SUM_INPUTS = {
  count: "drawCount",
  level: "level",
  pivot: (site: string): string => `pivot.${site}`,
  scale: (site: string): string => `scale.${site}`,
} as const;

/** Log weights may exceed the level by so much: their squares, times fourth powers, stay within float32. */
export const MOST_ABOVE_LEVEL = 20;

/** Over all draws: Σw, Σw² of the weights relative to the level. */
export const WEIGHT_SUMS = ["weight", "squares"] as const;

/**
 * Of each scalar, with t = (x − pivot)/scale: draws that are finite, Σt, Σt²; Σw, Σwt, Σwt²; Σw², Σw²t, Σw²t², Σw²t³,
 * Σw²t⁴ over them.
 */
export const SCALAR_SUMS = ["t0", "t1", "t2", "w0", "w1", "w2", "v0", "v1", "v2", "v3", "v4"] as const;

export type WeightSum = (typeof WEIGHT_SUMS)[number];
export type ScalarSum = (typeof SCALAR_SUMS)[number];

export const weightSum = (name: WeightSum): string => `sums.${name}`;
export const scalarSum = (site: string, name: ScalarSum): string => `sums.${site}.${name}`;

/**
 * Sums for values by name, over their own axes. Float32 is enough where pivot and scale are near a scalar's mean and sd;
 * chunks are added up in float64 by the host (moments.ts). A log weight that is not finite weighs nothing. `posterior`: what is
 * weighted in place of a value that says what q has of it, as the probabilities of a q of discrete sites do.
 */
export function chunkSums(
  values: ReadonlyMap<string, Value>,
  logWeight: Value,
  draw: Axis,
  posterior: ReadonlyMap<string, Value> = new Map(),
): Record<string, Value> {
  const counts = lt(iota(draw), castI32(input(SUM_INPUTS.count, [], "parameter", "u32")));
  const usable = and(counts, isFiniteValue(logWeight));
  const weight = select(usable, exp(sub(logWeight, input(SUM_INPUTS.level, [], "parameter"))), 0);
  const total = (x: Value): Value => sum(x, [draw]);
  const outputs: Record<string, Value> = {
    [weightSum("weight")]: total(weight),
    [weightSum("squares")]: total(square(weight)),
  };
  for (const [site, value] of values) {
    const x = castF32(value);
    const axes = withoutAxes(x.axes, [draw]);
    const pivot = input(SUM_INPUTS.pivot(site), axes, "parameter");
    const scale = input(SUM_INPUTS.scale(site), axes, "parameter");
    const of = (x: Value) => {
      const good = and(counts, isFiniteValue(x));
      return { good, t: select(good, sub(x, pivot).div(scale), 0) };
    };
    const own = of(x);
    const other = posterior.get(site);
    const { good, t } = other === undefined ? own : of(castF32(other));
    const w = select(good, weight, 0);
    const [t2, v] = [square(t), square(w)];
    const sums: Record<ScalarSum, Value> = {
      t0: total(castF32(own.good)),
      t1: total(own.t),
      t2: total(square(own.t)),
      w0: total(w),
      w1: total(mul(w, t)),
      w2: total(mul(w, t2)),
      v0: total(v),
      v1: total(mul(v, t)),
      v2: total(mul(v, t2)),
      v3: total(mul(v, mul(t2, t))),
      v4: total(mul(v, square(t2))),
    };
    for (const [name, made] of Object.entries(sums)) outputs[scalarSum(site, name as ScalarSum)] = made;
  }
  return outputs;
}
