import type { Axis } from "../graph/axis.ts";
import { digamma, lgamma, mul, type Operand, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Distribution, hostVector, makeDistribution, takeParameters } from "./distribution.ts";
import { type Family, familyOf } from "./family.ts";
import { logOf } from "./logarithms.ts";
import { sampleDirichlet } from "./sampling/gamma.ts";
import { dirichletDraw } from "./sampling/implicit.ts";

/** log B(α) = Σ log Γ(α_k) − log Γ(Σ α_k). A concentration without the axis is the same for every k. */
export const logMultivariateBeta = (alpha: Value, axis: Axis): Value =>
  sum(lgamma(alpha), [axis]).sub(lgamma(sum(alpha, [axis])));

/**
 * The Dirichlet distribution over the simplex along `axis`; a density in the first K − 1 coordinates.
 *
 * log p(x) = Σ_k (α_k − 1) log x_k − Σ_k log Γ(α_k) + log Γ(Σ_k α_k)
 *
 * A scalar concentration is symmetric. Source: Kotz, Balakrishnan & Johnson, *Continuous Multivariate Distributions*,
 * ch. 49.
 */
export function dirichlet(concentration: Operand, axis: Axis): Distribution;
/** Without parameters: the q of a simplex, `guide({ pi: dirichlet() })`. */
export function dirichlet(): Family;
export function dirichlet(concentration?: Operand, axis?: Axis): Distribution | Family {
  if (concentration === undefined && axis === undefined) return familyOf("dirichlet");
  return dirichletOf(concentration as Operand, axis as Axis);
}

function dirichletOf(concentration: Operand, axis: Axis): Distribution {
  const { parameters, checks } = takeParameters("dirichlet", { concentration: [concentration, "positive"] });
  const alpha = parameters.concentration;
  const total = () => sum(alpha, [axis]);
  return makeDistribution({
    name: "dirichlet",
    support: { kind: "simplex", axis },
    parameters,
    checks,
    eventAxes: [axis],
    logProb: (x) => sum(mul(alpha.sub(1), logOf(x)), [axis]).sub(logMultivariateBeta(alpha, axis)),
    rsample: (noise, axes) => dirichletDraw(alpha, axis, noise, axes),
    sample: (values, random) => sampleDirichlet(hostVector(values, "concentration", axis.size), random),
    entropy: () =>
      logMultivariateBeta(alpha, axis)
        .add(total().sub(axis.size).mul(digamma(total())))
        .sub(sum(alpha.sub(1).mul(digamma(alpha)), [axis])),
    mean: () => alpha.div(total()),
  });
}
