/** Reverse against forward divergence on two modes: q's mean and sd against the exact optima, by quadrature. */
import { describe, expect, it } from "vitest";
import data from "../../examples/two-modes/data.json" with { type: "json" };
import model from "../../examples/two-modes/model.ts";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { fit, forwardKl, iwae, mixtureGuide } from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);
const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - LOG_ROOT_TWO_PI;
const logJoint = (z: number): number => data.y.reduce((sum, y) => sum + logNormal(y, z * z, 3), logNormal(z, 1, 1.5));

/** ∫ f over −9 … 9 by the trapezoid rule, exact to rounding for such functions. */
const STEP = 0.002;
const integral = (f: (z: number) => number): number => {
  let total = 0;
  for (let i = -4500; i <= 4500; i++) total += f(i * STEP) * STEP;
  return total;
};
const logEvidence = Math.log(integral((z) => Math.exp(logJoint(z) + 9))) - 9;
const posterior = (z: number): number => Math.exp(logJoint(z) - logEvidence);
const mean = integral((z) => z * posterior(z));
const sd = Math.sqrt(integral((z) => (z - mean) ** 2 * posterior(z)));

const elbo = (m: number, s: number): number =>
  integral((z) => {
    const logQ = logNormal(z, m, s);
    return logQ < -300 ? 0 : Math.exp(logQ) * (logJoint(z) - logQ);
  });

/** The optimum of the ELBO near a start, by direct search. */
function reverseOptimum(from: number): { elbo: number; mean: number; sd: number } {
  let [m, log, best] = [from, -0.7, elbo(from, Math.exp(-0.7))];
  for (let step = 0.1; step > 1e-5; ) {
    const near = [
      [m + step, log],
      [m - step, log],
      [m, log + step],
      [m, log - step],
    ].map(([a, b]) => ({ a: a!, b: b!, value: elbo(a!, Math.exp(b!)) }));
    const top = near.reduce((x, y) => (y.value > x.value ? y : x));
    if (top.value > best) [m, log, best] = [top.a, top.b, top.value];
    else step /= 2;
  }
  return { elbo: best, mean: m, sd: Math.exp(log) };
}

describe("the numbers of the README", () => {
  it("are those of the quadrature", () => {
    const [right, left] = [reverseOptimum(1.7), reverseOptimum(-1.5)];
    expect(logEvidence).toBeCloseTo(-9.69285, 5);
    expect([right.mean, right.sd].map((x) => x.toFixed(4))).toEqual(["1.7729", "0.4139"]);
    expect([left.mean, left.sd].map((x) => x.toFixed(4))).toEqual(["-1.4881", "0.5243"]);
    expect([mean, sd].map((x) => x.toFixed(4))).toEqual(["1.1286", "1.3677"]);
    expect((logEvidence - right.elbo).toFixed(4)).toBe("0.2577");
  });
});

const gpu = gpuBackend(await testDevice());
describe.each([gpu, cpuBackend()])("on $kind", (device) => {
  const within = (found: number, exact: number, share: number): void =>
    expect(Math.abs(found / exact - 1)).toBeLessThan(share);

  it("the ELBO picks the larger mode, to 1%, and the verdict tells that q does not cover", async () => {
    await using found = await fit(model, data, { device, seed: 1 });
    const exact = reverseOptimum(1.7);
    const z = found.summary().get("z");
    within(z.mean, exact.mean, 0.01);
    within(z.sd, exact.sd, 0.01);
    expect(Math.abs(found.elbo.value - exact.elbo)).toBeLessThan(0.002 + 4 * found.elbo.standardError);
    expect(found.verdict).toBe("unreliable");
    expect(found.objective).toBeNull();
  });

  it("the forward divergence covers both, to 1%, and its value is known", async () => {
    await using found = await fit(model, data, { device, seed: 1, objective: forwardKl() });
    expect(found.result.stopped).toBe("converged");
    const z = found.summary().get("z");
    // Scores of 1024 draws over hundreds of averaged steps: a standard error of about 0.3% of an sd.
    within(z.mean, mean, 0.01);
    within(z.sd, sd, 0.01);
    const exact = integral(
      (x) => posterior(x) * Math.max(-700, Math.log(posterior(x) || 1e-300) - logNormal(x, mean, sd)),
    );
    const { value, standardError } = found.objective!;
    expect(Math.abs(value! - exact)).toBeLessThan(4 * standardError! + 1e-3);
    // What is reported as the ELBO is the ELBO, of a q that was not made for it.
    const { value: bound, standardError: error } = found.elbo;
    const { moments } = { moments: found.result.guide.moments(found.result.lambda)! };
    expect(Math.abs(bound - elbo(moments.loc[0]!, moments.scale[0]!))).toBeLessThan(4.5 * error);
    expect(bound).toBeLessThan(-11);
  });

  it("an importance-weighted bound of many draws covers too", async () => {
    const small = { batches: 1, drawsPerBatch: 20_000, evidenceDraws: 0 };
    await using found = await fit(model, data, { device, seed: 1, objective: iwae({ draws: 50 }), check: small });
    expect(found.summary().get("z").sd).toBeGreaterThan(1.2);
    const { value, standardError } = found.objective!;
    expect(value!).toBeGreaterThan(found.elbo.value + 1);
    expect(value!).toBeLessThan(logEvidence + 4 * standardError!);
  });
});

it("a mixture of Gaussians has both, by the forward divergence", async () => {
  const check = { batches: 1, drawsPerBatch: 20_000, evidenceDraws: 0 };
  const options = { device: cpuBackend(), seed: 1, guide: mixtureGuide(), objective: forwardKl(), check };
  await using found = await fit(model, data, options);
  // A single Gaussian is left with 0.595.
  expect(found.objective!.value!).toBeLessThan(0.05);
  expect(Math.abs(found.summary().get("z").sd / sd - 1)).toBeLessThan(0.03);
});
