import { logDiffExp } from "../graph/functions.ts";
import { lt, type Operand, select } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { type Bounded, type Bounds, bounded } from "./bounds.ts";
import { hostPart, makeComposite } from "./composite.ts";
import { type Distribution, DistributionError, hostNumber, type Support } from "./distribution.ts";
import { supportBounds } from "./support.ts";

/** Draws of the family among which one between the bounds is looked for. */
const TRIES = 100_000;

/**
 * A family given that its value lies between bounds, both included: normalised anew, as `T[lower, upper]` in Stan.
 *
 * log p(x) = log p₀(x) − log P₀(lower ≤ X ≤ upper)
 *
 * The probability is a difference of distribution functions in the lower tail and of survival functions in the upper one,
 * so that it keeps its digits wherever the bounds lie. As a latent site it lives between the bounds, which may be other
 * sites. Source: Stan Reference Manual, "Truncated distributions".
 *
 * @param distribution A scalar family with `logCdf` and `logSurvival`.
 * @param bounds `lower`, `upper` or both; whole numbers for a discrete family.
 * @throws DistributionError for another family, or bounds that leave nothing.
 */
export function truncated(distribution: Distribution, bounds: Bounds): Distribution {
  const between = bounded("truncated", distribution, bounds);
  const { lower, upper, taken } = between;
  const logMass = massBetween(between);
  const { name, discrete } = distribution;
  return makeComposite(
    { distribution },
    {
      ...taken,
      name: `truncated(${name})`,
      discrete,
      ...(distribution.hasAtoms ? { hasAtoms: true } : {}),
      support: supportBetween(distribution, lower, upper),
      logProb: (x) => {
        const density = distribution.logProb(x);
        return logMass === undefined ? density : density.sub(logMass);
      },
      sample: (given, random) => {
        const own = hostPart(given, "distribution");
        const lowest = lower === undefined ? Number.NEGATIVE_INFINITY : hostNumber(given, "lower");
        const highest = upper === undefined ? Number.POSITIVE_INFINITY : hostNumber(given, "upper");
        for (let i = 0; i < TRIES; i++) {
          const x = distribution.sample(own, random) as number;
          if (x >= lowest && x <= highest) return x;
        }
        const found = `none of ${TRIES} draws of ${name} lies between ${lowest} and ${highest}`;
        throw new DistributionError("truncated", undefined, found);
      },
    },
  );
}

/** log P₀(lower ≤ X ≤ upper); undefined where the bounds are the family's own. */
function massBetween({ fromLower, toUpper }: Bounded): Value | undefined {
  if (fromLower === undefined || toUpper === undefined) return (fromLower ?? toUpper)?.[0];
  const [above, below] = fromLower;
  const [inside, beyond] = toUpper;
  const isLow = lt(inside, above);
  return logDiffExp(select(isLow, inside, above), select(isLow, below, beyond));
}

function supportBetween({ support, discrete }: Distribution, lower?: Value, upper?: Value): Support {
  const own = supportBounds(support);
  const [a, b]: (Operand | undefined)[] = [lower ?? own.lower, upper ?? own.upper];
  if (discrete) {
    if (lower === undefined && upper === undefined) return support;
    return { kind: "integerInterval", lower: a ?? Number.NEGATIVE_INFINITY, upper: b ?? Number.POSITIVE_INFINITY };
  }
  if (lower === undefined && upper === undefined) return support;
  if (a !== undefined && b !== undefined) return { kind: "interval", lower: a, upper: b };
  return a === undefined ? { kind: "upper", upper: b! } : { kind: "lower", lower: a };
}
