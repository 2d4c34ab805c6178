/** Sums and products put together cheaply: what does not vary along a summed axis stays outside the sum. */
import { type Axis, sizeOf, withoutAxes } from "./axis.ts";
import { segment } from "./ops.ts";
import { binary, constant, reduce, select, unary, type Value } from "./value.ts";

/** The number, if the value is a constant. */
export const constantOf = (value: Value): number | undefined =>
  value.op.kind === "constant" ? value.op.value : undefined;

export const isConstant = (value: Value, number: number): boolean => Object.is(constantOf(value), number);

export const isMap = (value: Value, name: string): boolean => value.op.kind === "map" && value.op.name === name;

/** a·b without multiplications by ±1. */
export function times(a: Value, b: Value): Value {
  if (isConstant(a, 1)) return b;
  if (isConstant(b, 1)) return a;
  if (isConstant(a, -1)) return negative(b);
  if (isConstant(b, -1)) return negative(a);
  const [x, y] = [constantOf(a), constantOf(b)];
  return x !== undefined && y !== undefined ? constant(x * y) : binary("mul", a, b);
}

export function negative(x: Value): Value {
  const number = constantOf(x);
  if (number !== undefined) return constant(-number);
  return isMap(x, "neg") ? x.inputs[0]! : unary("neg", x);
}

/** Small factors first, so that a product grows to its full size as late as it can. */
export const bySize = (factors: readonly Value[]): Value[] => [...factors].sort((a, b) => a.size - b.size);

const multiply = (factors: readonly Value[]): Value => bySize(factors).reduce(times);

const variesAlong = (value: Value, axes: readonly Axis[]): boolean => axes.some((axis) => value.hasAxis(axis));

/**
 * Σ over the axes `over`, with factors, divisors and conditions that lack them moved outside, and a product whose
 * factors share no summed axis summed factor by factor. An axis that the value lacks multiplies by its extent.
 * Sums and differences are never split: Σ(x − μ) is not Σx − nμ in floating point.
 */
export function sumOut(value: Value, over: readonly Axis[]): Value {
  const present = over.filter((axis) => value.hasAxis(axis));
  const copies = constant(sizeOf(withoutAxes(over, present)));
  if (present.length === 0) return times(value, copies);
  return times(
    outward(value, present, (inside) => sumFactors(inside, present)),
    copies,
  );
}

/** A segment sum, with what does not vary along its rows moved outside in the same way. */
export function segmentSumOut(value: Value, index: Value, out: Axis): Value {
  const rows = index.axes;
  if (!variesAlong(value, rows)) return times(value, segmentSum(constant(1), index, out));
  return outward(value, rows, (inside) => segmentSum(multiply(inside), index, out));
}

const segmentSum = (x: Value, index: Value, out: Axis): Value => segment("sum", x, index, out);

/** Applies a linear map over `axes` to the factors of a value that vary along them; all else stays outside. */
function outward(value: Value, axes: readonly Axis[], linear: (inside: Value[]) => Value): Value {
  if (value.dtype !== "f32") return linear([value]);
  if (isMap(value, "select")) {
    const [condition, yes, no] = value.inputs as [Value, Value, Value];
    if (!variesAlong(condition, axes)) {
      if (isConstant(no, 0)) return select(condition, outward(yes, axes, linear), 0);
      if (isConstant(yes, 0)) return select(condition, 0, outward(no, axes, linear));
    }
  }
  const smallest = sizeOf(withoutAxes(value.axes, axes));
  const parts: Parts = { smallest, inside: [], outside: [], below: [], negative: false };
  takeApart(value, axes, parts);
  const [only] = parts.inside;
  const isWhole = only === value;
  const total = !isWhole && parts.inside.length === 1 ? outward(only!, axes, linear) : linear(parts.inside);
  const product = multiply([...parts.outside, total]);
  const quotient = parts.below.length === 0 ? product : binary("div", product, multiply(parts.below));
  return parts.negative ? negative(quotient) : quotient;
}

interface Parts {
  /** A product smaller than the result stays whole: a factor of it would act on more elements outside. */
  readonly smallest: number;
  readonly inside: Value[];
  readonly outside: Value[];
  readonly below: Value[];
  negative: boolean;
}

/** A product as ± inside · outside / below, where what is outside or below lacks `axes`. */
function takeApart(value: Value, axes: readonly Axis[], parts: Parts): void {
  if (!variesAlong(value, axes)) {
    parts.outside.push(value);
    return;
  }
  const [a, b] = value.inputs as [Value, Value];
  if (value.size < parts.smallest) {
    parts.inside.push(value);
  } else if (isMap(value, "neg")) {
    parts.negative = !parts.negative;
    takeApart(a, axes, parts);
  } else if (isMap(value, "mul")) {
    takeApart(a, axes, parts);
    takeApart(b, axes, parts);
  } else if (isMap(value, "div") && !variesAlong(b, axes)) {
    takeApart(a, axes, parts);
    parts.below.push(b);
  } else if (isMap(value, "div") && !variesAlong(a, axes) && constantOf(a) === undefined) {
    parts.outside.push(a);
    parts.inside.push(unary("reciprocal", b));
  } else {
    parts.inside.push(value);
  }
}

/** Factors fall into groups linked by summed axes; every group is summed by itself. */
function sumFactors(factors: readonly Value[], over: readonly Axis[]): Value {
  const groups: { factors: Value[]; axes: Axis[] }[] = [];
  for (const factor of factors) {
    const joined = { factors: [factor], axes: over.filter((axis) => factor.hasAxis(axis)) };
    for (let k = groups.length - 1; k >= 0; k--) {
      const group = groups[k]!;
      if (!group.axes.some((axis) => joined.axes.includes(axis))) continue;
      joined.factors.unshift(...group.factors);
      joined.axes = over.filter((axis) => joined.axes.includes(axis) || group.axes.includes(axis));
      groups.splice(k, 1);
    }
    groups.push(joined);
  }
  return groups.map((group) => reduce("sum", multiply(group.factors), group.axes)).reduce(times);
}
