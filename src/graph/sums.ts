/** Sums and products put together cheaply: what does not vary along a summed axis stays outside the sum. */
import { type Axis, sizeOf, withoutAxes } from "./axis.ts";
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

const variesAlong = (value: Value, axes: readonly Axis[]): boolean => axes.some((axis) => value.hasAxis(axis));

/**
 * Σ over the axes `over`, with factors, divisors and conditions that lack them moved outside, and a product whose
 * factors share no summed axis summed factor by factor. An axis that the value lacks multiplies by its extent.
 * Sums and differences are never split: Σ(x − μ) is not Σx − nμ in floating point.
 */
export function sumOut(value: Value, over: readonly Axis[]): Value {
  const present = over.filter((axis) => value.hasAxis(axis));
  const copies = sizeOf(withoutAxes(over, present));
  const total = present.length === 0 ? value : sumPresent(value, present);
  return times(total, constant(copies));
}

function sumPresent(value: Value, over: readonly Axis[]): Value {
  if (value.op.kind !== "map" || value.dtype !== "f32") return reduce("sum", value, over);
  const [a, b, c] = value.inputs as [Value, Value, Value];
  switch (value.op.name) {
    case "neg":
      return negative(sumOut(a, over));
    case "mul":
      return sumProduct(factorsOf(value), over);
    case "div":
      if (!variesAlong(b, over)) return binary("div", sumOut(a, over), b);
      return variesAlong(a, over) || constantOf(a) !== undefined
        ? reduce("sum", value, over)
        : times(a, sumOut(unary("reciprocal", b), over));
    case "select":
      if (variesAlong(a, over)) return reduce("sum", value, over);
      if (isConstant(c, 0)) return select(a, sumOut(b, over), c);
      return isConstant(b, 0) ? select(a, b, sumOut(c, over)) : reduce("sum", value, over);
    default:
      return reduce("sum", value, over);
  }
}

function factorsOf(value: Value): Value[] {
  return isMap(value, "mul") ? value.inputs.flatMap(factorsOf) : [value];
}

/** Factors fall into groups linked by summed axes; every group is summed by itself. */
function sumProduct(factors: readonly Value[], over: readonly Axis[]): Value {
  const groups: { factors: Value[]; axes: Axis[] }[] = [];
  const outside: Value[] = [];
  for (const factor of factors) {
    const axes = over.filter((axis) => factor.hasAxis(axis));
    if (axes.length === 0) {
      outside.push(factor);
      continue;
    }
    const joined = { factors: [factor], axes };
    for (let k = groups.length - 1; k >= 0; k--) {
      const group = groups[k]!;
      if (!group.axes.some((axis) => joined.axes.includes(axis))) continue;
      joined.factors.unshift(...group.factors);
      joined.axes = over.filter((axis) => joined.axes.includes(axis) || group.axes.includes(axis));
      groups.splice(k, 1);
    }
    groups.push(joined);
  }
  const single = groups.length === 1 && outside.length === 0;
  const sums = groups.map((group) => {
    const product = group.factors.reduce(times);
    return single || isMap(product, "mul") ? reduce("sum", product, group.axes) : sumOut(product, group.axes);
  });
  return [...outside, ...sums].reduce(times);
}
