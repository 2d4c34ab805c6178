/** Estimators of gradients in the parameters of a Gaussian q, each as a graph over a batch of draws. */

import { gradient } from "../../src/graph/autodiff.ts";
import type { Axis } from "../../src/graph/axis.ts";
import { stopGradient } from "../../src/graph/ops.ts";
import type { Value } from "../../src/graph/value.ts";
import type { Noise, Parameters } from "../../src/guides/guide.ts";
import {
  type Baseline,
  type ElboSettings,
  elbo,
  scoreFunction,
  type WeightedObjective,
  weightedBound,
} from "../../src/objectives/index.ts";
import type { Pair, Problem } from "./problems.ts";

export interface Batch {
  readonly lambda: Parameters;
  readonly constants: Parameters;
  readonly noise: Noise;
  readonly draw: Axis;
}

export interface Estimator {
  readonly name: string;
  /** What it estimates the gradient of. */
  readonly of: string;
  /** Draws of one estimate. */
  readonly draws: number;
  /** Known for a given problem, or null. */
  readonly exact: (problem: Problem) => Pair | null;
  /** Why a problem has no such estimate is an ObjectiveError. */
  readonly build: (problem: Problem, batch: Batch) => Parameters;
}

const DRAWS = 16;
const MANY = 256;

const ofElbo = (name: string, settings: ElboSettings): Estimator => ({
  name,
  of: "ELBO",
  draws: DRAWS,
  exact: ({ exact }) => exact.elbo,
  build: ({ model, guide }, { lambda, constants, noise, draw }) =>
    elbo(model, guide, lambda, constants, noise, draw, settings).gradient(),
});

/** f = log p − log q at draws that λ does not move; ∇E_q[−log q] has no term of its own, since E_q[∇ log q] = 0. */
const ofScores = (name: string, baseline: Baseline): Estimator => ({
  name,
  of: "ELBO",
  draws: DRAWS,
  exact: ({ exact }) => exact.elbo,
  build: ({ model, guide }, { lambda, constants, noise, draw }) => {
    const z = stopGradient(guide.sample(lambda, constants, noise).z);
    const logDensity = guide.logDensityAt(lambda, constants, z);
    const f = model.at(z).logJoint.sub(stopGradient(logDensity));
    const names = Object.keys(lambda);
    const found = gradient(
      scoreFunction(f, logDensity, draw, { baseline }),
      names.map((key) => lambda[key]!),
    );
    return Object.fromEntries(names.map((key, i) => [key, found[i] as Value]));
  },
});

const ofWeights = (
  name: string,
  of: string,
  draws: number,
  objective: WeightedObjective,
  exact: Estimator["exact"],
): Estimator => ({
  name,
  of,
  draws,
  exact,
  build: ({ model, guide }, { lambda, constants, noise, draw }) =>
    weightedBound(model, guide, lambda, constants, noise, draw, objective).gradient(),
});

const iwae = (gradientOf: "reparameterised" | "doubly-reparameterised"): Estimator =>
  ofWeights(
    gradientOf,
    `importance-weighted bound, K = ${DRAWS}`,
    DRAWS,
    { kind: "importance-weighted", draws: DRAWS, gradient: gradientOf },
    () => null,
  );

export const estimators: readonly Estimator[] = [
  ofScores("score function", "none"),
  ofScores("score function, leave-one-out", "leave-one-out"),
  ofElbo("reparameterised, form joint", { form: "joint", gradient: "reparameterised" }),
  ofElbo("reparameterised, form entropy", { form: "entropy", gradient: "reparameterised" }),
  ofElbo("reparameterised, form kl", { form: "kl", gradient: "reparameterised" }),
  ofElbo("sticking the landing", { form: "joint", gradient: "sticking-the-landing" }),
  iwae("reparameterised"),
  iwae("doubly-reparameterised"),
  ofWeights(
    "score, self-normalised",
    "forward KL",
    MANY,
    { kind: "forward-kl", gradient: "score" },
    (p) => p.exact.forwardKl,
  ),
  ofWeights(
    "doubly-reparameterised",
    "forward KL",
    MANY,
    { kind: "forward-kl", gradient: "doubly-reparameterised" },
    (p) => p.exact.forwardKl,
  ),
  ofWeights("reparameterised", "χ bound", MANY, { kind: "chi", gradient: "reparameterised" }, (p) => p.exact.chi),
  ofWeights(
    "doubly-reparameterised",
    "χ bound",
    MANY,
    { kind: "chi", gradient: "doubly-reparameterised" },
    (p) => p.exact.chi,
  ),
];
