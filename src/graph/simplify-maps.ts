/**
 * Algebra of the scalar maps. A rule gives the same value up to rounding for every input, NaN included, except that it
 * may stay finite where the original overflowed on the way (log(exp x) is x). Signs of zeros are not kept.
 */
import { sizeOf, unionAxes } from "./axis.ts";
import { isCertainlyFinite, isNonNegative } from "./facts.ts";
import { constantOf, isConstant, isMap } from "./sums.ts";
import type { BinaryName, DType, MapName, UnaryName, Value } from "./value.ts";

/** What rules build with: simplified, interned nodes. */
export interface MapBuilder {
  map(name: MapName, ...inputs: Value[]): Value;
  constant(value: number, dtype?: DType): Value;
  isUsedOnce(value: Value): boolean;
}

const MAX_F32 = 3.4028234e38;
const MIN_F32 = 1.2e-38;

/** Whether a folded float constant can stand in a float32 program as it is. */
export const isRepresentable = (value: number): boolean =>
  value === 0 || (Math.abs(value) <= MAX_F32 && Math.abs(value) >= MIN_F32);

const isFloat = (value: Value): boolean => value.dtype === "f32";
const part = (value: Value, position = 0): Value => value.inputs[position]!;

/** Whether the value is used for several elements of each of its own, enough to divide once and multiply. */
const broadcasts = (value: Value, other: Value): boolean => sizeOf(unionAxes(value.axes, other.axes)) >= 4 * value.size;

/** Whether the value has every axis of the other. */
const covers = (value: Value, other: Value): boolean => other.axes.every((axis) => value.hasAxis(axis));

/** The coefficient c and the rest x of c·x, if the value is such a product. */
function scaledBy(value: Value): [number, Value] | undefined {
  if (!isMap(value, "mul")) return undefined;
  const c = constantOf(part(value, 1));
  return c === undefined ? undefined : [c, part(value)];
}

/** Whether a sign may leave a factor: nobody else needs it there, and it will not act on more elements outside. */
const mayMoveOut = (b: MapBuilder, value: Value, other: Value): boolean =>
  isMap(value, "neg") && b.isUsedOnce(value) && covers(value, other);

export function simplifyUnary(b: MapBuilder, name: UnaryName, x: Value): Value | undefined {
  switch (name) {
    case "neg": {
      if (isMap(x, "neg")) return part(x);
      if (isMap(x, "sub")) return b.map("sub", part(x, 1), part(x));
      if (!isFloat(x)) return undefined;
      const scaled = scaledBy(x);
      if (scaled !== undefined) return b.map("mul", scaled[1], b.constant(-scaled[0]));
      const c = constantOf(x.inputs[1] ?? x);
      return isMap(x, "add") && c !== undefined ? b.map("sub", b.constant(-c), part(x)) : undefined;
    }
    case "abs":
      if (isMap(x, "neg")) return b.map("abs", part(x));
      return isNonNegative(x) ? x : undefined;
    case "square":
      return isMap(x, "neg") || isMap(x, "abs") ? b.map("square", part(x)) : undefined;
    case "log":
      if (isMap(x, "exp")) return part(x);
      if (isMap(x, "sigmoid")) return b.map("logSigmoid", part(x));
      if (isMap(x, "reciprocal") && isNonNegative(x)) return b.map("neg", b.map("log", part(x)));
      if (isMap(x, "add") && isConstant(part(x, 1), 1) && isMap(part(x), "exp")) {
        return b.map("softplus", part(part(x)));
      }
      return undefined;
    case "log1p":
      return isMap(x, "exp") ? b.map("softplus", part(x)) : undefined;
    case "exp":
      return isMap(x, "log") && isNonNegative(part(x)) ? part(x) : undefined;
    case "sqrt":
      return isMap(x, "square") ? b.map("abs", part(x)) : undefined;
    case "reciprocal":
      if (isMap(x, "reciprocal")) return part(x);
      return undefined;
    case "not":
      return isMap(x, "not") ? part(x) : undefined;
    case "isFinite":
      return isCertainlyFinite(x) ? b.constant(1, "bool") : undefined;
    default:
      return undefined;
  }
}

export function simplifyBinary(b: MapBuilder, name: BinaryName, left: Value, right: Value): Value | undefined {
  switch (name) {
    case "add":
      return simplifySum(b, left, right);
    case "sub":
      return simplifyDifference(b, left, right);
    case "mul":
      return simplifyProduct(b, left, right);
    case "div":
      return simplifyQuotient(b, left, right);
    case "pow":
      return simplifyPower(b, left, right);
    case "min":
    case "max":
      return left === right ? left : undefined;
    case "and":
    case "or": {
      if (left === right) return left;
      const known = constantOf(right);
      if (known === undefined) return undefined;
      return (known !== 0) === (name === "and") ? left : right;
    }
    default:
      return undefined;
  }
}

function simplifySum(b: MapBuilder, left: Value, right: Value): Value | undefined {
  const c = constantOf(right);
  if (c === 0) return left;
  if (c !== undefined) {
    const inner = isMap(left, "add") ? part(left, 1) : undefined;
    if (inner !== undefined && constantOf(inner) !== undefined)
      return b.map("add", part(left), b.map("add", inner, right));
    const first = isMap(left, "sub") ? part(left) : undefined;
    if (first !== undefined && constantOf(first) !== undefined)
      return b.map("sub", b.map("add", first, right), part(left, 1));
    return undefined;
  }
  if (isMap(right, "neg")) return b.map("sub", left, part(right));
  if (isMap(left, "neg")) return b.map("sub", right, part(left));
  return left === right && isFloat(left) ? b.map("mul", left, b.constant(2)) : undefined;
}

function simplifyDifference(b: MapBuilder, left: Value, right: Value): Value | undefined {
  const c = constantOf(right);
  if (c === 0) return left;
  if (c !== undefined && isFloat(left)) return b.map("add", left, b.constant(-c));
  if (isMap(right, "neg")) return b.map("add", left, part(right));
  if (constantOf(left) === 0 && left.dtype !== "u32") return b.map("neg", right);
  if (left === right && isCertainlyFinite(left)) return b.constant(0, left.dtype);
  const first = constantOf(left);
  if (first === undefined || !isFloat(left)) return undefined;
  const inner = constantOf(right.inputs[1] ?? right);
  if (isMap(right, "add") && inner !== undefined) return b.map("sub", b.constant(first - inner), part(right));
  return undefined;
}

function simplifyProduct(b: MapBuilder, left: Value, right: Value): Value | undefined {
  const c = constantOf(right);
  if (c !== undefined) return simplifyMultiple(b, left, c, right);
  if (!isFloat(left)) return undefined;
  if (isMap(left, "neg") && isMap(right, "neg")) return b.map("mul", part(left), part(right));
  if (mayMoveOut(b, left, right)) return b.map("neg", b.map("mul", part(left), right));
  if (mayMoveOut(b, right, left)) return b.map("neg", b.map("mul", left, part(right)));
  const inverts = (value: Value, other: Value): boolean =>
    isMap(value, "reciprocal") && b.isUsedOnce(value) && covers(value, other);
  if (inverts(right, left)) return b.map("div", left, part(right));
  if (inverts(left, right)) return b.map("div", right, part(left));
  if (left === right) return b.map("square", left);
  // Constants move outwards where that does not make them act on more elements.
  for (const [factor, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const scaled = scaledBy(factor);
    if (scaled === undefined || !b.isUsedOnce(factor)) continue;
    if (covers(scaled[1], other)) {
      return b.map("mul", b.map("mul", scaled[1], other), b.constant(scaled[0]));
    }
  }
  return undefined;
}

function simplifyMultiple(b: MapBuilder, x: Value, c: number, constant: Value): Value | undefined {
  if (c === 1) return x;
  if (c === 0 && isCertainlyFinite(x)) return b.constant(0, x.dtype);
  const scaled = scaledBy(x);
  if (scaled !== undefined) {
    const product = b.map("mul", b.constant(scaled[0], x.dtype), constant);
    return constantOf(product) === undefined ? undefined : b.map("mul", scaled[1], product);
  }
  if (!isFloat(x)) return undefined;
  if (c === -1) return b.map("neg", x);
  if (isMap(x, "neg")) return b.map("mul", part(x), b.constant(-c));
  if (!b.isUsedOnce(x)) return undefined;
  if (isMap(x, "reciprocal")) return b.map("div", constant, part(x));
  const numerator = isMap(x, "div") ? constantOf(part(x)) : undefined;
  if (numerator !== undefined && isRepresentable(numerator * c)) {
    return b.map("div", b.constant(numerator * c), part(x, 1));
  }
  return undefined;
}

function simplifyQuotient(b: MapBuilder, left: Value, right: Value): Value | undefined {
  const c = constantOf(right);
  if (c === 1) return left;
  if (!isFloat(left)) return undefined;
  if (c !== undefined) {
    return c !== 0 && isRepresentable(1 / c) ? b.map("mul", left, b.constant(1 / c)) : undefined;
  }
  const numerator = constantOf(left);
  if (numerator === 1) return b.map("reciprocal", right);
  if (isMap(right, "reciprocal")) return b.map("mul", left, part(right));
  if (broadcasts(right, left)) return b.map("mul", left, b.map("reciprocal", right));
  if (isMap(left, "neg") && isMap(right, "neg")) return b.map("div", part(left), part(right));
  const below = scaledBy(right);
  if (numerator !== undefined) {
    if (below !== undefined && below[0] !== 0 && isRepresentable(numerator / below[0])) {
      return b.map("div", b.constant(numerator / below[0]), below[1]);
    }
    return isMap(right, "neg") ? b.map("div", b.constant(-numerator), part(right)) : undefined;
  }
  if (mayMoveOut(b, left, right)) return b.map("neg", b.map("div", part(left), right));
  const above = scaledBy(left);
  if (above === undefined || !b.isUsedOnce(left)) return undefined;
  if (!covers(above[1], right)) return undefined;
  return b.map("mul", b.map("div", above[1], right), b.constant(above[0]));
}

function simplifyPower(b: MapBuilder, base: Value, exponent: Value): Value | undefined {
  if (!isFloat(base)) return undefined;
  switch (constantOf(exponent)) {
    case 0:
      return b.constant(1);
    case 1:
      return base;
    case 2:
      return b.map("square", base);
    case -1:
      return b.map("reciprocal", base);
    case 0.5:
      return isNonNegative(base) ? b.map("sqrt", base) : undefined;
    default:
      return undefined;
  }
}

export function simplifySelect(b: MapBuilder, condition: Value, yes: Value, no: Value): Value | undefined {
  const known = constantOf(condition);
  if (known !== undefined) return known !== 0 ? yes : no;
  if (yes === no) return yes;
  if (isMap(condition, "not")) return b.map("select", part(condition), no, yes);
  if (isMap(yes, "select") && part(yes) === condition) return b.map("select", condition, part(yes, 1), no);
  if (isMap(no, "select") && part(no) === condition) return b.map("select", condition, yes, part(no, 2));
  return undefined;
}
