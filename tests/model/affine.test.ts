/** Offset and multiplier of a real latent. */
import { describe, expect, test } from "vitest";
import { scheduleOptionsFor } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { gradient } from "../../src/graph/autodiff.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import { fit, flat, halfNormal, type ModelContext, model, normal, real } from "../../src/index.ts";
import type { TracedModel } from "../../src/model/traced.ts";
import { expectAgreement } from "../support/agreement.ts";
import { testDevice } from "../support/gpu.ts";
import { expectMistake, type Mistake } from "./failure.ts";

const device = await testDevice();

function densityAt(traced: TracedModel, z: readonly number[]): { value: number; gradient: Float64Array } {
  const point = input("z", [traced.coordinate], "parameter");
  const { logJoint } = traced.at(point);
  const at = new Map([...traced.inputs, ["z", Float64Array.from(z)]]);
  const [value, slope] = evaluate([logJoint, gradient(logJoint, [point])[0]!], at);
  return { value: value![0]!, gradient: slope! };
}

const y = [28, 8, -3, 7];
const sigma = [15, 10, 16, 11];

const schools = (affine: boolean) =>
  model("schools", ({ plate, sample, observe }) => {
    const school = plate("school", y.length);
    const mu = sample("mu", normal(0, 5));
    const tau = sample("tau", halfNormal(5));
    const options = affine ? { offset: mu, multiplier: tau } : {};
    const theta = sample("theta", normal(mu, tau), [school], options);
    observe("y", normal(theta, real(sigma, [school])), real(y, [school]));
  });

const noncentred = model("schools", ({ plate, sample, observe }) => {
  const school = plate("school", y.length);
  const mu = sample("mu", normal(0, 5));
  const tau = sample("tau", halfNormal(5));
  const eta = sample("eta", normal(0, 1), [school]);
  observe("y", normal(mu.add(tau.mul(eta)), real(sigma, [school])), real(y, [school]));
});

describe("a latent with an inferred offset and multiplier", () => {
  const z = [1.5, 0.4, -0.3, 0.2, 1.1, -2];

  test("has the coordinates, density and gradient of the non-centred form", () => {
    const [ours, theirs] = [densityAt(schools(true).trace({}), z), densityAt(noncentred.trace({}), z)];
    expect(ours.value).toBeCloseTo(theirs.value, 10);
    ours.gradient.forEach((slope, i) => {
      expect(slope).toBeCloseTo(theirs.gradient[i]!, 9);
    });
  });

  test("is the same density as without, at θ = μ + τu, plus log τ an entry", () => {
    const [mu, tau] = [z[0]!, Math.exp(z[1]!)];
    const theta = z.slice(2).map((u) => mu + tau * u);
    const plain = densityAt(schools(false).trace({}), [z[0]!, z[1]!, ...theta]).value;
    expect(densityAt(schools(true).trace({}), z).value).toBeCloseTo(plain + 4 * Math.log(tau), 10);
  });

  test("is the same on the device, for many draws", async () => {
    const traced = schools(true).trace({});
    const draw = drawAxis(3);
    const point = input("z", [traced.coordinate, draw], "parameter");
    const { logJoint } = traced.at(point);
    const values = Float64Array.from({ length: 3 * z.length }, (_, i) => Math.fround(Math.sin(i + 1)));
    const roots = [logJoint, gradient(logJoint, [point])[0]!];
    await expectAgreement(
      device,
      scheduleOptionsFor(device),
      "affine",
      roots,
      new Map([...traced.inputs, ["z", values]]),
    );
  });

  test("has a gradient that differences confirm", () => {
    const traced = schools(true).trace({});
    const { gradient: slope } = densityAt(traced, z);
    const h = 1e-5;
    z.forEach((_, i) => {
      const moved = (by: number) =>
        densityAt(
          traced,
          z.map((u, j) => (i === j ? u + by : u)),
        ).value;
      expect(slope[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 6);
    });
  });

  test("is fitted where the centred form has a funnel", async () => {
    const device = cpuBackend();
    const posterior = await fit(schools(true), {}, { device, draws: 8, steps: 300, seed: 1 });
    const { mean, sd } = posterior.summary().get("theta[1]");
    device.dispose();
    // The prior pulls the first school's 28 ± 15 most of the way to the others.
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(15);
    expect(sd).toBeGreaterThan(2);
  });
});

test("constants and data: log multiplier for each entry of the site, whatever the multiplier runs over", () => {
  const traced = (options: "scalar" | "plated") =>
    model("m", ({ plate, sample, observe }) => {
      const n = plate("n", 3);
      const multiplier = options === "scalar" ? 2 : real([1, 2, 4], [n]);
      const x = sample("x", flat(), [n], { offset: 10, multiplier });
      observe("y", normal(x.sum(n), 1), 30);
    }).trace({});
  const constant = -0.5 * Math.log(2 * Math.PI);
  expect(densityAt(traced("scalar"), [0, 0, 0]).value).toBeCloseTo(constant + 3 * Math.log(2), 10);
  expect(densityAt(traced("plated"), [0, 0, 0]).value).toBeCloseTo(constant + Math.log(8), 10);
});

const mistakes: Mistake[] = [
  [
    "a multiplier that is not positive",
    "parameter-domain",
    "x",
    /x: its multiplier must be positive and finite; got 0/,
    ({ sample }: ModelContext) => sample("x", normal(0, 1), [], { multiplier: 0 }),
  ],
  [
    "an offset that is not finite",
    "parameter-domain",
    "x",
    /x: its offset must be finite; got Infinity/,
    ({ sample }: ModelContext) => sample("x", normal(0, 1), [], { offset: Number.POSITIVE_INFINITY }),
  ],
  [
    "on a bounded latent",
    "wrong-argument",
    "tau",
    /tau: offset and multiplier are for real latents, and a halfNormal is non-negative; leave them out/,
    ({ sample }: ModelContext) => sample("tau", halfNormal(1), [], { multiplier: 2 }),
  ],
  [
    "along a plate that the site lacks",
    "axis-mismatch",
    "x",
    /x: its multiplier runs over .*n.*give the site that plate/,
    ({ plate, sample }: ModelContext) => sample("x", normal(0, 1), [], { multiplier: real([1, 2], [plate("n", 2)]) }),
  ],
];

test.each(mistakes)("refused: %s", (...mistake) => expectMistake(...mistake));
