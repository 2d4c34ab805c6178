/** Bounds set on a family: what truncation and censoring share. */
import { type Operand, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { constantOf, type Distribution, DistributionError, takeParameters } from "./distribution.ts";
import { describeSupport, supportBounds } from "./support.ts";

/** Both ends belong to what is left. At least one is given. */
export interface Bounds {
  readonly lower?: Operand;
  readonly upper?: Operand;
}

/** A family with distribution functions, and the probabilities of its tails at the bounds. */
export interface Bounded {
  readonly family: Distribution & Required<Pick<Distribution, "logCdf" | "logSurvival">>;
  /** The bounds as parameters of the wrapper. */
  readonly taken: ReturnType<typeof takeParameters<string>>;
  readonly lower: Value | undefined;
  readonly upper: Value | undefined;
  /** log P(X ≥ lower) and log P(X < lower). */
  readonly fromLower?: readonly [at: Value, below: Value];
  /** log P(X ≤ upper) and log P(X > upper). */
  readonly toUpper?: readonly [at: Value, above: Value];
}

/** @throws DistributionError for a vector family, one without distribution functions, or bounds that leave nothing. */
export function bounded(wrapper: string, distribution: Distribution, bounds: Bounds): Bounded {
  const { name, logCdf, logSurvival, discrete } = distribution;
  const refuse = (parameter: string | undefined, message: string): never => {
    throw new DistributionError(wrapper, parameter, message);
  };
  if (logCdf === undefined || logSurvival === undefined)
    return refuse("distribution", `${name} has no distribution function here; use a family that has logCdf`);
  if (bounds.lower === undefined && bounds.upper === undefined) refuse(undefined, "give lower, upper or both");
  const own = supportBounds(distribution.support);
  const [lowest, highest] = [own.lower, own.upper].map((end) => (end === undefined ? undefined : constantOf(end)));
  const [a, b] = [bounds.lower, bounds.upper].map((end) => (end === undefined ? undefined : constantOf(end)));
  const where = `${name} is ${describeSupport(distribution.support)}`;
  if (a !== undefined && b !== undefined && (discrete ? a > b : a >= b))
    refuse("lower", `lower must be below upper, got ${a} and ${b}`);
  if (a !== undefined && highest !== undefined && (discrete ? a > highest : a >= highest))
    refuse("lower", `nothing is left above ${a}: ${where}`);
  if (b !== undefined && lowest !== undefined && (discrete ? b < lowest : b <= lowest))
    refuse("upper", `nothing is left below ${b}: ${where}`);
  // A bound at or beyond the family's own end bounds nothing.
  const lowerTells = bounds.lower !== undefined && !(a !== undefined && lowest !== undefined && a <= lowest);
  const upperTells = bounds.upper !== undefined && !(b !== undefined && highest !== undefined && b >= highest);
  const domain = discrete ? "integer" : "finite";
  const taken = takeParameters<string>(wrapper, {
    ...(lowerTells ? { lower: [bounds.lower!, domain] as const } : {}),
    ...(upperTells ? { upper: [bounds.upper!, domain] as const } : {}),
  });
  const { lower, upper } = taken.parameters;
  const before = lower && (discrete ? sub(lower, 1) : lower);
  return {
    family: { ...distribution, logCdf, logSurvival },
    taken,
    lower,
    upper,
    ...(before && { fromLower: [logSurvival(before), logCdf(before)] as const }),
    ...(upper && { toUpper: [logCdf(upper), logSurvival(upper)] as const }),
  };
}
