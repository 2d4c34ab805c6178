import { digamma, logBeta, logIncompleteBeta, mul, type Operand, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, hostNumber, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { type Family, familyOf } from "./family.ts";
import { logOf, logOneMinus } from "./logarithms.ts";
import { sampleBeta } from "./sampling/gamma.ts";
import { betaDraw } from "./sampling/implicit.ts";

/** What follows from the concentrations a of x and b of 1 − x, for the families that are beta under other parameters. */
export const betaLaw = (a: Value, b: Value) =>
  ({
    logProb: (x) =>
      mul(a.sub(1), logOf(x))
        .add(mul(b.sub(1), logOneMinus(x)))
        .sub(logBeta(a, b)),
    logCdf: (x) => logIncompleteBeta(a, b, x),
    logSurvival: (x) => logIncompleteBeta(b, a, sub(1, realValue(x))),
    entropy: () => {
      const total = a.add(b);
      return logBeta(a, b)
        .sub(a.sub(1).mul(digamma(a)))
        .sub(b.sub(1).mul(digamma(b)))
        .add(total.sub(2).mul(digamma(total)));
    },
    mean: () => a.div(a.add(b)),
  }) satisfies Partial<Distribution>;

/**
 * The beta distribution: `concentration1` belongs to x, `concentration0` to 1 − x.
 *
 * log p(x) = (a − 1) log x + (b − 1) log(1 − x) − log B(a, b), 0 < x < 1; P(X ≤ x) = I_x(a, b), the incomplete beta
 * function
 *
 * Source: Johnson, Kotz & Balakrishnan, *Continuous Univariate Distributions* 2, ch. 25.
 */
export function beta(concentration1: Operand, concentration0: Operand): Distribution;
/** Without parameters: the q of a site between two bounds, `guide({ theta: beta() })`. */
export function beta(): Family;
export function beta(concentration1?: Operand, concentration0?: Operand): Distribution | Family {
  if (concentration1 === undefined && concentration0 === undefined) return familyOf("beta");
  return betaOf(concentration1 as Operand, concentration0 as Operand);
}

function betaOf(concentration1: Operand, concentration0: Operand): Distribution {
  const { parameters, checks } = takeParameters("beta", {
    concentration1: [concentration1, "positive"],
    concentration0: [concentration0, "positive"],
  });
  return makeDistribution({
    name: "beta",
    support: { kind: "interval", lower: 0, upper: 1, open: true },
    parameters,
    checks,
    ...betaLaw(parameters.concentration1, parameters.concentration0),
    rsample: (noise, axes) => betaDraw(parameters.concentration1, parameters.concentration0, noise, axes),
    sample: (given, random) =>
      sampleBeta(hostNumber(given, "concentration1"), hostNumber(given, "concentration0"), random),
  });
}
