/**
 * Where a value may differ from zero, whatever the data: inequalities between indices, such as i ≥ j for a lower
 * triangular matrix. A sum over an index need not go further. What lies outside counts as zero even beside a NaN.
 */
import type { Axis } from "../graph/axis.ts";
import type { IndexExpression } from "../graph/indexmap.ts";
import type { Op, Value } from "../graph/value.ts";

/** Σ coefficient · index + offset ≥ 0, in integers. */
export interface Bound {
  readonly terms: ReadonlyMap<Axis, number>;
  readonly offset: number;
}

type Bounds = readonly Bound[];

/** Of what is zero everywhere. */
const NOWHERE: Bounds = [{ terms: new Map(), offset: -1 }];
/** More are not kept: each costs a comparison before a loop. */
const MOST_BOUNDS = 8;

const known = new WeakMap<Value, Bounds>();

/** Inequalities that hold wherever the value may be other than zero. */
export function nonzeroWhere(value: Value): Bounds {
  let bounds = known.get(value);
  if (bounds === undefined) {
    bounds = boundsOf(value).slice(0, MOST_BOUNDS);
    known.set(value, bounds);
  }
  return bounds;
}

function boundsOf(value: Value): Bounds {
  const { op, inputs } = value;
  switch (op.kind) {
    case "constant":
      return op.value === 0 ? NOWHERE : [];
    case "stop":
      return nonzeroWhere(inputs[0]!);
    case "map":
      return boundsOfMap(op.name, inputs);
    case "reindex": {
      if (op.fill !== 0) return [];
      const inside = nonzeroWhere(inputs[0]!).flatMap((bound) => substitute(bound, op));
      return both(inside, op.map.guards.flatMap(guardBounds));
    }
    case "reduce":
      return op.reducer === "sum" ? without(nonzeroWhere(inputs[0]!), op.over) : [];
    default:
      return [];
  }
}

function boundsOfMap(name: string, inputs: readonly Value[]): Bounds {
  const [a, b, c] = inputs;
  switch (name) {
    case "neg":
    case "abs":
      return nonzeroWhere(a!);
    case "mul":
      return both(nonzeroWhere(a!), nonzeroWhere(b!));
    case "add":
    case "sub":
      return either(nonzeroWhere(a!), nonzeroWhere(b!));
    case "select":
      return either(both(nonzeroWhere(b!), boundsWhere(a!, true)), both(nonzeroWhere(c!), boundsWhere(a!, false)));
    default:
      return [];
  }
}

/** What a comparison of indices says where it is `truth`. */
function boundsWhere({ op, inputs }: Value, truth: boolean): Bounds {
  if (op.kind !== "map") return [];
  if (op.name === "not") return boundsWhere(inputs[0]!, !truth);
  if (op.name === "and" && truth) return both(boundsWhere(inputs[0]!, true), boundsWhere(inputs[1]!, true));
  if (op.name === "or" && !truth) return both(boundsWhere(inputs[0]!, false), boundsWhere(inputs[1]!, false));
  if (inputs.length !== 2) return [];
  const [a, b] = [affineOf(inputs[0]!), affineOf(inputs[1]!)];
  if (a === undefined || b === undefined) return [];
  // a − b ≥ least, or b − a ≥ least.
  const above = (least: number): Bound => shifted(difference(a, b), -least);
  const below = (least: number): Bound => shifted(difference(b, a), -least);
  switch (op.name) {
    case "gt":
      return [truth ? above(1) : below(0)];
    case "ge":
      return [truth ? above(0) : below(1)];
    case "lt":
      return [truth ? below(1) : above(0)];
    case "le":
      return [truth ? below(0) : above(1)];
    case "eq":
      return truth ? [above(0), below(0)] : [];
    default:
      return [];
  }
}

/** An integer value that is an affine function of indices. */
function affineOf({ op, inputs, dtype }: Value): Bound | undefined {
  if (dtype !== "i32") return undefined;
  if (op.kind === "iota") return { terms: new Map([[op.axis, 1]]), offset: 0 };
  if (op.kind === "constant") return { terms: new Map(), offset: op.value };
  if (op.kind === "reindex" && op.map.guards.length === 0) {
    const inner = affineOf(inputs[0]!);
    return inner && substitute(inner, op)[0];
  }
  return undefined;
}

const shifted = ({ terms, offset }: Bound, by: number): Bound => ({ terms, offset: offset + by });

function difference(a: Bound, b: Bound): Bound {
  const terms = new Map(a.terms);
  for (const [axis, coefficient] of b.terms) addTerm(terms, axis, -coefficient);
  return { terms, offset: a.offset - b.offset };
}

function addTerm(terms: Map<Axis, number>, axis: Axis, coefficient: number): void {
  const sum = (terms.get(axis) ?? 0) + coefficient;
  if (sum === 0) terms.delete(axis);
  else terms.set(axis, sum);
}

/** A bound on indices of the source in those of the result; none where a map is not affine. */
function substitute(bound: Bound, { map }: Op & { kind: "reindex" }): Bound[] {
  const terms = new Map<Axis, number>();
  let { offset } = bound;
  for (const [axis, coefficient] of bound.terms) {
    const index = map.source.find((entry) => entry.axis === axis)?.index;
    if (index === undefined) addTerm(terms, axis, coefficient);
    else if (index.divisor !== 1 || index.modulus !== 0) return [];
    else {
      for (const term of index.terms) addTerm(terms, term.axis, coefficient * term.coefficient);
      offset += coefficient * index.offset;
    }
  }
  return [{ terms, offset }];
}

/** 0 ≤ index < size. */
function guardBounds({ index, size }: { readonly index: IndexExpression; readonly size: number }): Bounds {
  if (index.divisor !== 1 || index.modulus !== 0) return [];
  const terms = new Map<Axis, number>();
  for (const { axis, coefficient } of index.terms) addTerm(terms, axis, coefficient);
  const most: Bound = { terms: new Map(), offset: size - 1 };
  const at: Bound = { terms, offset: index.offset };
  return [at, difference(most, at)].filter((bound) => !always(bound));
}

/** The least and greatest that a bound's left side comes to. */
function reach({ terms, offset }: Bound): { least: number; most: number } {
  let [least, most] = [offset, offset];
  for (const [axis, coefficient] of terms) {
    if (coefficient > 0) most += coefficient * (axis.size - 1);
    else least += coefficient * (axis.size - 1);
  }
  return { least, most };
}

const always = (bound: Bound): boolean => reach(bound).least >= 0;
const isNowhere = (bounds: Bounds): boolean => bounds.some((bound) => reach(bound).most < 0);

function sameTerms(a: Bound, b: Bound): boolean {
  return (
    a.terms.size === b.terms.size && [...a.terms].every(([axis, coefficient]) => b.terms.get(axis) === coefficient)
  );
}

/** What holds where both do: of bounds alike the tighter one. */
function both(a: Bounds, b: Bounds): Bounds {
  const tightest: Bound[] = [];
  for (const bound of [...a, ...b]) {
    const at = tightest.findIndex((other) => sameTerms(other, bound));
    if (at < 0) tightest.push(bound);
    else if (bound.offset < tightest[at]!.offset) tightest[at] = bound;
  }
  return tightest;
}

/** What holds where one of them does: of bounds alike the looser one. */
export function either(a: Bounds, b: Bounds): Bounds {
  if (isNowhere(a)) return b;
  if (isNowhere(b)) return a;
  return a.flatMap((bound) => {
    const other = b.find((candidate) => sameTerms(candidate, bound));
    if (other === undefined) return [];
    return [bound.offset > other.offset ? bound : other];
  });
}

/** What is left of bounds for a sum over `axes`: two that an index lies between meet, and beyond its ends nothing is. */
function without(bounds: Bounds, axes: readonly Axis[]): Bounds {
  let left = bounds;
  for (const axis of axes) {
    const [having, others] = [left.filter((b) => b.terms.has(axis)), left.filter((b) => !b.terms.has(axis))];
    const met = having.flatMap((a) =>
      having
        .filter((b) => a.terms.get(axis) === 1 && b.terms.get(axis) === -1)
        .map((b) => difference(a, { terms: new Map([...b.terms].map(([x, c]) => [x, -c])), offset: -b.offset })),
    );
    const ended = having.map((bound): Bound => {
      const terms = new Map(bound.terms);
      const coefficient = terms.get(axis)!;
      terms.delete(axis);
      return { terms, offset: bound.offset + Math.max(0, coefficient * (axis.size - 1)) };
    });
    left = both(others, [...met, ...ended]).filter((bound) => !always(bound));
  }
  return left;
}

/** The bounds on an index: those in which it counts once, by whether they hold from somewhere on or up to somewhere. */
export function boundsAlong(axis: Axis, bounds: Bounds): { readonly from: Bounds; readonly upTo: Bounds } {
  return {
    from: bounds.filter(({ terms }) => terms.get(axis) === 1),
    upTo: bounds.filter(({ terms }) => terms.get(axis) === -1),
  };
}

/** About which share of the terms of a sum is not zero, the bounds counted as if each ordered two indices more. */
export function shareOfTerms(term: Value, over: readonly Axis[]): number {
  const ordering = nonzeroWhere(term).filter(
    (bound) => !always(bound) && over.some((axis) => Math.abs(bound.terms.get(axis) ?? 0) === 1),
  );
  let share = 1;
  for (let n = 2; n <= Math.min(ordering.length, 2) + 1; n++) share /= n;
  return share;
}
