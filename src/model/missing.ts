/** Missing entries of observed data: left out of the likelihood, or inferred. */
import { constrained, type Distribution, flat } from "../distributions/index.ts";
import { constantOf, supportBounds } from "../distributions/support.ts";
import type { Axis } from "../graph/axis.ts";
import { gather, gt, select } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { boundGaps, index, integer } from "./data.ts";
import { ModelError } from "./errors.ts";
import { indexLabel } from "./layout.ts";

/** What imputing needs of a trace. */
interface Sites {
  plate(name: string, size: number): Axis;
  sample(name: string, distribution: Distribution, plates: readonly Axis[]): Value;
}

/** The log density of an observed site, whatever of its data is missing. Throws a ModelError that names the remedies. */
export function densityWithGaps(
  sites: Sites,
  name: string,
  distribution: Distribution,
  observed: Value,
  axes: readonly Axis[],
  missing: "ignore" | "impute" | undefined,
): Value {
  const gaps = boundGaps(observed);
  if (gaps === undefined) return distribution.logProb(observed);
  const count = gaps.filter(Boolean).length;
  if (missing === undefined) {
    throw new ModelError(
      "data-missing",
      name,
      `${name}: ${count} of ${gaps.length} values are missing, the first is ${name}${indexLabel(axes, gaps.indexOf(true))} (indices ` +
        'from 1); say observe(…, { missing: "ignore" }) to leave them out or { missing: "impute" } to infer them',
    );
  }
  const isMissing = gt(integer(gaps.map(Number), axes), 0);
  if (missing === "ignore") {
    if (distribution.eventAxes.length > 0) {
      throw new ModelError(
        "wrong-argument",
        name,
        `${name}: a ${distribution.name} is a density of whole vectors, of which no entry can be left out; use { missing: "impute" }`,
      );
    }
    return select(isMissing, 0, distribution.logProb(observed));
  }
  if (distribution.discrete || distribution.hasAtoms) {
    throw new ModelError(
      "discrete-latent",
      name,
      `${name}: missing values of a ${distribution.name} are discrete, at least in part, and cannot be inferred; use { missing: "ignore" }`,
    );
  }
  const bounds = supportBounds(distribution.support);
  if ([bounds.lower, bounds.upper].some((bound) => bound !== undefined && constantOf(bound) === undefined)) {
    throw new ModelError(
      "wrong-argument",
      name,
      `${name}: the bounds of the ${distribution.name} are values of the model; missing values can be inferred between constants only`,
    );
  }
  const gap = sites.plate(`${name}_gap`, count);
  // The density of the whole site is that of the imputed values too: their own is flat on the support.
  const free = "axis" in distribution.support ? flat() : constrained(flat(), distribution.support);
  const imputed = sites.sample(`${name}_missing`, free, [gap]);
  let next = 0;
  const position = index(
    gaps.map((isGap) => (isGap ? next++ : 0)),
    axes,
    gap,
  );
  return distribution.logProb(select(isMissing, gather(imputed, gap, position), observed));
}
