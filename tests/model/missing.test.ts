/** Missing values: refused unless declared, left out, or inferred. */
import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/cpu/backend.ts";
import { evaluate } from "../../src/cpu/interpreter.ts";
import { input } from "../../src/graph/ops.ts";
import * as e from "../../src/index.ts";

type Data = { y: (number | null)[] };

const regression = (missing?: "ignore" | "impute") =>
  e.model("gaps", ({ plate, sample, observe }, data: Data) => {
    const n = plate("n", data.y.length);
    const mu = sample("mu", e.normal(0, 10));
    observe(
      "y",
      e.normal(mu, 2),
      e.real(data.y as number[], [n], { missing: true }),
      missing === undefined ? {} : { missing },
    );
  });

/** The log joint at z of a traced model. */
function logJoint(traced: e.TracedModel, z: readonly number[]): number {
  const at = input("z", [traced.coordinate], "parameter");
  const inputs = new Map([...traced.inputs, ["z", Float64Array.from(z)]]);
  return evaluate([traced.at(at).logJoint], inputs)[0]![0]!;
}

const y = [1, null, 3, Number.NaN, 0.5];
const log = (x: number, m: number, s: number) => -0.5 * ((x - m) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI);
const prior = (mu: number) => log(mu, 0, 10);

describe("without a word about them", () => {
  test("missing entries are errors with the remedy", () => {
    const plain = e.model("plain", ({ plate, sample, observe }, data: Data) => {
      const n = plate("n", data.y.length);
      observe("y", e.normal(sample("mu", e.normal(0, 1)), 1), e.real(data.y as number[], [n]));
    });
    expect(() => plain.trace({ y })).toThrow(/data\.y\[2\] is null.*missing: true/);
    expect(() => plain.trace({ y: [1, Number.NaN] })).toThrow(/data\.y\[2\] is NaN.*missing: true/);
    expect(() => regression().trace({ y })).toThrow(
      /y: 2 of 5 values are missing, the first is y\[2\].*"ignore".*"impute"/,
    );
  });

  test("data that could have gaps and have none are as any other", () => {
    expect(regression().trace({ y: [1, 2] }).latents).toHaveLength(1);
  });
});

test("left out, the likelihood is that of the others", () => {
  const found = logJoint(regression("ignore").trace({ y }), [0.7]);
  expect(found).toBeCloseTo(prior(0.7) + [1, 3, 0.5].reduce((sum, value) => sum + log(value, 0.7, 2), 0), 12);
});

test("inferred, they are latent with the density that the site gives them", () => {
  const traced = regression("impute").trace({ y });
  expect(traced.parameterNames).toEqual(["mu", "y_missing[1]", "y_missing[2]"]);
  const found = logJoint(traced, [0.7, -1, 2]);
  expect(found).toBeCloseTo(prior(0.7) + [1, -1, 3, 2, 0.5].reduce((sum, value) => sum + log(value, 0.7, 2), 0), 12);
});

test("inferred values keep to the support, and what cannot be inferred says why", () => {
  const positive = (distribution: (rate: e.Value) => e.Distribution, missing: "ignore" | "impute") =>
    e.model("positive", ({ plate, sample, observe }, data: Data) => {
      const n = plate("n", data.y.length);
      const rate = sample("rate", e.gamma(1, 1));
      observe("y", distribution(rate), e.real(data.y as number[], [n], { missing: true }), { missing });
    });
  const traced = positive((rate) => e.exponential(rate), "impute").trace({ y: [1, null, 3] });
  expect(traced.latents[1]!.transform.name).toBe("positive");
  expect(() => positive((rate) => e.poisson(rate), "impute").trace({ y: [1, null, 3] })).toThrow(/discrete.*"ignore"/);
  expect(() => positive((rate) => e.uniform(0, rate.add(9)), "impute").trace({ y: [1, null] })).toThrow(
    /between constants/,
  );
  expect(() => regression("ignore").trace({ y: [null, null] })).toThrow(/every entry is missing/);
});

test("a fit infers a gap in an autoregression from its neighbours", async () => {
  const series = e.model("series", ({ plate, sample, observe }, data: Data) => {
    const time = plate("time", data.y.length);
    const scale = sample("scale", e.halfNormal(1));
    const walk = e.gaussianRandomWalk(time, { scale, initial: e.normal(0, 5) });
    observe("y", walk, e.real(data.y as number[], [time], { missing: true }), { missing: "impute" });
  });
  const values: (number | null)[] = Array.from({ length: 30 }, (_, t) => 2 + 0.3 * Math.sin(t));
  values[10] = null;
  const backend = cpuBackend();
  const posterior = await e.fit(series, { y: values } as never, { device: backend, draws: 8, steps: 600, seed: 1 });
  const { mean, sd } = posterior.summary().get("y_missing[1]");
  backend.dispose();
  // Halfway between its neighbours.
  expect(Math.abs(mean - (values[9]! + values[11]!) / 2)).toBeLessThan(sd);
}, 60_000);
