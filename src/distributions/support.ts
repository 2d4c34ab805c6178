/** Supports: where variables live, membership for data that are checked on the host, and names for users. */
import type { Axis } from "../graph/axis.ts";
import type { Operand } from "../graph/value.ts";

/** Where a variable lives. Bounds may be graph values. */
export type Support =
  | { readonly kind: "real" }
  | { readonly kind: "positive" }
  | { readonly kind: "nonNegative" }
  | { readonly kind: "lower"; readonly lower: Operand }
  | { readonly kind: "upper"; readonly upper: Operand }
  /** Closed, unless `open`: the beta density may be infinite or zero at its ends. */
  | { readonly kind: "interval"; readonly lower: Operand; readonly upper: Operand; readonly open?: boolean }
  | { readonly kind: "simplex"; readonly axis: Axis }
  | { readonly kind: "ordered"; readonly axis: Axis }
  | { readonly kind: "realVector"; readonly axis: Axis }
  | { readonly kind: "nonNegativeInteger" }
  | { readonly kind: "integerInterval"; readonly lower: Operand; readonly upper: Operand };

/** The number that an operand is, if it is one. */
export function constantOf(operand: Operand): number | undefined {
  if (typeof operand === "number") return operand;
  return operand.op.kind === "constant" ? operand.op.value : undefined;
}

export interface NumericBounds {
  readonly lower?: number;
  readonly upper?: number;
}

/** The bounds of a support, which may be graph values; undefined where it has none. */
export function supportBounds(support: Support): { readonly lower?: Operand; readonly upper?: Operand } {
  switch (support.kind) {
    case "positive":
    case "nonNegative":
    case "nonNegativeInteger":
      return { lower: 0 };
    case "lower":
      return { lower: support.lower };
    case "upper":
      return { upper: support.upper };
    case "interval":
    case "integerInterval":
      return { lower: support.lower, upper: support.upper };
    case "simplex":
      return { lower: 0, upper: 1 };
    default:
      return {};
  }
}

/** The axis that a support's elements run over, for vector supports. */
export const supportAxis = (support: Support): Axis | undefined => ("axis" in support ? support.axis : undefined);

/**
 * Whether one number is in a scalar support; for vector supports, whether it can be an entry. Bounds that are graph
 * values are taken from `bounds`, and not tested when absent there.
 */
export function inSupport(support: Support, value: number, bounds: NumericBounds = {}): boolean {
  if (!Number.isFinite(value)) return false;
  const named = supportBounds(support);
  const lower = named.lower === undefined ? undefined : (constantOf(named.lower) ?? bounds.lower);
  const upper = named.upper === undefined ? undefined : (constantOf(named.upper) ?? bounds.upper);
  const open = support.kind === "positive" || (support.kind === "interval" && support.open === true);
  if (lower !== undefined && (open ? value <= lower : value < lower)) return false;
  if (upper !== undefined && (open ? value >= upper : value > upper)) return false;
  return isIntegerSupport(support) ? Number.isInteger(value) : true;
}

/** Whether a vector is in a simplex or is ordered (strictly increasing); every entry is taken for scalar supports. */
export function vectorInSupport(support: Support, values: ArrayLike<number>, tolerance = 1e-6): boolean {
  const entries = Array.from(values);
  if (!entries.every((value) => inSupport(support, value))) return false;
  if (support.kind === "simplex") return Math.abs(entries.reduce((sum, x) => sum + x, 0) - 1) <= tolerance;
  if (support.kind === "ordered") return entries.every((value, i) => i === 0 || value > entries[i - 1]!);
  return true;
}

const isIntegerSupport = (support: Support): boolean =>
  support.kind === "nonNegativeInteger" || support.kind === "integerInterval";

const boundText = (bound: Operand, name: string): string => {
  const known = constantOf(bound);
  return known === undefined ? `its ${name} bound` : String(known);
};

/** A noun or adjective phrase that fits after "must be": "positive", "0 or 1", "a non-negative integer". */
export function describeSupport(support: Support): string {
  switch (support.kind) {
    case "real":
      return "a finite real number";
    case "positive":
      return "positive";
    case "nonNegative":
      return "non-negative";
    case "lower":
      return `at least ${boundText(support.lower, "lower")}`;
    case "upper":
      return `at most ${boundText(support.upper, "upper")}`;
    case "interval": {
      const strictly = support.open ? "strictly " : "";
      return `${strictly}between ${boundText(support.lower, "lower")} and ${boundText(support.upper, "upper")}`;
    }
    case "simplex":
      return `non-negative with sum 1 along "${support.axis.name}"`;
    case "ordered":
      return `increasing along "${support.axis.name}"`;
    case "realVector":
      return `finite real numbers along "${support.axis.name}"`;
    case "nonNegativeInteger":
      return "a non-negative integer";
    case "integerInterval": {
      const [lower, upper] = [constantOf(support.lower), constantOf(support.upper)];
      if (lower === 0 && upper === 1) return "0 or 1";
      return `an integer from ${boundText(support.lower, "lower")} to ${boundText(support.upper, "upper")}`;
    }
  }
}
