import { log1m } from "../graph/functions.ts";
import { exp, expm1, log1mExp, log1p, type Operand, reciprocal, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

/**
 * The Pareto distribution above `minimum` m with shape `concentration` a.
 *
 * log p(x) = log a + a log m − (a + 1) log x, x ≥ m; P(X > x) = (m/x)ᵃ
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 20. The mean is given where
 * `concentration` is a constant above 1.
 */
export function pareto(minimum: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("pareto", {
    minimum: [minimum, "positive"],
    concentration: [concentration, "positive"],
  });
  const { minimum: m, concentration: a } = parameters;
  const hasMean = (constantOf(concentration) ?? 0) > 1;
  const logSurvival = (x: Operand) => a.mul(logOf(m).sub(logOf(x)));
  const quantile = (logOfRest: Value) => m.mul(exp(logOfRest.div(a).neg()));
  return makeDistribution({
    name: "pareto",
    support: { kind: "lower", lower: minimum },
    parameters,
    checks,
    logProb: (x) => logSurvival(x).sub(logOf(x)).add(logOf(a)),
    logCdf: (x) => log1mExp(logSurvival(x)),
    logSurvival,
    icdf: (p) => quantile(log1m(p)),
    rsample: (noise, axes) => quantile(logOf(noise("uniform", axes))),
    sample: (given, random) =>
      hostNumber(given, "minimum") * random.uniform() ** (-1 / hostNumber(given, "concentration")),
    entropy: () => logOf(m).sub(logOf(a)).add(reciprocal(a)).add(1),
    ...(hasMean ? { mean: () => m.mul(a).div(a.sub(1)) } : {}),
  });
}

/**
 * The Pareto distribution of the second kind (Lomax, shifted by `loc`), with `scale` s and shape `concentration` a.
 *
 * log p(x) = log a − log s − (a + 1) log(1 + (x − loc)/s), x ≥ loc; P(X > x) = (1 + (x − loc)/s)^(−a)
 *
 * Source: Stan Functions Reference, "Pareto type 2 distribution". The mean is given where `concentration` is a constant
 * above 1.
 */
export function paretoType2(loc: Operand, scale: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("paretoType2", {
    loc: [loc, "finite"],
    scale: [scale, "positive"],
    concentration: [concentration, "positive"],
  });
  const { loc: m, scale: s, concentration: a } = parameters;
  const hasMean = (constantOf(concentration) ?? 0) > 1;
  const logRatio = (x: Operand) => log1p(sub(x, m).div(s));
  const quantile = (logOfRest: Value) => m.add(s.mul(expm1(logOfRest.div(a).neg())));
  return makeDistribution({
    name: "paretoType2",
    support: constantOf(loc) === 0 ? { kind: "nonNegative" } : { kind: "lower", lower: loc },
    parameters,
    checks,
    logProb: (x) =>
      logRatio(x)
        .mul(a.add(1))
        .neg()
        .add(logOf(a).sub(logOf(s))),
    logCdf: (x) => log1mExp(logRatio(x).mul(a).neg()),
    logSurvival: (x) => logRatio(x).mul(a).neg(),
    icdf: (p) => quantile(log1m(p)),
    rsample: (noise, axes) => quantile(logOf(noise("uniform", axes))),
    sample: (given, random) =>
      hostNumber(given, "loc") +
      hostNumber(given, "scale") * Math.expm1(-Math.log(random.uniform()) / hostNumber(given, "concentration")),
    entropy: () => logOf(s).sub(logOf(a)).add(reciprocal(a)).add(1),
    ...(hasMean ? { mean: () => m.add(s.div(a.sub(1))) } : {}),
  });
}
