import type { Axis } from "../graph/axis.ts";
import { eq, lgamma, logFactorial, logSumExp, mul, type Operand, select, sub, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { categoricalLogProbabilities, hostProbabilities } from "./categorical.ts";
import {
  type Distribution,
  DistributionError,
  hostNumber,
  hostVector,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { givenForm, type ProbabilityOrLogits } from "./probability.ts";
import { sampleBinomial } from "./sampling/binomial.ts";
import { sampleDirichlet } from "./sampling/gamma.ts";

/** log n! − Σ log x_k!, n the sum of the counts. */
const logCoefficient = (x: Value, axis: Axis): Value => logFactorial(sum(x, [axis])).sub(sum(logFactorial(x), [axis]));

/** Counts one after the other: each is binomial given those before. */
function sampleCounts(total: number, probs: readonly number[], random: Parameters<typeof sampleBinomial>[2]): number[] {
  let [left, mass] = [total, 1];
  return probs.map((p, k) => {
    const count = k === probs.length - 1 ? left : sampleBinomial(left, Math.min(1, p / mass), random);
    left -= count;
    mass = Math.max(mass - p, Number.MIN_VALUE);
    return count;
  });
}

/**
 * The multinomial distribution of counts along `axis` that sum to `total`, by `probs` or `logits` along it. The density
 * takes the total of the counts it is given; `total` is for drawing.
 *
 * log P(x) = log n! − Σ_k log x_k! + Σ_k x_k log p_k, 0 · log 0 = 0
 *
 * Source: Johnson, Kotz & Balakrishnan, *Discrete Multivariate Distributions*, ch. 35.
 */
export function multinomial(total: Operand, axis: Axis, given: ProbabilityOrLogits): Distribution {
  const form = givenForm("multinomial", given);
  const { parameters, checks } =
    form === "probs"
      ? takeParameters("multinomial", { total: [total, "nonNegativeInteger"], probs: [given.probs!, "simplex", axis] })
      : takeParameters("multinomial", { total: [total, "nonNegativeInteger"], logits: [given.logits!, "finite"] });
  const all: Readonly<Record<string, Value>> = parameters;
  if (!all[form]!.hasAxis(axis))
    throw new DistributionError("multinomial", form, `${form} must run over the axis "${axis.name}"`);
  return makeDistribution({
    name: "multinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters: all,
    checks,
    eventAxes: [axis],
    logProb: (y) => {
      const x = realValue(y);
      if (form === "logits") {
        const n = sum(x, [axis]);
        return logCoefficient(x, axis).add(
          sum(mul(x, all.logits!), [axis]).sub(mul(n, logSumExp(all.logits!, [axis]))),
        );
      }
      const [, logP] = categoricalLogProbabilities(all, axis);
      return logCoefficient(x, axis).add(sum(select(eq(x, 0), 0, mul(x, logP)), [axis]));
    },
    sample: (values, random) => {
      const probs = hostProbabilities(hostVector(values, form, axis.size), form);
      return sampleCounts(hostNumber(values, "total"), probs, random);
    },
  });
}

/**
 * The Dirichlet-multinomial distribution of counts along `axis`: multinomial with Dirichlet probabilities.
 *
 * log P(x) = log n! + log Γ(Σα) − log Γ(n + Σα) + Σ_k [log Γ(x_k + α_k) − log Γ(α_k) − log x_k!]
 *
 * Source: Johnson, Kotz & Balakrishnan, *Discrete Multivariate Distributions*, §35.13.
 */
export function dirichletMultinomial(total: Operand, axis: Axis, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("dirichletMultinomial", {
    total: [total, "nonNegativeInteger"],
    concentration: [concentration, "positive"],
  });
  const alpha = parameters.concentration;
  return makeDistribution({
    name: "dirichletMultinomial",
    discrete: true,
    support: { kind: "nonNegativeInteger" },
    parameters,
    checks,
    eventAxes: [axis],
    logProb: (y) => {
      const x = realValue(y);
      const [n, mass] = [sum(x, [axis]), sum(alpha, [axis])];
      return logCoefficient(x, axis)
        .add(lgamma(mass).sub(lgamma(mass.add(n))))
        .add(sum(sub(lgamma(x.add(alpha)), lgamma(alpha)), [axis]));
    },
    sample: (values, random) => {
      const probs = sampleDirichlet(hostVector(values, "concentration", axis.size), random);
      return sampleCounts(hostNumber(values, "total"), probs, random);
    },
  });
}
