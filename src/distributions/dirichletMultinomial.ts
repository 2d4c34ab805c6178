import type { Axis } from "../graph/axis.ts";
import { mul, type Operand, sum } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  hostVector,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { logMultichoose } from "./multichoose.ts";
import { sampleDirichlet } from "./sampling/gamma.ts";
import { sampleMultinomial } from "./sampling/multinomial.ts";

/**
 * The Dirichlet-multinomial distribution: counts along `axis` that sum to `total`, multinomial with Dirichlet probabilities.
 * A concentration without the axis is the same for every entry.
 *
 * P(k) = n! Γ(A)/Γ(n + A) Π_j Γ(k_j + α_j)/(k_j! Γ(α_j)) = Π_j C(k_j + α_j − 1, k_j)/C(n + A − 1, n), A = Σ_j α_j
 *
 * Sources: Johnson, Kotz & Balakrishnan, *Discrete Multivariate Distributions*, §35.13.1; Stan's dirichlet_multinomial.
 */
export function dirichletMultinomial(total: Operand, axis: Axis, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("dirichletMultinomial", {
    total: [total, "nonNegativeInteger"],
    concentration: [concentration, "positive"],
  });
  const { total: n, concentration: alpha } = parameters;
  const all = sum(alpha, [axis]);
  return makeDistribution({
    name: "dirichletMultinomial",
    discrete: true,
    support: { kind: "counts", axis, total: constantOf(total) ?? n },
    parameters,
    checks,
    eventAxes: [axis],
    logProb: (y) => sum(logMultichoose(alpha, realValue(y)), [axis]).sub(logMultichoose(all, n)),
    sample: (given, random) => {
      const p = sampleDirichlet(hostVector(given, "concentration", axis.size), random);
      return sampleMultinomial(hostNumber(given, "total"), p, random);
    },
    mean: () => mul(n, alpha.div(all)),
  });
}
