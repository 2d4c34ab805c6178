/** The models of docs/modelling.md, as they stand there. */
import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/ops.ts";
import { fit, type JsonData, type Model } from "../../src/index.ts";
import { codeBlocks, snippetRunner } from "../support/snippets.ts";

const runCode = snippetRunner();
const blocks = codeBlocks("docs/modelling.md");

const x = [-1.5, -0.5, 0, 0.4, 1.1, 2];
const y = [-2.1, 0.3, 0.9, 2.2, 2.8, 5.3];
const counts = [0, 3, 0, 5, 2, 0];

/** Data and coordinates of each, in the order of the page. */
const examples: readonly (readonly [name: string, data: JsonData, coordinates: number])[] = [
  ["regression", { x, y }, 3],
  ["logistic", { X: x.map((value, i) => [value, y[i]!]), y: [0, 0, 1, 0, 1, 1] }, 3],
  ["schools", { y: [28, 8, -3, 7], sigma: [15, 10, 16, 11] }, 6],
  ["mixture", { y }, 4],
  ["garch", { y, sigma1: 1.2 }, 4],
  ["zeros", { counts }, 2],
];

async function load(k: number): Promise<Model> {
  const { exported } = await runCode(`${examples[k]![0]}.ts`, blocks[k]!);
  return exported.default as Model;
}

test("there is one block a model", () => {
  expect(blocks).toHaveLength(examples.length);
});

describe.each(examples.map((example, k) => [...example, k] as const))("%s", (name, data, coordinates, k) => {
  test("is traced, with a finite log density and a gradient that differences confirm", async () => {
    const model = await load(k);
    const traced = model.trace(data);
    expect(traced.name).toBe(name);
    expect(traced.coordinate.size).toBe(coordinates);
    const z = input("z", [traced.coordinate], "parameter");
    const { logJoint } = traced.at(z);
    const roots = [logJoint, gradient(logJoint, [z])[0]!];
    const at = (point: readonly number[]) =>
      evaluate(roots, new Map([...traced.inputs, ["z", Float64Array.from(point)]]));
    const point = Array.from({ length: coordinates }, (_, i) => 0.5 * Math.sin(i + 1));
    const [value, slope] = at(point);
    expect(Number.isFinite(value![0])).toBe(true);
    const h = 1e-5;
    point.forEach((_, i) => {
      const moved = (by: number) => at(point.map((u, j) => (i === j ? u + by : u)))[0]![0]!;
      const difference = (moved(h) - moved(-h)) / (2 * h);
      // Rounding of the difference: ε |log p| / h ≈ 1e-9 at |log p| ≈ 100.
      expect(Math.abs(slope![i]! - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
    });
  });
});

test("the regression is fitted", async () => {
  const model = await load(0);
  const device = cpuBackend();
  const posterior = await fit(model, { x, y }, { device, draws: 8, steps: 400, seed: 1 });
  const { mean } = posterior.summary().get("beta");
  device.dispose();
  // Least squares gives a slope of 2.03 with a standard error of 0.13; the priors are wide.
  expect(Math.abs(mean - 2)).toBeLessThan(0.3);
});
