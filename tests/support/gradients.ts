/** Reverse-mode gradients against central differences, both in float64. */
import { expect } from "vitest";
import { expandTo } from "../../src/cpu/expand.ts";
import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { vjp } from "../../src/graph/autodiff.ts";
import { input, mul, sum } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { randomNumbers } from "./numbers.ts";

export interface DifferencesOptions {
  /** Step relative to max(1, |x|). */
  readonly step?: number;
  readonly relative?: number;
  readonly absolute?: number;
  readonly seed?: number;
}

/**
 * Contracts `value` with random weights over its axes and compares the gradient in every `wrt` (leaves named in
 * `inputs`) with central differences of the contraction, coordinate by coordinate.
 */
export function expectGradient(
  value: Value,
  wrt: readonly Value[],
  inputs: Readonly<Record<string, readonly number[]>>,
  { step = 1e-6, relative = 1e-6, absolute = 1e-7, seed = 1 }: DifferencesOptions = {},
): void {
  const random = randomNumbers(seed);
  const weightName = "weights of the contraction";
  const weight = input(weightName, value.axes, "data");
  const bound = new Map(Object.entries(inputs).map(([name, values]) => [name, Float64Array.from(values)]));
  bound.set(weightName, Float64Array.from(random.array(value.size, 0.5, 1.5)));

  const gradients = vjp([{ value, cotangent: weight }], wrt);
  const computed = compileEvaluator(gradients)(bound);
  const contraction = compileEvaluator([sum(mul(value, weight), value.axes)]);
  wrt.forEach((leaf, k) => {
    const extra = gradients[k]!.axes.filter((axis) => !leaf.hasAxis(axis));
    expect(extra, `the gradient has axes that its variable lacks`).toEqual([]);
    if (leaf.op.kind !== "input") throw new Error("expectGradient differentiates with respect to inputs");
    const name = leaf.op.name;
    const full = expandTo(computed[k]!, gradients[k]!.axes, leaf.axes);
    const at = bound.get(name)!;
    at.forEach((x, i) => {
      const h = step * Math.max(1, Math.abs(x));
      const along = (delta: number): number => contraction(new Map(bound).set(name, at.with(i, x + delta)))[0]![0]!;
      const difference = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
      const tolerance = absolute + relative * Math.max(Math.abs(difference), Math.abs(full[i]!));
      const message = `d/d${name}[${i}]: reverse ${full[i]}, differences ${difference}`;
      expect(Math.abs(full[i]! - difference) <= tolerance, message).toBe(true);
    });
  });
}
