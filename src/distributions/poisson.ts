import { exp, logFactorial, logGammaP, logGammaQ, mul, type Operand } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { countTails } from "./countTails.ts";
import {
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { logOf } from "./logarithms.ts";
import { samplePoisson } from "./sampling/poisson.ts";

export type RateOrLogRate =
  | Operand
  | { readonly rate: Operand; readonly logRate?: undefined }
  | { readonly logRate: Operand; readonly rate?: undefined };

/**
 * The Poisson distribution, by `rate` λ (a bare operand means the rate) or by `logRate` η = log λ.
 *
 * log P(k) = k log λ − λ − log k! = k η − eᶯ − log k!
 *
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, ch. 4.
 */
export function poisson(given: RateOrLogRate): Distribution {
  const form = typeof given === "number" || given instanceof Value ? { rate: given } : given;
  if ((form?.rate === undefined) === (form?.logRate === undefined))
    throw new DistributionError("poisson", undefined, "give exactly one of rate and logRate");
  const byRate = form.rate !== undefined;
  const { parameters, checks } = byRate
    ? takeParameters("poisson", { rate: [form.rate, "positive"] })
    : takeParameters("poisson", { logRate: [form.logRate!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  const rate = all.rate ?? exp(all.logRate!);
  const logRate = all.logRate ?? logOf(all.rate!);
  return makeDistribution({
    name: "poisson",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters: all,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      return mul(k, logRate).sub(rate).sub(logFactorial(k));
    },
    ...countTails(
      (k) => logGammaQ(k.add(1), rate),
      (k) => logGammaP(k.add(1), rate),
    ),
    sample: (values, random) =>
      samplePoisson(byRate ? hostNumber(values, "rate") : Math.exp(hostNumber(values, "logRate")), random),
    mean: () => rate,
  });
}
