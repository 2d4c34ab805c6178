import { withoutAxes } from "../graph/axis.ts";
import { sum } from "../graph/ops.ts";
import { type Distribution, DistributionError, makeDistribution } from "./distribution.ts";
import { describeSupport, type Support, supportAxes } from "./support.ts";

/**
 * The same log density on a smaller support, not normalised anew: what `ordered[K] mu; mu ~ normal(0, 2);` means in Stan.
 * For a vector or matrix support a scalar family's density is summed over its axes. An evidence computed with it counts the
 * prior mass of the smaller support only.
 *
 * @param distribution A continuous family; scalar, or with the support's own axes as event axes.
 * @param support `{ kind: "ordered", axis }`, `{ kind: "positive" }`, `{ kind: "correlation", row, column }`, …
 * @throws DistributionError for a discrete family, or where the axes do not match.
 */
export function constrained(distribution: Distribution, support: Support): Distribution {
  if (distribution.discrete) {
    throw new DistributionError("constrained", undefined, `${distribution.name} is discrete: truncate it instead`);
  }
  const eventAxes = supportAxes(support);
  const isScalar = distribution.eventAxes.length === 0;
  if (!isScalar && withoutAxes(eventAxes, distribution.eventAxes).length > 0) {
    throw new DistributionError(
      "constrained",
      "support",
      `a ${distribution.name} over ${distribution.eventAxes.join(" ")} cannot be ${describeSupport(support)}`,
    );
  }
  return makeDistribution({
    name: distribution.name,
    unnormalised: true,
    support,
    parameters: distribution.parameters,
    checks: distribution.checks,
    eventAxes: isScalar ? eventAxes : distribution.eventAxes,
    logProb: (x) => {
      const density = distribution.logProb(x);
      return isScalar ? sum(density, eventAxes) : density;
    },
    sample: () => {
      throw new DistributionError(
        "constrained",
        undefined,
        "a constrained prior is not normalised and cannot be sampled",
      );
    },
  });
}
