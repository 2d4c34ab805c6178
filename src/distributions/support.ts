/** Supports: where variables live, membership for data that are checked on the host, and names for users. */
import type { Axis } from "../graph/axis.ts";
import type { Operand } from "../graph/value.ts";

export type MatrixKind = "correlationCholesky" | "correlation" | "covarianceCholesky" | "covariance";

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
  | { readonly kind: "positiveOrdered"; readonly axis: Axis }
  | { readonly kind: "unitVector"; readonly axis: Axis }
  | { readonly kind: "sumToZero"; readonly axis: Axis }
  | { readonly kind: "realVector"; readonly axis: Axis }
  /** Square matrices over (row, column); the factors are lower triangular. */
  | { readonly kind: MatrixKind; readonly row: Axis; readonly column: Axis }
  | { readonly kind: "nonNegativeInteger" }
  | { readonly kind: "integerInterval"; readonly lower: Operand; readonly upper: Operand }
  /** Counts along `axis` that sum to `total`. */
  | { readonly kind: "counts"; readonly axis: Axis; readonly total: Operand };

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
    case "positiveOrdered":
      return { lower: 0 };
    case "counts":
      return { lower: 0, upper: support.total };
    default:
      return {};
  }
}

/** The axes that one element of a support runs over: none for scalars, one for vectors, row and column for matrices. */
export function supportAxes(support: Support): readonly Axis[] {
  if ("axis" in support) return [support.axis];
  return "row" in support ? [support.row, support.column] : [];
}

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

/**
 * Whether a vector (for matrices: row after row) is in a support: sums to one, to zero or to its total, has length one,
 * increases strictly, is a factor or a matrix of the kind. Every entry is taken for scalar supports. A bound or total that
 * is a graph value is taken from `bounds`, and not tested when absent there.
 */
export function vectorInSupport(
  support: Support,
  values: ArrayLike<number>,
  bounds: NumericBounds = {},
  tolerance = 1e-6,
): boolean {
  const entries = Array.from(values);
  if (!entries.every((value) => inSupport(support, value, bounds))) return false;
  const total = (f: (x: number) => number): number => entries.reduce((sum, x) => sum + f(x), 0);
  switch (support.kind) {
    case "simplex":
      return Math.abs(total((x) => x) - 1) <= tolerance;
    case "counts": {
      const wanted = constantOf(support.total) ?? bounds.upper;
      return wanted === undefined || total((x) => x) === wanted;
    }
    case "sumToZero":
      return Math.abs(total((x) => x)) <= tolerance * Math.max(1, total(Math.abs));
    case "unitVector":
      return Math.abs(total((x) => x * x) - 1) <= tolerance;
    case "ordered":
    case "positiveOrdered":
      return entries.every((value, i) => i === 0 || value > entries[i - 1]!);
    case "correlationCholesky":
    case "correlation":
    case "covarianceCholesky":
    case "covariance":
      return matrixInSupport(support.kind, entries, support.row.size, tolerance);
    default:
      return true;
  }
}

const MATRICES: Readonly<Record<MatrixKind, string>> = {
  correlationCholesky: "the lower triangular Cholesky factor of a correlation matrix",
  correlation: "a correlation matrix: symmetric, positive definite, with ones on its diagonal",
  covarianceCholesky: "lower triangular with a positive diagonal",
  covariance: "a covariance matrix: symmetric and positive definite",
};

function matrixInSupport(kind: MatrixKind, entries: readonly number[], size: number, tolerance: number): boolean {
  const at = (i: number, j: number): number => entries[i * size + j]!;
  const numbers = Array.from({ length: size }, (_, i) => i);
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
  if (kind === "correlationCholesky" || kind === "covarianceCholesky") {
    const isLower = numbers.every((i) => at(i, i) > 0 && numbers.every((j) => j <= i || at(i, j) === 0));
    const unitRows = numbers.every((i) =>
      close(
        numbers.reduce((sum, j) => sum + at(i, j) ** 2, 0),
        1,
      ),
    );
    return isLower && (kind === "covarianceCholesky" || unitRows);
  }
  if (!numbers.every((i) => numbers.every((j) => close(at(i, j), at(j, i))))) return false;
  return isPositiveDefinite(entries, size) && (kind === "covariance" || numbers.every((i) => close(at(i, i), 1)));
}

function isPositiveDefinite(entries: readonly number[], size: number): boolean {
  const L = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let rest = entries[i * size + j]!;
      for (let k = 0; k < j; k++) rest -= L[i * size + k]! * L[j * size + k]!;
      if (i === j && !(rest > 0)) return false;
      L[i * size + j] = i === j ? Math.sqrt(rest) : rest / L[j * size + j]!;
    }
  }
  return true;
}

const isIntegerSupport = ({ kind }: Support): boolean =>
  kind === "nonNegativeInteger" || kind === "integerInterval" || kind === "counts";

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
    case "positiveOrdered":
      return `positive and increasing along "${support.axis.name}"`;
    case "unitVector":
      return `of length 1 along "${support.axis.name}"`;
    case "sumToZero":
      return `of sum 0 along "${support.axis.name}"`;
    case "correlationCholesky":
    case "correlation":
    case "covarianceCholesky":
    case "covariance":
      return MATRICES[support.kind];
    case "counts": {
      const total = constantOf(support.total);
      return `non-negative integers with sum ${total ?? "total"} along "${support.axis.name}"`;
    }
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
