import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { halfNormal, normal } from "../../src/distributions/index.ts";
import { fullRank, type Guide, meanField } from "../../src/guides/index.ts";
import { real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import { type ElboForm, elbo, ObjectiveError } from "../../src/objectives/index.ts";
import { graphOf } from "../guides/support.ts";
import { loadExample, reference } from "../support/examples.ts";

const { inputs, answers } = JSON.parse(readFileSync("tests/reference/normal-normal.json", "utf8"));

const normalNormal = model<{ y: number[] }>("normal-normal", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
});
const traced = normalNormal.trace({ y: inputs.y });

const forms: readonly ElboForm[] = ["joint", "entropy", "kl"];
const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Averages over batches of draws, with their standard errors. */
function estimate(guide: Guide, at: { mean: number; sd: number }, form: ElboForm, stl: boolean) {
  const bound = guide.bind(traced.coordinate, {
    mean: Float64Array.of(0),
    factor: null,
    scale: Float64Array.of(1),
  });
  const scaleName = guide.name === "mean-field" ? "logScale" : "logDiagonal";
  const lambda: Record<string, Float64Array> = {
    loc: Float64Array.of(at.mean),
    [scaleName]: Float64Array.of(Math.log(at.sd)),
    ...(guide.name === "full-rank" && { lower: Float64Array.of(0) }),
  };
  const batches = { value: [] as number[], loc: [] as number[], scale: [] as number[] };
  const graph = graphOf(bound, 400);
  const found = elbo(traced, bound, graph.lambda, graph.constants, graph.noise, graph.draw, {
    form,
    gradient: stl ? "sticking-the-landing" : "reparameterised",
  });
  const gradient = found.gradient();
  for (let seed = 0; seed < 40; seed++) {
    const run = graphOf(bound, 400, seed).run;
    const all = { ...lambda, ...Object.fromEntries(traced.inputs) };
    const [value, loc, scale] = run([found.value, gradient.loc!, gradient[scaleName]!], all);
    batches.value.push(value![0]!);
    batches.loc.push(loc![0]!);
    batches.scale.push(scale![0]!);
  }
  const summary = (values: number[]) => {
    const m = mean(Float64Array.from(values));
    const variance = values.reduce((s, v) => s + (v - m) ** 2, 0) / (values.length - 1);
    return { mean: m, error: Math.sqrt(variance / values.length) };
  };
  return { value: summary(batches.value), loc: summary(batches.loc), scale: summary(batches.scale) };
}

describe("the ELBO and its gradient against exact values", () => {
  for (const guide of [meanField(), fullRank()]) {
    for (const form of forms) {
      for (const stl of form === "joint" ? [false, true] : [false]) {
        it(`${guide.name}, ${form}${stl ? ", sticking-the-landing" : ""}`, () => {
          for (const exact of answers.elbo_at) {
            const found = estimate(guide, { mean: exact.q_mean, sd: exact.q_sd }, form, stl);
            const near = (got: { mean: number; error: number }, wanted: number): void => {
              expect(Math.abs(got.mean - wanted)).toBeLessThan(4.5 * got.error + 1e-9 * (1 + Math.abs(wanted)));
            };
            near(found.value, exact.elbo);
            near(found.loc, exact.grad_elbo_wrt_mean);
            near(found.scale, exact.grad_elbo_wrt_log_sd);
          }
        });
      }
    }
  }

  it("at the posterior sticking-the-landing has no variance", () => {
    const at = { mean: answers.posterior_mean, sd: answers.posterior_sd };
    const found = estimate(fullRank(), at, "joint", true);
    expect(found.value.error).toBeLessThan(1e-9);
    expect(Math.abs(found.loc.mean)).toBeLessThan(1e-8);
    expect(Math.abs(found.scale.mean)).toBeLessThan(1e-8);
  });
});

describe("the ELBO of a real regression", async () => {
  const { model: regression, data } = await loadExample("conjugate-regression");
  const known = reference("conjugate-regression");
  const blr = regression.trace(data);

  it("is exact at given mean-field Gaussians", () => {
    for (const { mean: center, sd, elbo: exact } of known.elboAt!) {
      const start = { mean: Float64Array.from(center), factor: null, scale: Float64Array.from(sd) };
      const bound = meanField().bind(blr.coordinate, start);
      const graph = graphOf(bound, 20_000);
      const settings = { form: "joint", gradient: "reparameterised" } as const;
      const found = elbo(blr, bound, graph.lambda, graph.constants, graph.noise, graph.draw, settings);
      const zero = Object.fromEntries(Object.entries(bound.parameters).map(([name, { initial }]) => [name, initial]));
      const [terms] = graph.run([found.terms], { ...zero, ...Object.fromEntries(blr.inputs) }) as [Float64Array];
      const m = mean(terms);
      const sdOfTerms = Math.sqrt(mean(terms.map((t) => (t - m) ** 2)));
      expect(Math.abs(m - exact)).toBeLessThan(4.5 * (sdOfTerms / Math.sqrt(terms.length)) + 1e-6);
    }
  });
});

describe("refusals", () => {
  const scaled = model("scaled", ({ sample, factor }) => {
    const mu = sample("mu", normal(0, 1));
    const sigma = sample("sigma", halfNormal(1));
    factor("pull", mu.mul(sigma));
  }).trace({});
  const bound = meanField().bind(scaled.coordinate, {
    mean: new Float64Array(2),
    factor: null,
    scale: new Float64Array(2).fill(1),
  });
  const graph = graphOf(bound, 4);
  const build = (form: ElboForm, gradient: "reparameterised" | "sticking-the-landing") =>
    elbo(scaled, bound, graph.lambda, graph.constants, graph.noise, graph.draw, { form, gradient });

  it("kl names the site without a closed form", () => {
    expect(() => build("kl", "reparameterised")).toThrow(ObjectiveError);
    expect(() => build("kl", "reparameterised")).toThrow(/"sigma"/);
  });

  it("sticking-the-landing belongs to the joint form", () => {
    expect(() => build("entropy", "sticking-the-landing")).toThrow(/form "joint"/);
  });
});

describe("draws that are not finite", () => {
  // log of a negative number for half the draws.
  const broken = model("broken", ({ sample, factor }) => {
    const mu = sample("mu", normal(0, 1));
    factor("log", mu.log());
  }).trace({});
  const bound = meanField().bind(broken.coordinate, {
    mean: new Float64Array(1),
    factor: null,
    scale: new Float64Array(1).fill(1),
  });
  const graph = graphOf(bound, 200);
  const settings = { form: "joint", gradient: "reparameterised" } as const;
  const found = elbo(broken, bound, graph.lambda, graph.constants, graph.noise, graph.draw, settings);

  it("are left out of the value and the gradient, and counted", () => {
    const zero = { loc: Float64Array.of(0), logScale: Float64Array.of(0) };
    const natural = found.naturalGradient();
    const [nan, value, loc, score, noise] = graph.run(
      [found.nan, found.value, natural.loc!, found.gradient().loc!, found.draws.noise],
      zero,
    ) as Float64Array[];
    const good = [...noise!].filter((z) => z > 0);
    expect(nan![0]).toBe(200 - good.length);
    const wanted = good.reduce((sum, z) => sum + Math.log(z), 0) / good.length;
    expect(value![0]).toBeCloseTo(wanted, 9);
    const slope = good.reduce((sum, z) => sum + 1 / z - z, 0) / good.length;
    expect(loc![0]).toBeCloseTo(slope, 8);
    // In the joint form log q has a part along the path, +z, of the good draws.
    expect(Number.isFinite(score![0]!)).toBe(true);
  });
});
