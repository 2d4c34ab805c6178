import type { Operand } from "../graph/ops.ts";
import { constant } from "../graph/value.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { gammaLaw } from "./gamma.ts";
import { sampleGamma } from "./sampling/gamma.ts";

/**
 * The χ² distribution with `df` degrees of freedom: gamma(df/2, rate ½).
 *
 * log p(x) = (df/2 − 1) log x − x/2 − (df/2) log 2 − log Γ(df/2), x > 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 1, ch. 18.
 */
export function chiSquared(df: Operand): Distribution {
  const { parameters, checks } = takeParameters("chiSquared", { df: [df, "positive"] });
  return makeDistribution({
    name: "chiSquared",
    support: { kind: "positive" },
    parameters,
    checks,
    ...gammaLaw(parameters.df.mul(0.5), constant(0.5)),
    sample: (given, random) => 2 * sampleGamma(hostNumber(given, "df") / 2, random),
    mean: () => parameters.df,
  });
}
