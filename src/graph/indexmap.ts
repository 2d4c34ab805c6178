import type { Axis } from "./axis.ts";

/** floor((Σ coefficient·axis + offset) / divisor) mod modulus, over the indices of output axes. */
export interface IndexExpression {
  readonly terms: readonly { readonly axis: Axis; readonly coefficient: number }[];
  readonly offset: number;
  /** Floor division after the sum; 1 for none. */
  readonly divisor: number;
  /** Remainder after the division; 0 for none. */
  readonly modulus: number;
}

/**
 * A quasi-affine map from the indices of the result to the indices of the source:
 * y[out] = x[source := index(out)] where every guard holds (0 ≤ guard < size), else the fill value.
 * The map takes the `source` axes from x and brings in the `out` axes.
 */
export interface IndexMap {
  readonly out: readonly Axis[];
  readonly source: readonly { readonly axis: Axis; readonly index: IndexExpression }[];
  readonly guards: readonly { readonly index: IndexExpression; readonly size: number }[];
}

export const affine = (
  terms: readonly (readonly [Axis, number])[],
  offset = 0,
  divisor = 1,
  modulus = 0,
): IndexExpression => ({
  terms: terms.map(([axis, coefficient]) => ({ axis, coefficient })),
  offset,
  divisor,
  modulus,
});

export function evaluateIndex(expression: IndexExpression, indexOf: (axis: Axis) => number): number {
  let sum = expression.offset;
  for (const { axis, coefficient } of expression.terms) sum += coefficient * indexOf(axis);
  if (expression.divisor !== 1) sum = Math.floor(sum / expression.divisor);
  if (expression.modulus !== 0) sum = ((sum % expression.modulus) + expression.modulus) % expression.modulus;
  return sum;
}
