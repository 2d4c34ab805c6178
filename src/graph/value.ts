import { type Axis, sizeOf, unionAxes, withoutAxes } from "./axis.ts";
import { GraphError } from "./errors.ts";
import type { BinaryName, DType, MapName, Op, Reducer, TernaryName, UnaryName } from "./op.ts";

export type { BinaryName, DType, InputRole, MapName, Op, Reducer, TernaryName, UnaryName } from "./op.ts";

/** A graph value, or a number that stands for a constant. */
export type Operand = Value | number;

let created = 0;

/** A node of the graph: immutable; its axes are a set, kept in canonical order. Built by the functions of `ops.ts`. */
export class Value {
  readonly id = ++created;

  constructor(
    readonly op: Op,
    readonly inputs: readonly Value[],
    readonly axes: readonly Axis[],
    readonly dtype: DType,
  ) {}

  get size(): number {
    return sizeOf(this.axes);
  }

  hasAxis(axis: Axis): boolean {
    return this.axes.includes(axis);
  }

  add(other: Operand): Value {
    return binary("add", this, other);
  }
  sub(other: Operand): Value {
    return binary("sub", this, other);
  }
  mul(other: Operand): Value {
    return binary("mul", this, other);
  }
  /** The quotient, of integers too, as a float. */
  div(other: Operand): Value {
    return binary("div", unary("castF32", this), other);
  }
  pow(other: Operand): Value {
    return binary("pow", this, other);
  }
  neg(): Value {
    return unary("neg", this);
  }
  exp(): Value {
    return unary("exp", this);
  }
  log(): Value {
    return unary("log", this);
  }
  log1p(): Value {
    return unary("log1p", this);
  }
  expm1(): Value {
    return unary("expm1", this);
  }
  sqrt(): Value {
    return unary("sqrt", this);
  }
  square(): Value {
    return unary("square", this);
  }
  reciprocal(): Value {
    return unary("reciprocal", this);
  }
  abs(): Value {
    return unary("abs", this);
  }
  tanh(): Value {
    return unary("tanh", this);
  }
  sigmoid(): Value {
    return unary("sigmoid", this);
  }
  softplus(): Value {
    return unary("softplus", this);
  }
  lt(other: Operand): Value {
    return binary("lt", this, other);
  }
  gt(other: Operand): Value {
    return binary("gt", this, other);
  }
  /** Sum over the given axes. */
  sum(...over: Axis[]): Value {
    return reduce("sum", this, over);
  }
  /** Mean over the given axes. */
  mean(...over: Axis[]): Value {
    return reduce("sum", this, over).mul(1 / sizeOf(over));
  }
  logSumExp(...over: Axis[]): Value {
    return reduce("logSumExp", this, over);
  }
  /** The entries at an index: `alpha.at(county)` replaces the axis that `county` indexes by the axes of `county`. */
  at(index: Value, axis?: Axis): Value {
    const target = axis ?? indexedBy(index);
    if (target === undefined) throw new GraphError("at: name the axis that the index replaces: value.at(index, axis)");
    return gather(this, target, index);
  }

  /** Every value reachable from `outputs`, inputs before their consumers. */
  static topological(outputs: readonly Value[]): Value[] {
    const seen = new Set<Value>();
    const order: Value[] = [];
    const stack: { value: Value; next: number }[] = [];
    for (const output of outputs) {
      if (seen.has(output)) continue;
      seen.add(output);
      stack.push({ value: output, next: 0 });
      while (stack.length > 0) {
        const top = stack[stack.length - 1]!;
        const input = top.value.inputs[top.next++];
        if (input === undefined) {
          order.push(top.value);
          stack.pop();
        } else if (!seen.has(input)) {
          seen.add(input);
          stack.push({ value: input, next: 0 });
        }
      }
    }
    return order;
  }
}

/** The axis that an index input points into; of some of its entries likewise. */
function indexedBy({ op, inputs }: Value): Axis | undefined {
  if (op.kind === "gather") return indexedBy(inputs[0]!);
  return op.kind === "input" ? op.indexOf : undefined;
}

export function constant(value: number, dtype: DType = "f32"): Value {
  return new Value({ kind: "constant", value }, [], [], dtype);
}

export const asValue = (operand: Operand, dtype: DType = "f32"): Value =>
  operand instanceof Value ? operand : constant(operand, dtype);

const BOOLEAN_RESULT = new Set<UnaryName | BinaryName>([
  "not",
  "isFinite",
  "isNaN",
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
  "and",
  "or",
]);
const CASTS: Partial<Record<UnaryName, DType>> = { castF32: "f32", castI32: "i32", castU32: "u32" };

/** Maps that integers have too; the others take them as floats. */
const INTEGER_MAPS = new Set<UnaryName>(["neg", "abs", "sign", "square", "floor", "round", "not", "isFinite", "isNaN"]);

export function unary(name: UnaryName, operand: Operand): Value {
  const given = asValue(operand);
  const asFloat = given.dtype !== "f32" && !INTEGER_MAPS.has(name) && CASTS[name] === undefined;
  const x = asFloat ? unary("castF32", given) : given;
  const cast = CASTS[name];
  if (cast === x.dtype) return x;
  const dtype = cast ?? (BOOLEAN_RESULT.has(name) ? "bool" : x.dtype);
  if (name === "not" && x.dtype !== "bool") throw new GraphError(`not: expected a bool, got ${x.dtype}`);
  return new Value({ kind: "map", name }, [x], x.axes, dtype);
}

export function binary(name: BinaryName, left: Operand, right: Operand): Value {
  const [a, b] = unifyTypes(name, left, right);
  const dtype = BOOLEAN_RESULT.has(name) ? "bool" : a.dtype;
  return new Value({ kind: "map", name }, [a, b], unionAxes(a.axes, b.axes), dtype);
}

export function ternary(name: TernaryName, first: Operand, second: Operand, third: Operand): Value {
  const inputs = [first, second, third].map((operand) => unary("castF32", operand));
  return new Value({ kind: "map", name }, inputs, unionAxes(...inputs.map((x) => x.axes)), "f32");
}

/** The map of this name, of however many inputs it takes. */
export function map(name: MapName, inputs: readonly Value[]): Value {
  const [a, b, c] = inputs as [Value, Value, Value];
  if (name === "select") return select(a, b, c);
  if (inputs.length === 1) return unary(name as UnaryName, a);
  return inputs.length === 2 ? binary(name as BinaryName, a, b) : ternary(name as TernaryName, a, b, c);
}

export function select(condition: Value, whenTrue: Operand, whenFalse: Operand): Value {
  if (condition.dtype !== "bool") throw new GraphError(`select: the condition is ${condition.dtype}, not bool`);
  const [a, b] = unifyTypes("select", whenTrue, whenFalse);
  const axes = unionAxes(condition.axes, a.axes, b.axes);
  return new Value({ kind: "map", name: "select" }, [condition, a, b], axes, a.dtype);
}

/** Integers meet floats as floats; a number literal takes the type of the other operand. */
function unifyTypes(name: string, left: Operand, right: Operand): [Value, Value] {
  if (typeof left === "number" && typeof right === "number") return [constant(left), constant(right)];
  if (typeof left === "number") return literalFor(right as Value, left, false);
  if (typeof right === "number") return literalFor(left, right, true);
  if (left.dtype === right.dtype) return [left, right];
  if (left.dtype === "bool" || right.dtype === "bool") {
    throw new GraphError(`${name}: cannot combine ${left.dtype} with ${right.dtype}`);
  }
  if (left.dtype === "f32" || right.dtype === "f32") return [unary("castF32", left), unary("castF32", right)];
  return [unary("castI32", left), unary("castI32", right)];
}

function literalFor(other: Value, literal: number, literalOnRight: boolean): [Value, Value] {
  const fits = other.dtype === "f32" || (other.dtype !== "bool" && Number.isInteger(literal));
  const value = fits ? other : unary("castF32", other);
  const made = constant(literal, value.dtype);
  return literalOnRight ? [value, made] : [made, value];
}

/** Reduces over `over`. A sum over an axis that x lacks multiplies by its extent (x is constant along it). */
export function reduce(reducer: Reducer, operand: Operand, over: readonly Axis[]): Value {
  const x = asValue(operand);
  // Programs without types: a list where one axis is expected, or the other way round, would multiply by NaN.
  if (!Array.isArray(over) || !over.every((axis) => typeof axis?.size === "number")) {
    const name = reducer === "max" ? "maximum" : reducer;
    throw new GraphError(`${name}: expected axes, such as plates, to go over: sum(value, [axis]) or value.sum(axis)`);
  }
  const present = over.filter((axis) => x.hasAxis(axis));
  const missing = withoutAxes(over, present).reduce((count, axis) => count * axis.size, 1);
  let result = x;
  if (present.length > 0) {
    const summable = reducer === "sum" && x.dtype === "bool" ? unary("castF32", x) : x;
    const sorted = unionAxes(present);
    result = new Value(
      { kind: "reduce", reducer, over: sorted },
      [summable],
      withoutAxes(x.axes, sorted),
      summable.dtype,
    );
  }
  if (missing === 1 || reducer === "max") return result;
  return reducer === "sum" ? binary("mul", result, missing) : binary("add", result, Math.log(missing));
}

/** x[axis := index]; where x already has an axis of the index, the two are aligned (a pick). */
export function gather(x: Value, axis: Axis, index: Value): Value {
  if (!x.hasAxis(axis)) return x;
  if (index.dtype !== "i32" && index.dtype !== "u32")
    throw new GraphError(`gather: the index is ${index.dtype}, not an integer`);
  if (index.hasAxis(axis)) throw new GraphError(`gather: the index runs over "${axis.name}", the axis it replaces`);
  return new Value({ kind: "gather", axis }, [x, index], unionAxes(withoutAxes(x.axes, [axis]), index.axes), x.dtype);
}
