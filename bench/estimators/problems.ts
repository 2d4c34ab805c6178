/** Models of one latent and a Gaussian q on its unconstrained scale, where every gradient is known by quadrature. */
import { readFileSync } from "node:fs";
import { compileEvaluator } from "../../src/cpu/interpreter.ts";
import { bernoulli, beta, gamma, normal, poisson } from "../../src/distributions/index.ts";
import { drawAxis } from "../../src/graph/axis.ts";
import { input } from "../../src/graph/ops.ts";
import type { BoundGuide } from "../../src/guides/guide.ts";
import { meanField } from "../../src/guides/index.ts";
import { integer, real } from "../../src/model/data.ts";
import { model } from "../../src/model/model.ts";
import type { TracedModel } from "../../src/model/traced.ts";

/** Derivatives in q's location, in its sds, and in its log sd. */
export type Pair = readonly [location: number, logScale: number];

export interface Problem {
  readonly name: string;
  readonly about: string;
  readonly model: TracedModel;
  /** Bound at q itself: λ is zero there, and `loc` is measured in sds of q. */
  readonly guide: BoundGuide;
  readonly exact: {
    readonly elbo: Pair;
    readonly forwardKl: Pair;
    /** Null where E_q[w²] is infinite. */
    readonly chi: Pair | null;
  };
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../tests/reference/${name}`, import.meta.url), "utf8"));

/** Nodes of the trapezoid rule over ±12 sds of q: exact to rounding for smooth integrands. */
const NODES = 4001;
const REACH = 12;

/** The problem of a model with one coordinate, for q = N(mean, sd²). */
export function problem(name: string, about: string, traced: TracedModel, mean: number, sd: number): Problem {
  const start = { mean: Float64Array.of(mean), factor: null, scale: Float64Array.of(sd) };
  const epsilon = Float64Array.from({ length: NODES }, (_, i) => ((2 * i) / (NODES - 1) - 1) * REACH);
  const z = input("z", [traced.coordinate, drawAxis(NODES)], "parameter");
  const at = new Map([...traced.inputs, ["z", epsilon.map((e) => mean + sd * e)] as const]);
  const [logJoint] = compileEvaluator([traced.at(z).logJoint])(at) as [Float64Array];
  const logQ = epsilon.map((e) => -0.5 * e * e - Math.log(sd) - 0.5 * Math.log(2 * Math.PI));
  const logWeight = logJoint.map((p, i) => p - logQ[i]!);
  const top = logWeight.reduce((a, b, i) => (epsilon[i]! ** 2 < 64 ? Math.max(a, b) : a), Number.NEGATIVE_INFINITY);
  /** ∫ q f(w) ∇_λ log q over ∫ q g(w); the scores are ε in the location and ε² − 1 in the log sd. */
  const mean2 = (f: (logW: number) => number, g: (logW: number) => number): Pair => {
    let [loc, scale, total] = [0, 0, 0];
    epsilon.forEach((e, i) => {
      const q = Math.exp(logQ[i]!);
      if (q === 0) return;
      loc += q * f(logWeight[i]! - top) * e;
      scale += q * f(logWeight[i]! - top) * (e * e - 1);
      total += q * g(logWeight[i]! - top);
    });
    return [loc / total, scale / total];
  };
  const power = (k: number) => (logW: number) => Math.exp(k * logW);
  const [chiLoc, chiScale] = mean2(power(2), power(2));
  const squares = logWeight.map((logW, i) => 2 * logW + logQ[i]!);
  const most = squares.reduce((a, b) => Math.max(a, b));
  const vanishes = Math.max(squares[0]!, squares.at(-1)!) < most - 20;
  return {
    name,
    about,
    model: traced,
    guide: meanField().bind(traced.coordinate, start),
    exact: {
      elbo: mean2(
        (logW) => logW,
        () => 1,
      ),
      forwardKl: mean2(power(1), power(1)),
      chi: vanishes ? [chiLoc / 2, chiScale / 2] : null,
    },
  };
}

const { inputs, answers } = read("normal-normal.json");
export const normalMean = model<{ y: number[] }>("normal mean", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const mu = sample("mu", normal(inputs.prior_mean, inputs.prior_sd));
  observe("y", normal(mu, inputs.noise_sd), real(data.y, [n]));
}).trace({ y: inputs.y });

const { cases: conjugate } = read("conjugate-families.json");
const counts = conjugate.gamma_poisson;
export const gammaPoisson = model<{ y: number[] }>("gamma-Poisson", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const rate = sample("rate", gamma(counts.inputs.prior_shape, counts.inputs.prior_rate));
  observe("y", poisson(rate), integer(data.y, [n]));
}).trace({ y: counts.inputs.y });

const tosses = conjugate.beta_bernoulli_skewed;
export const betaBernoulli = model<{ y: number[] }>("beta-Bernoulli", ({ plate, sample, observe }, data) => {
  const n = plate("n", data.y.length);
  const p = sample("p", beta(tosses.inputs.prior_alpha, tosses.inputs.prior_beta));
  observe("y", bernoulli({ probs: p }), integer(data.y, [n]));
}).trace({ y: tosses.inputs.y });

export { answers as normalAnswers, counts as gammaAnswers, tosses as betaAnswers };

const { posterior_mean: M, posterior_sd: SD } = answers;
const rate = counts.answers.lognormal_optimum;

/** Far from the posterior, near it, and where the family cannot reach it. */
export const problems = (): readonly Problem[] => [
  problem(
    "normal mean, far",
    "a normal mean; q an sd off and 1.5 times as wide as the posterior",
    normalMean,
    M + SD,
    1.5 * SD,
  ),
  problem("normal mean, near", "the same; q 0.05 sd off and 2% too wide", normalMean, M + 0.05 * SD, 1.02 * SD),
  problem(
    "Poisson rate, best",
    "counts with a gamma prior; the best log-normal q, which is not the posterior",
    gammaPoisson,
    rate.q_mean_log,
    rate.q_sd_log,
  ),
  problem("chance of a rare event, far", "one success of 25, a logit-normal q of sd 1 at −2", betaBernoulli, -2, 1),
];
