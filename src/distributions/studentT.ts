import {
  abs,
  digamma,
  exp,
  log1mExp,
  log1p,
  logBeta,
  logIncompleteBeta,
  lt,
  mul,
  type Operand,
  reciprocal,
  select,
  softplus,
  sqrt,
  square,
  sub,
} from "../graph/ops.ts";
import { constant, type Value } from "../graph/value.ts";
import { LOG_2 } from "./constants.ts";
import { constantOf, type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { standardised } from "./normal.ts";
import { sampleStudentT } from "./sampling/gamma.ts";
import { studentTDraw } from "./sampling/implicit.ts";

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

/**
 * log P(|T| < |t|) and log P(|T| > |t|) of a standard t: I_y(½, df/2), y = t²/(df + t²), and its complement, from
 * whichever of y and 1 − y is the smaller.
 */
export function studentTMasses(t: Value, df: Value): readonly [inside: Value, outside: Value] {
  // Not quite zero at zero, where a logarithm has no derivative that a select could leave out.
  const z = square(t).add(1e-30);
  const half = df.mul(0.5);
  const isNear = lt(z, df);
  const share = select(isNear, z, df).div(df.add(z));
  const tail = logIncompleteBeta(select(isNear, 0.5, half), select(isNear, half, 0.5), share);
  const rest = log1mExp(tail);
  return [select(isNear, tail, rest), select(isNear, rest, tail)];
}

/** log P(T < t): half of what lies outside for t < 0, else ½ + half of what lies inside; straight through t = 0. */
function logCdfOfT(t: Value, df: Value): Value {
  const [inside, outside] = studentTMasses(t, df);
  const central = log1p(t.mul(exp(studentTLogNormaliser(df, constant(1)).neg())).mul(2));
  const far = select(lt(t, 0), outside, softplus(inside));
  return select(lt(abs(t), 1e-4), central, far).sub(LOG_2);
}

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
    logCdf: (x) => logCdfOfT(standardised(x, parameters.loc, parameters.scale), parameters.df),
    logSurvival: (x) => logCdfOfT(standardised(x, parameters.loc, parameters.scale).neg(), parameters.df),
    rsample: (noise, axes) => parameters.loc.add(parameters.scale.mul(studentTDraw(parameters.df, noise, axes))),
    sample: (given, random) =>
      hostNumber(given, "loc") + hostNumber(given, "scale") * sampleStudentT(hostNumber(given, "df"), random),
    entropy: () => studentTEntropy(parameters.df, parameters.scale),
    ...(hasMean ? { mean: () => parameters.loc } : {}),
  });
}
