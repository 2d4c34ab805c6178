import { withoutAxes } from "../graph/axis.ts";
import { sum } from "../graph/ops.ts";
import {
  type Distribution,
  DistributionError,
  type HostParameters,
  type HostRandom,
  makeDistribution,
} from "./distribution.ts";
import { constantOf, describeSupport, inSupport, type Support, supportAxes, supportBounds } from "./support.ts";

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
    sample: (parameters, random) => sampleInside(distribution, support, parameters, random),
  });
}

/** Draws until one lies in the support: so many at most. */
const TRIES = 1000;

/** The density cut and normalised anew, by rejection. Independent equals in a row are in order once they are sorted. */
function sampleInside(
  distribution: Distribution,
  support: Support,
  parameters: HostParameters,
  random: HostRandom,
): number | number[] {
  const refuse = (why: string): DistributionError =>
    new DistributionError(
      "constrained",
      undefined,
      `a ${distribution.name} that is ${describeSupport(support)} ${why}`,
    );
  const inside = (holds: (x: number) => boolean): number => {
    for (let k = 0; k < TRIES; k++) {
      const x = Number(distribution.sample(parameters, random));
      if (holds(x)) return x;
    }
    throw refuse(`cannot be sampled by rejection: none of ${TRIES} draws was`);
  };
  if (distribution.eventAxes.length === 0) {
    const bounds = Object.values(supportBounds(support));
    const known = bounds.every((bound) => bound === undefined || constantOf(bound) !== undefined);
    if (supportAxes(support).length === 0 && known) return inside((x) => inSupport(support, x));
    const alike = Object.values(parameters).every((value) => typeof value === "number");
    if ((support.kind === "ordered" || support.kind === "positiveOrdered") && alike) {
      const holds = (x: number): boolean => support.kind === "ordered" || x > 0;
      return Array.from({ length: support.axis.size }, () => inside(holds)).sort((a, b) => a - b);
    }
  }
  throw refuse("has a density that is not normalised, and cannot be sampled");
}
