import { exp, logBeta, mul, type Operand, reciprocal, sqrt } from "../graph/ops.ts";
import { LOG_2 } from "./constants.ts";
import {
  constantOf,
  type Distribution,
  halfScale,
  hostNumber,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { sampleStudentT } from "./sampling/gamma.ts";
import { studentTEntropy, studentTLogDensity, studentTMasses } from "./studentT.ts";

/**
 * The half-t distribution: |X| of X ~ studentT(df, 0, scale). Written `halfStudentT(df, scale)` or
 * `halfStudentT(df, 0, scale)`.
 *
 * log p(x) = log 2 + log t(x | df, 0, scale), x ≥ 0
 *
 * Source: Gelman (2006), "Prior distributions for variance parameters in hierarchical models", Bayesian Analysis 1.
 * Mean 2·scale·√df / (B(df/2, ½)(df − 1)), where `df` is a constant above 1.
 */
export function halfStudentT(df: Operand, locOrScale: Operand, scaleOrNothing?: Operand): Distribution {
  const scale = halfScale("halfStudentT", locOrScale, scaleOrNothing);
  const { parameters, checks } = takeParameters("halfStudentT", { df: [df, "positive"], scale: [scale, "positive"] });
  const hasMean = (constantOf(df) ?? 0) > 1;
  const mean = () => {
    const beta = exp(logBeta(parameters.df.mul(0.5), 0.5));
    return parameters.scale.mul(
      sqrt(parameters.df)
        .mul(2)
        .div(beta.mul(parameters.df.sub(1))),
    );
  };
  const standard = (x: Operand) => mul(x, reciprocal(parameters.scale));
  return makeDistribution({
    name: "halfStudentT",
    support: { kind: "nonNegative" },
    parameters,
    checks,
    logProb: (x) => studentTLogDensity(x, parameters.df, parameters.scale).add(LOG_2),
    logCdf: (x) => studentTMasses(standard(x), parameters.df)[0],
    logSurvival: (x) => studentTMasses(standard(x), parameters.df)[1],
    sample: (given, random) => hostNumber(given, "scale") * Math.abs(sampleStudentT(hostNumber(given, "df"), random)),
    entropy: () => studentTEntropy(parameters.df, parameters.scale).sub(LOG_2),
    ...(hasMean ? { mean } : {}),
  });
}
