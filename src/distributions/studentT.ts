import { digamma, log1p, logBeta, mul, type Operand, reciprocal, sqrt, square, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { sampleStudentT } from "./sampling/gamma.ts";

/**
 * −(df + 1)/2 · log1p(r²/df) − log B(df/2, ½) − ½ log df − log scale: the beta function holds both gamma functions
 * and √π of the usual form, without the cancellation of their logarithms for large df.
 */
export function studentTLogDensity(deviation: Operand, df: Value, scale: Value): Value {
  const tail = log1p(square(mul(deviation, reciprocal(scale.mul(sqrt(df))))));
  return tail.mul(df.add(1).mul(-0.5)).add(studentTLogNormaliser(df, scale).neg());
}

const studentTLogNormaliser = (df: Value, scale: Value): Value =>
  logBeta(df.mul(0.5), 0.5).add(logOf(df).mul(0.5)).add(logOf(scale));

/** (df + 1)/2 · (ψ((df + 1)/2) − ψ(df/2)) plus the log normaliser. */
export function studentTEntropy(df: Value, scale: Value): Value {
  const half = df.add(1).mul(0.5);
  return half.mul(digamma(half).sub(digamma(df.mul(0.5)))).add(studentTLogNormaliser(df, scale));
}

/**
 * Student's t distribution with `df` degrees of freedom, located and scaled.
 *
 * log p(x) = log Γ((df+1)/2) − log Γ(df/2) − ½ log(π df) − log scale − (df+1)/2 · log(1 + r²/df), r = (x − loc)/scale
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 28. The mean is given where `df`
 * is a constant above 1.
 */
export function studentT(df: Operand, loc: Operand, scale: Operand): Distribution {
  const { parameters, checks } = takeParameters("studentT", {
    df: [df, "positive"],
    loc: [loc, "finite"],
    scale: [scale, "positive"],
  });
  const hasMean = (constantOf(df) ?? 0) > 1;
  return makeDistribution({
    name: "studentT",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => studentTLogDensity(sub(x, parameters.loc), parameters.df, parameters.scale),
    sample: (given, random) =>
      hostNumber(given, "loc") + hostNumber(given, "scale") * sampleStudentT(hostNumber(given, "df"), random),
    entropy: () => studentTEntropy(parameters.df, parameters.scale),
    ...(hasMean ? { mean: () => parameters.loc } : {}),
  });
}
