import { ge, le, select } from "../graph/ops.ts";
import { type Bounds, bounded } from "./bounds.ts";
import { hostPart, makeComposite } from "./composite.ts";
import { type Distribution, hostNumber, realValue } from "./distribution.ts";
import { supportBounds } from "./support.ts";

/**
 * Measurements of a variable by an instrument that cannot read beyond its bounds, and shows the bound instead (a detection
 * limit; a study that ends: Tobit and survival models).
 *
 * log p(y) = log P₀(X ≤ lower) at y = lower, log P₀(X ≥ upper) at y = upper, log p₀(y) between
 *
 * Data of such a site lie between the bounds; a latent cannot be censored, since its distribution has atoms.
 * Source: Stan User's Guide, "Censored data"; PyMC's `Censored`.
 *
 * @param distribution A scalar family with `logCdf` and `logSurvival`.
 * @param bounds `lower`, `upper` or both; they may differ by observation (a graph value over its plate).
 * @throws DistributionError for another family, or bounds that leave nothing.
 */
export function censored(distribution: Distribution, bounds: Bounds): Distribution {
  const { lower, upper, fromLower, toUpper, taken, family } = bounded("censored", distribution, bounds);
  const own = supportBounds(distribution.support);
  const { discrete } = distribution;
  const [lowest, highest] = [lower ?? own.lower, upper ?? own.upper];
  const whole = { lower: lowest ?? Number.NEGATIVE_INFINITY, upper: highest ?? Number.POSITIVE_INFINITY };
  return makeComposite(
    { distribution },
    {
      ...taken,
      name: `censored(${distribution.name})`,
      discrete,
      hasAtoms: true,
      support: { kind: discrete ? "integerInterval" : "interval", ...whole },
      logProb: (y) => {
        const value = realValue(y);
        let density = distribution.logProb(y);
        // A count is read as it is at its bound; what lies beyond is read as the bound too.
        if (lower !== undefined) {
          const below = discrete ? family.logCdf(lower) : fromLower![1];
          density = select(le(value, lower), below, density);
        }
        if (upper !== undefined) {
          const above = discrete ? family.logSurvival(upper.sub(1)) : toUpper![1];
          density = select(ge(value, upper), above, density);
        }
        return density;
      },
      sample: (given, random) => {
        const x = distribution.sample(hostPart(given, "distribution"), random) as number;
        const raised = lower === undefined ? x : Math.max(x, hostNumber(given, "lower"));
        return upper === undefined ? raised : Math.min(raised, hostNumber(given, "upper"));
      },
    },
  );
}
