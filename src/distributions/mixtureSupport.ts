/** The support that holds those of several families, and densities that are zero outside their own. */
import type { Axis } from "../graph/axis.ts";
import { add, and, ge, gt, le, lt, max, maximum, min, mul, type Operand, select, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { constantOf, type Distribution, DistributionError, realValue, type Support } from "./distribution.ts";
import { describeSupport, supportAxes, supportBounds } from "./support.ts";

/** One support for all of `supports`; bounds that vary along `axis` give way to the widest. */
export function commonSupport(family: string, supports: readonly Support[], axis: Axis): Support {
  const [first] = supports as [Support, ...Support[]];
  if (supports.every((other) => areEqual(first, other)) && !boundsOf(first).some((bound) => runsOver(bound, axis))) {
    return first;
  }
  if (supports.some((support) => supportAxes(support).length > 0)) {
    const kinds = supports.map(describeSupport).join("; ");
    throw new DistributionError(family, "components", `components must have one support, got: ${kinds}`);
  }
  const counts = supports.map(isCount);
  if (counts.some((count) => count !== counts[0])) {
    throw new DistributionError(family, "components", "components must be all discrete or all continuous");
  }
  const named = supports.map(supportBounds);
  const lower = outermost(
    named.map((bounds) => bounds.lower),
    axis,
    "lower",
  );
  const upper = outermost(
    named.map((bounds) => bounds.upper),
    axis,
    "upper",
  );
  if (counts[0]) {
    if (upper === undefined && constantOf(lower!) === 0) return { kind: "nonNegativeInteger" };
    return { kind: "integerInterval", lower: lower!, upper: upper ?? Number.POSITIVE_INFINITY };
  }
  if (lower !== undefined && upper !== undefined) return { kind: "interval", lower, upper };
  if (lower !== undefined) return constantOf(lower) === 0 ? { kind: "nonNegative" } : { kind: "lower", lower };
  return upper === undefined ? { kind: "real" } : { kind: "upper", upper };
}

/** log p(x) of a component where it lives, −∞ elsewhere; it is never evaluated outside its support. */
export function logProbWithin(component: Distribution, whole: Support, x: Operand): Value {
  const { support } = component;
  if (areEqual(support, whole)) return component.logProb(x);
  const { lower, upper } = supportBounds(support);
  const value = realValue(x);
  const isOpen = support.kind === "positive" || (support.kind === "interval" && support.open === true);
  const above = lower === undefined ? undefined : (isOpen ? gt : ge)(value, lower);
  const below = upper === undefined ? undefined : (isOpen ? lt : le)(value, upper);
  const isInside = above !== undefined && below !== undefined ? and(above, below) : (above ?? below);
  if (isInside === undefined) return component.logProb(x);
  const safe = select(isInside, value, interior(support));
  return select(isInside, component.logProb(safe), Number.NEGATIVE_INFINITY);
}

function interior(support: Support): Operand {
  const { lower, upper } = supportBounds(support);
  if (isCount(support)) return lower!;
  if (lower === undefined) return upper === undefined ? 0 : sub(upper, 1);
  return upper === undefined ? add(lower, 1) : mul(add(lower, upper), 0.5);
}

const isCount = ({ kind }: Support): boolean => kind === "nonNegativeInteger" || kind === "integerInterval";

const boundsOf = (support: Support): Operand[] =>
  Object.values(supportBounds(support)).filter((bound) => bound !== undefined);

const runsOver = (bound: Operand, axis: Axis): boolean => typeof bound !== "number" && bound.hasAxis(axis);

function areEqual(a: Support, b: Support): boolean {
  const [bounds, others] = [supportBounds(a), supportBounds(b)];
  const same = (x: Operand | undefined, y: Operand | undefined): boolean =>
    x === y || (x !== undefined && y !== undefined && constantOf(x) !== undefined && constantOf(x) === constantOf(y));
  const axes = supportAxes(b);
  return (
    a.kind === b.kind &&
    same(bounds.lower, others.lower) &&
    same(bounds.upper, others.upper) &&
    supportAxes(a).every((axis, i) => axis === axes[i])
  );
}

/** The least lower or the greatest upper bound; undefined where one of them is missing. */
function outermost(bounds: readonly (Operand | undefined)[], axis: Axis, side: "lower" | "upper"): Operand | undefined {
  const sign = side === "lower" ? -1 : 1;
  const given = bounds.filter((bound) => bound !== undefined);
  if (given.length < bounds.length) return undefined;
  const known = given.map(constantOf);
  if (known.every((bound) => bound !== undefined)) return sign * Math.max(...known.map((bound) => sign * bound));
  const widest = given.map((bound) =>
    runsOver(bound, axis) ? mul(maximum(mul(realValue(bound), sign), [axis]), sign) : realValue(bound),
  );
  return widest.reduce((a, b) => (side === "lower" ? min(a, b) : max(a, b)));
}
