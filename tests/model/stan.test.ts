/** Every example's log joint and its gradient against Stan's, in float64. */
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/ops.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { type ExampleName, exampleNames, loadExample, stanDensity } from "../support/examples.ts";

/** Where our parameters are called otherwise than posteriordb's. */
const RENAMED: Partial<Record<ExampleName, Record<string, string>>> = {
  diamonds: { Intercept: "intercept" },
  "eight-schools": Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`theta_trans[${i + 1}]`, `eta[${i + 1}]`])),
  "kidscore-momiq": { "beta[1]": "alpha", "beta[2]": "beta" },
  wells: { "beta[1]": "alpha", "beta[2]": "beta" },
};

/** For each of our coordinates, its place among Stan's: "log(tau)" and "mu (identity)" are theirs for tau and mu. */
function permutation(name: ExampleName, traced: TracedModel, stan: readonly string[]): number[] {
  const names = stan.map((text) => /^\w+\((.*)\)$/.exec(text)?.[1] ?? text.replace(/ \(.*\)$/, ""));
  const ours = names.map((theirs) => RENAMED[name]?.[theirs] ?? theirs);
  return traced.parameterNames.slice(0, traced.coordinate.size).map((parameter) => {
    const place = ours.indexOf(parameter);
    if (place < 0) throw new Error(`${name}: Stan has no ${parameter}`);
    return place;
  });
}

describe.each(exampleNames.filter((name) => name !== "conjugate-regression"))("%s", (name) => {
  it("has Stan's log density and gradient", async () => {
    const { model, data } = await loadExample(name);
    const traced = model.trace(data);
    const stan = stanDensity(name);
    const order = permutation(name, traced, stan.parameters_unconstrained);
    const z = input("z", [traced.coordinate], "parameter");
    const { logJoint, values } = traced.at(z);
    const roots = [logJoint, gradient(logJoint, [z])[0]!];
    const logJoints: number[] = [];
    for (const point of stan.points) {
      const at = Float64Array.from(order, (place) => point.unconstrained[place]!);
      const [value, slope] = evaluate(roots, new Map([...traced.inputs, ["z", at]]));
      logJoints.push(value![0]!);
      const scale = Math.max(...point.gradient.map(Math.abs));
      order.forEach((place, i) => {
        expect(Math.abs(slope![i]! - point.gradient[place]!) / scale).toBeLessThan(1e-10);
        expect(slope![i]!).toBeCloseTo(point.gradient[place]!, 5);
      });
    }
    stan.points.forEach((point, k) => {
      const full = stan.own_spec_check.full_log_density[k]!;
      expect(Math.abs(logJoints[k]! - full)).toBeLessThan(1e-10 * Math.abs(full) + 1e-9);
      const difference = point.log_prob - stan.points[0]!.log_prob;
      expect(Math.abs(logJoints[k]! - logJoints[0]! - difference)).toBeLessThan(1e-9 * Math.abs(difference) + 1e-8);
    });
    expect([...values.keys()]).toEqual([...traced.latents, ...traced.deterministics].map((site) => site.name));
  });
});
