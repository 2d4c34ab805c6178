import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { Axis } from "../../src/graph/axis.ts";
import { add, input } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import { adam, LONGEST_STEP, naturalGradient, type Optimizer } from "../../src/optimizers/index.ts";

const axis = new Axis("x", 3);
const target = Float64Array.of(1, -2, 0.5);
const start = Float64Array.of(4, 4, 4);

/** Ascends −½|x − target|² and returns x after each step. */
async function ascend(optimizer: Optimizer, steps: number, stepSize: number): Promise<Float64Array[]> {
  const x = input("x", [axis], "state");
  const goal = input("goal", [axis], "parameter");
  const size = input("size", [], "parameter");
  const memory = optimizer.init({ x: [axis] });
  const states = Object.fromEntries(
    Object.entries(memory).map(([name, { axes }]) => [name, input(name, axes, "state")]),
  );
  const taken = optimizer.step({ x: goal.sub(x) }, states, size);
  const next: Record<string, Value> = { x: add(x, taken.step.x!), ...taken.state };
  const program = await cpuBackend().compile({ name: "quadratic", outputs: {}, next });
  program.write("x", start);
  program.write("goal", target);
  program.write("size", [stepSize]);
  for (const [name, { initial }] of Object.entries(memory)) program.write(name, initial);
  const path: Float64Array[] = [];
  for (let step = 0; step < steps; step++) {
    await program.run();
    path.push((await program.read(["x"])).x!.slice());
  }
  return path;
}

describe("natural gradient", () => {
  it("contracts by 1 − step size, and never steps further than its limit", async () => {
    const path = await ascend(naturalGradient(), 60, 0.25);
    expect(path[0]![1]).toBeCloseTo(4 - LONGEST_STEP, 12);
    const [before, after] = [path[40]!, path[41]!];
    for (let i = 0; i < 3; i++) expect((after[i]! - target[i]!) / (before[i]! - target[i]!)).toBeCloseTo(0.75, 6);
  });
});

describe("Adam", () => {
  it("is the published algorithm", async () => {
    const path = await ascend(adam(), 50, 0.1);
    // Kingma & Ba, algorithm 1, in plain numbers.
    for (let i = 0; i < 3; i++) {
      let x = start[i]!;
      let m = 0;
      let v = 0;
      for (let t = 1; t <= 50; t++) {
        const g = target[i]! - x;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        x += (0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
        expect(path[t - 1]![i]).toBeCloseTo(x, 9);
      }
    }
  });

  it("reaches the optimum of a quadratic", async () => {
    const path = await ascend(adam(), 600, 0.05);
    for (let i = 0; i < 3; i++) expect(path.at(-1)![i]).toBeCloseTo(target[i]!, 2);
  });
});
