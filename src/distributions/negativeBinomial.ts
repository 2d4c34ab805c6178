import { exp, log1p, logIncompleteBeta, mul, type Operand, reciprocal, softplus } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { countTails } from "./countTails.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { argumentOf, logOf, timesLog } from "./logarithms.ts";
import { logMultichoose } from "./multichoose.ts";
import { sampleGamma } from "./sampling/gamma.ts";
import { samplePoisson } from "./sampling/poisson.ts";

/** Exactly one of mean, logMean and rate besides the concentration. */
export type NegativeBinomialParameters = { readonly concentration: Operand } & (
  | { readonly mean: Operand; readonly logMean?: undefined; readonly rate?: undefined }
  | { readonly logMean: Operand; readonly mean?: undefined; readonly rate?: undefined }
  | { readonly rate: Operand; readonly mean?: undefined; readonly logMean?: undefined }
);

const FORMS = { mean: "positive", logMean: "finite", rate: "positive" } as const;
type Form = keyof typeof FORMS;

/**
 * The negative binomial distribution: Poisson with a gamma rate. Its concentration φ is the gamma's; the rest is given by
 * the mean μ, by the log mean, or by the gamma's rate β = φ/μ. The variance is μ + μ²/φ.
 *
 * log P(k) = log C(k + φ − 1, k) − k log(1 + φ/μ) − φ log(1 + μ/φ)
 *
 * In this form no terms cancel, neither for φ ≫ μ nor for μ ≫ φ. Sources: Johnson, Kemp & Kotz, *Univariate Discrete
 * Distributions*, ch. 5; Stan Functions Reference, "Unbounded discrete distributions": by mean it is neg_binomial_2, by
 * log mean neg_binomial_2_log, by rate neg_binomial(concentration, rate).
 */
export function negativeBinomial(given: NegativeBinomialParameters): Distribution {
  const form = formOf(given);
  const { parameters, checks } = takeParameters<string>("negativeBinomial", {
    [form]: [given[form]!, FORMS[form]],
    concentration: [given.concentration, "positive"],
  });
  const phi = parameters.concentration!;
  const mean = meanOf(form, parameters);
  return makeDistribution({
    name: "negativeBinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      const [ofOdds, ofInverseOdds] = logOnePlusOdds(parameters);
      return logMultichoose(phi, k).sub(timesLog(k, ofInverseOdds)).sub(mul(phi, ofOdds));
    },
    // I_p(φ, k + 1) and its complement, p = φ/(φ + μ) = exp(−log(1 + μ/φ)).
    ...countTails(
      (k) => logIncompleteBeta(phi, k.add(1), exp(logOnePlusOdds(parameters)[0].neg())),
      (k) => logIncompleteBeta(k.add(1), phi, exp(logOnePlusOdds(parameters)[1].neg())),
    ),
    sample: (values, random) => {
      const shape = hostNumber(values, "concentration");
      return samplePoisson(sampleGamma(shape, random) * hostScale(form, shape, values), random);
    },
    mean: () => mean,
  });
}

function formOf(given: NegativeBinomialParameters): Form {
  const forms = (Object.keys(FORMS) as Form[]).filter((form) => given?.[form] !== undefined);
  if (forms.length === 1) return forms[0]!;
  throw new DistributionError("negativeBinomial", undefined, "give exactly one of mean, logMean and rate");
}

function meanOf(form: Form, parameters: Readonly<Record<string, Value>>): Value {
  if (form === "rate") return parameters.concentration!.div(parameters.rate!);
  return form === "mean" ? parameters.mean! : exp(parameters.logMean!);
}

/** log(1 + o) and log(1 + 1/o) for the odds o = μ/φ = 1/β. */
export function logOnePlusOdds({
  concentration: phi,
  mean,
  logMean,
  rate,
}: Readonly<Record<string, Value>>): [Value, Value] {
  if (rate !== undefined) {
    const logRate = argumentOf(rate, "exp");
    if (logRate !== undefined) return [softplus(logRate.neg()), softplus(logRate)];
    return [log1p(reciprocal(rate)), log1p(rate)];
  }
  const logarithm = logMean ?? argumentOf(mean!, "exp");
  if (logarithm !== undefined) {
    const logOdds = logarithm.sub(logOf(phi!));
    return [softplus(logOdds), softplus(logOdds.neg())];
  }
  return [log1p(mean!.div(phi!)), log1p(phi!.div(mean!))];
}

/** 1/β. */
function hostScale(form: Form, shape: number, values: HostParameters): number {
  const given = hostNumber(values, form);
  if (form === "rate") return 1 / given;
  return (form === "mean" ? given : Math.exp(given)) / shape;
}
