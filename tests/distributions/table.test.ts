/** docs/distributions.md: every expression works, says truly what it has, and nothing that is exported is missing. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as d from "../../src/distributions/index.ts";
import { Axis } from "../../src/graph/axis.ts";
import { cholesky } from "../../src/graph/linalg.ts";
import { input } from "../../src/graph/ops.ts";

const page = readFileSync(new URL("../../docs/distributions.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => /^\| .*`.*\(/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim()))
  .map(([stan, code, has]) => ({ stan: stan!, code: code!.replaceAll("`", ""), has: has! }));

const [axis, row, time, cut, series] = ["axis", "row", "time", "cut", "series"].map((name) => new Axis(name, 3)) as [
  Axis,
  Axis,
  Axis,
  Axis,
  Axis,
];
const value = (name: string, ...axes: Axis[]) => input(name, axes, "parameter");
const matrix = (name: string) => value(name, row, row.prime());
/** What the names on the page stand for. */
const scope: Readonly<Record<string, unknown>> = {
  ...d,
  ...{ axis, row, time, cut, cholesky },
  ...{
    loc: 0.5,
    scale: 2,
    rate: 1.5,
    shape: 3,
    df: 5,
    skew: 0.3,
    concentration: 2.5,
    concentration1: 2,
    concentration0: 3,
  },
  ...{
    low: -1,
    high: 4,
    first: 1,
    last: 6,
    minimum: 0.5,
    mean: 0.4,
    probs: 0.3,
    logits: 0.2,
    logRate: 0.1,
    logMean: 0.3,
  },
  ...{ total: 5, successes: 7, failures: 6, separation: 2, nonDecision: 0.1, bias: 0.5, drift: 1, coefficients: 0.5 },
  ...{ predictor: value("predictor"), cutpoints: value("cutpoints", cut), rsqrtWeight: value("rsqrtWeight", series) },
  ...{ weights: value("weights", axis), scores: value("scores", axis), design: value("design", row) },
  ...Object.fromEntries(["covariance", "precision", "scaleTril", "transition"].map((name) => [name, matrix(name)])),
  ...{ evolutionCovariance: matrix("W"), initialCovariance: matrix("C"), initialMean: 0, observationCovariance: 1 },
};
const made = (code: string): d.Distribution =>
  new Function(...Object.keys(scope), `return ${code}`)(...Object.values(scope)) as d.Distribution;

const properties = (family: d.Distribution): string =>
  [
    family.rsample && "draws",
    family.logCdf && family.logSurvival && "cdf",
    family.icdf && "quantiles",
    family.mean && "mean",
    family.entropy && "entropy",
    d.klDivergence(family, family) && "KL",
  ]
    .filter(Boolean)
    .join(", ") || "–";

test.each(rows.map(({ code, has }) => [code, has] as const))("%s", (code, has) => {
  const family = made(code);
  expect(family.logProb).toBeTypeOf("function");
  expect(family.sample).toBeTypeOf("function");
  expect(properties(family)).toBe(has);
});

test("every exported family is on the page", () => {
  const text = rows.map(({ code }) => code).join(" ");
  const families = Object.entries(d).flatMap(([name, exported]) =>
    typeof exported === "function" && /^[a-z]/.test(name) ? [name] : [],
  );
  const others = new Set(["deferringChecks", "describeSupport", "exponentiatedQuadratic", "hmmMarginal", "inDomain"]);
  for (const name of ["inSupport", "klDivergence", "linearKernel", "matern32", "matern52", "periodic"])
    others.add(name);
  for (const name of ["markovChain", "supportBounds", "vectorInSupport"]) others.add(name);
  expect(families.filter((name) => !others.has(name) && !text.includes(`${name}(`))).toEqual([]);
});

test("Stan's densities are on the page", () => {
  const stan =
    `bernoulli bernoulli_logit bernoulli_logit_glm beta beta_binomial beta_neg_binomial beta_proportion binomial
    binomial_logit binomial_logit_glm categorical categorical_logit categorical_logit_glm cauchy chi_square dirichlet
    dirichlet_multinomial discrete_range double_exponential exp_mod_normal exponential frechet gamma gaussian_dlm_obs gumbel
    hypergeometric inv_chi_square inv_gamma inv_wishart inv_wishart_cholesky lkj_corr lkj_corr_cholesky logistic loglogistic
    lognormal multi_gp multi_gp_cholesky multi_normal multi_normal_cholesky multi_normal_prec multi_student_t
    multi_student_t_cholesky multinomial multinomial_logit neg_binomial neg_binomial_2 neg_binomial_2_log
    neg_binomial_2_log_glm normal normal_id_glm ordered_logistic ordered_logistic_glm ordered_probit pareto pareto_type_2
    poisson poisson_log poisson_log_glm rayleigh scaled_inv_chi_square skew_double_exponential skew_normal std_normal
    student_t uniform von_mises weibull wiener wishart wishart_cholesky`.split(/\s+/);
  const there = new Set(rows.map(({ stan }) => stan.replaceAll("`", "")));
  expect(stan.filter((name) => !there.has(name))).toEqual([]);
});
