/** The amortised chain q(z_t | z_{t−1}, x): its density, its gradient, and a posterior that it holds exactly. */
import { describe, expect, it } from "vitest";
import { gpuBackend } from "../../src/compile/backend.ts";
import { cpuBackend } from "../../src/cpu/backend.ts";
import {
  type AmortisedGuide,
  amortisedChain,
  eq,
  flat,
  gru,
  iota,
  layer,
  model,
  mul,
  normal,
  type Optimizer,
  real,
  scan,
  select,
  shift,
  train,
  units,
} from "../../src/index.ts";
import { testDevice } from "../support/gpu.ts";

const backends = [cpuBackend(), gpuBackend(await testDevice())];

const [SERIES, TIMES] = [3, 6];
const data = {
  x: Array.from({ length: SERIES }, (_, n) =>
    Array.from({ length: TIMES }, (_, t) => Math.sin(2 * t + 3 * n) + 0.3 * n),
  ),
};
/** z_t = φ z_{t−1} + N(0, q), z_0 ~ N(0, s); x_t = z_t + N(0, r): variances. */
const [PHI, Q, S, R] = [0.8, 0.3, 1.5, 0.5];

const linear = model("linear Gaussian", ({ plate, sample, observe, factor }, given: typeof data) => {
  const row = plate("row", given.x.length, { batch: given.x.length });
  const time = plate("time", TIMES);
  const z = sample("z", flat(), [row, time]);
  const first = eq(iota(time), 0);
  factor("transition", normal(shift(z, time, 1).mul(PHI), select(first, Math.sqrt(S), Math.sqrt(Q))).logProb(z));
  observe("x", normal(z, Math.sqrt(R)), real(given.x, [row, time]));
});

/** Leaves everything as it is, so that what is evaluated are the first values. */
const still: Optimizer = {
  name: "still",
  stepSize: 0,
  init: () => ({}),
  step: (gradient, state) => ({
    step: Object.fromEntries(Object.entries(gradient).map(([k, g]) => [k, g.mul(0)])),
    state,
  }),
};
/** λ′ = λ + ∇. */
const ascent: Optimizer = {
  name: "ascent",
  stepSize: 1,
  init: () => ({}),
  step: (gradient, state) => ({ step: gradient, state }),
};

const logNormal = (x: number, mean: number, variance: number): number =>
  -0.5 * (Math.log(2 * Math.PI * variance) + (x - mean) ** 2 / variance);

/** log p(x) by the Kalman filter, in plain numbers (Durbin & Koopman 2012, §4.3). */
function logEvidence(x: readonly number[]): number {
  let [total, mean, variance] = [0, 0, S];
  x.forEach((value, t) => {
    if (t > 0) [mean, variance] = [PHI * mean, PHI ** 2 * variance + Q];
    total += logNormal(value, mean, variance + R);
    const gain = variance / (variance + R);
    [mean, variance] = [mean + gain * (value - mean), variance * (1 - gain)];
  });
  return total;
}

/**
 * p(z_t | z_{t−1}, x_{t:T}): what follows t tells of z_t by exp(−½ Λ_t z² + η_t z), with 1/v_t = 1/Q + 1/R + Λ_t,
 * Λ_{t−1} = φ²(1/Q − v_t/Q²), η_{t−1} = φ (v_t/Q) (x_t/R + η_t) from the end, where both are zero.
 */
function backward(): { readonly variance: number[]; readonly carry: number[] } {
  const [variance, carry] = [new Array<number>(TIMES), new Array<number>(TIMES)];
  let precision = 0;
  for (let t = TIMES - 1; t >= 0; t--) {
    const prior = t === 0 ? S : Q;
    const v = 1 / (1 / prior + 1 / R + precision);
    variance[t] = v;
    // η_{t−1} = carry_t (x_t/R + η_t)
    carry[t] = (PHI * v) / Q;
    precision = PHI ** 2 * (1 / Q - v / Q ** 2);
  }
  return { variance, carry };
}

/** The exact posterior as a guide: a linear recurrent network from the end, and a linear step. */
const exact: AmortisedGuide = amortisedChain("time", ({ parameter, observed, axes }) => {
  const time = axes[1]!;
  const { variance, carry } = backward();
  const known = (name: string, values: readonly number[]) => parameter(name, [time], () => Float64Array.from(values));
  const gain = known("carry", carry);
  const x = observed("x").div(R);
  // What the days after t tell, η_t, is the state before x_t is taken in.
  const eta = shift(
    scan(time, 0, (next) => mul(gain, x.add(next)), { reverse: true }),
    time,
    -1,
  );
  const v = known("variance", variance);
  const logScale = v.log().mul(0.5);
  return (previous) => ({
    loc: mul(
      v,
      previous
        .mul(PHI / Q)
        .add(x)
        .add(eta),
    ),
    logScale,
  });
});

const hidden = units("hidden", 3);
/** A network whose step is nonlinear in z_{t−1}; one weight may be moved. */
const network = (moved?: { readonly name: string; readonly by: number; readonly entry: number }): AmortisedGuide =>
  amortisedChain("time", ({ parameter, observed, axes }) => {
    const time = axes[1]!;
    const one = units("one", 1);
    const declare: typeof parameter = (name, over = []) =>
      parameter(name, over, (size) =>
        Float64Array.from({ length: size }, (_, i) => {
          const shiftBy = moved?.name === name && moved.entry === i ? moved.by : 0;
          return 0.4 * Math.sin(5 * i + 2 * name.length) + shiftBy;
        }),
      );
    const x = observed("x");
    const memory = gru(declare, "memory", x.add(declare("offset", [one])), one, hidden, time);
    const inner = layer(declare, "inner", hidden, hidden);
    const before = declare("before", [hidden]);
    const [toLoc, toScale] = [declare("loc", [hidden]), declare("scale", [hidden])];
    return (previous) => {
      const h = inner(memory).add(mul(previous, before)).tanh();
      return { loc: mul(h, toLoc).sum(hidden), logScale: mul(h, toScale).sum(hidden).sub(0.5) };
    };
  });

describe.each(backends)("$kind", (device) => {
  const float64 = device.kind === "cpu";

  it("holds the posterior of a linear Gaussian model, so that every draw's weight is the evidence", async () => {
    await using trained = await train(linear, data, { guide: { z: exact }, steps: 1, optimizer: still, device });
    const { perEntry, elbo } = await trained.bound(data, { draws: 30, seed: 4 });
    data.x.forEach((x, n) => {
      const tolerance = float64 ? 1e-10 : 2e-5;
      expect(Math.abs(perEntry.elbo[n]! - logEvidence(x))).toBeLessThan(tolerance);
      expect(Math.abs(perEntry.importanceWeighted[n]! - logEvidence(x))).toBeLessThan(tolerance);
    });
    expect(elbo.standardError).toBeLessThan(float64 ? 1e-6 : 1e-5);
  });

  it("log q is that of the normals that it says it draws from", async () => {
    await using trained = await train(linear, data, { guide: { z: network() }, steps: 1, optimizer: still, device });
    const { z } = await trained.values(["z"], data, { seed: 5 });
    const { perEntry } = await trained.bound(data, { draws: 1, seed: 5 });
    const weights = trained.result.parameters;
    data.x.forEach((x, n) => {
      const own = Array.from({ length: TIMES }, (_, t) => z![n * TIMES + t]!);
      const weight = logJoint(x, own) - networkLogDensity(weights, x, own);
      expect(Math.abs(perEntry.elbo[n]! - weight)).toBeLessThan(float64 ? 1e-10 : 2e-5);
    });
  });

  it("its gradient in the weights is that of central differences of the bound", async () => {
    const at = async (moved?: Parameters<typeof network>[0]) => {
      const guide = { z: network(moved) };
      await using trained = await train(linear, data, {
        guide,
        steps: 1,
        seed: 2,
        draws: 2,
        optimizer: ascent,
        device,
      });
      return { bound: trained.result.trace[0]!, after: trained.result.parameters };
    };
    await using begun = await train(linear, data, { guide: { z: network() }, steps: 1, optimizer: still, device });
    const before = begun.result.parameters;
    const { after } = await at();
    // Both parts of the step, the recurrent network, and what only z_{t−1} brings.
    for (const [name, entry] of [
      ["before", 1],
      ["scale", 2],
      ["memory.update.recurrent", 4],
      ["offset", 0],
    ] as const) {
      const full = `guide.z.${name}`;
      const slope = after[full]![entry]! - before[full]![entry]!;
      const by = float64 ? 1e-5 : 1e-2;
      const up = await at({ name, entry, by });
      const down = await at({ name, entry, by: -by });
      const difference = (up.bound - down.bound) / (2 * by);
      expect(Math.abs(slope)).toBeGreaterThan(1e-3);
      // Third derivatives leave by²; float32 leaves an ulp of the bound over by.
      expect(Math.abs(slope - difference)).toBeLessThan((float64 ? 1e-7 : 5e-3) * (1 + Math.abs(slope)));
    }
  });
});

it("names the axis that a site lacks", async () => {
  const guide = { z: amortisedChain("day", () => () => ({ loc: 0, logScale: 0 })) };
  await expect(train(linear, data, { guide, device: "cpu" })).rejects.toThrow(/amortisedChain\("day".*row.*time/);
});

/** log p(x, z) of one series. */
const logJoint = (x: readonly number[], z: readonly number[]): number =>
  z.reduce(
    (sum, v, t) => sum + logNormal(v, t === 0 ? 0 : PHI * z[t - 1]!, t === 0 ? S : Q) + logNormal(x[t]!, v, R),
    0,
  );

/** log q(z) of one series under the network, by hand. */
function networkLogDensity(
  weights: Readonly<Record<string, Float64Array>>,
  x: readonly number[],
  z: readonly number[],
): number {
  const of = (name: string): Float64Array => weights[`guide.z.${name}`]!;
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const three = [0, 1, 2];
  let state = [0, 0, 0];
  let total = 0;
  x.forEach((value, t) => {
    const input = value + of("offset")[0]!;
    const part = (which: string, h: readonly number[], j: number): number => {
      const own = (name: string): Float64Array => of(`memory.${which}.${name}`);
      // The twin of `hidden` was made after it, `one` after both: arrays are laid out in that order.
      const recurrent = h.reduce((sum, v, k) => sum + v * own("recurrent")[j * 3 + k]!, 0);
      return own("weight")[j]! * input + own("bias")[j]! + recurrent;
    };
    const [r, u] = ["reset", "update"].map((which) => three.map((j) => sigmoid(part(which, state, j))));
    const gated = state.map((v, j) => v * r![j]!);
    state = state.map((v, j) => u![j]! * v + (1 - u![j]!) * Math.tanh(part("candidate", gated, j)));
    const previous = t === 0 ? 0 : z[t - 1]!;
    const h = three.map((j) => {
      const inner = state.reduce((sum, v, k) => sum + v * of("inner.weight")[j * 3 + k]!, of("inner.bias")[j]!);
      return Math.tanh(inner + previous * of("before")[j]!);
    });
    const dot = (name: string): number => h.reduce((sum, v, j) => sum + v * of(name)[j]!, 0);
    total += logNormal(z[t]!, dot("loc"), Math.exp(2 * (dot("scale") - 0.5)));
  });
  return total;
}
