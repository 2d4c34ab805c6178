/** Log densities and gradients of 19 posteriors against Stan's own, in float64 and on the device. */
import { describe, expect, test } from "vitest";
import { GpuBackend, scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { drawAxis, sizeOf } from "../../src/graph/axis.ts";
import { expand } from "../../src/graph/expand.ts";
import { input } from "../../src/graph/ops.ts";
import type { Backend } from "../../src/graph/program.ts";
import { testDevice } from "../support/gpu.ts";
import { loadPosterior, posteriorNames, posteriorReference, stanCoordinates } from "./support.ts";

const device = await testDevice();

interface Densities {
  readonly logJoint: readonly number[];
  /** By point, in Stan's order of coordinates. */
  readonly gradients: readonly (readonly number[])[];
}

/** The points are draws: all four in one run. */
async function evaluateAt(backend: Backend, name: string, round = (x: number): number => x): Promise<Densities> {
  const traced = await loadPosterior(name);
  const { points } = posteriorReference(name).logDensity;
  const order = stanCoordinates(name, traced);
  expect(points[0]!.unconstrained).toHaveLength(order.length);
  const draw = drawAxis(points.length);
  const z = input("z", [traced.coordinate, draw], "parameter");
  const { logJoint } = traced.at(z);
  const [slope] = gradient(logJoint, [z]);
  const axes = [traced.coordinate, draw];
  const program = await backend.compile({ name, outputs: { logJoint, slope: expand(slope!, axes) } });
  for (const [inputName, values] of traced.inputs) if (program.hasInput(inputName)) program.write(inputName, values);
  const flat = new Float64Array(sizeOf(axes));
  points.forEach(({ unconstrained }, p) => {
    order.forEach((at, k) => {
      flat[at * points.length + p] = round(unconstrained[k]!);
    });
  });
  program.write("z", flat);
  await program.run();
  const found = await program.read(["logJoint", "slope"]);
  program.dispose();
  const gradients = points.map((_, p) => order.map((at) => found.slope![at * points.length + p]!));
  return { logJoint: Array.from(found.logJoint!), gradients };
}

const norm = (values: readonly number[]): number => Math.hypot(...values);
const difference = (a: readonly number[], b: readonly number[]): number[] => a.map((x, k) => x - b[k]!);

const stanDensities = (name: string): Densities => {
  const { points } = posteriorReference(name).logDensity;
  return { logJoint: points.map(({ logProb }) => logProb), gradients: points.map((point) => point.gradient) };
};

/** Largest error of a gradient relative to its norm, and of a difference of log densities relative to its size. */
function errors(found: Densities, expected: Densities): { slope: number; rise: number } {
  const slopes = expected.gradients.map((wanted, p) => norm(difference(found.gradients[p]!, wanted)) / norm(wanted));
  const rises = expected.logJoint.slice(1).map((log, p) => {
    const wanted = log - expected.logJoint[0]!;
    return Math.abs(found.logJoint[p + 1]! - found.logJoint[0]! - wanted) / Math.max(1, Math.abs(wanted));
  });
  return { slope: Math.max(...slopes), rise: Math.max(...rises) };
}

test("all 19 posteriors are there", () => {
  expect(posteriorNames).toHaveLength(19);
});

describe.each(posteriorNames)("%s", (name) => {
  test("in float64", async () => {
    const found = await evaluateAt(cpuBackend(), name);
    const { slope, rise } = errors(found, stanDensities(name));
    expect(slope).toBeLessThan(1e-8);
    expect(rise).toBeLessThan(1e-8);
    // With every constant: what an evidence needs.
    posteriorReference(name).logDensity.full.forEach((expected, p) => {
      expect(Math.abs(found.logJoint[p]! - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-9);
    });
  });

  test("on the device", async () => {
    const found = await evaluateAt(new GpuBackend(device, scheduleOptionsFor(device)), name);
    // The device is given the points in float32, which alone moves a gradient by up to 2e-4 of its norm (sblrc, GLMM).
    const { slope, rise } = errors(found, await evaluateAt(cpuBackend(), name, Math.fround));
    expect(slope).toBeLessThan(1e-4);
    // float32 keeps 24 bits of each log density, of which constants may cancel most.
    const { full, points } = posteriorReference(name).logDensity;
    const largest = Math.max(...full.map(Math.abs), ...points.map(({ logProb }) => Math.abs(logProb)));
    expect(rise).toBeLessThan(1e-4 + 2 ** -22 * largest);
  });
});
