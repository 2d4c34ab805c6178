import { type Axis, sizeOf } from "./axis.ts";
import type { IndexMap } from "./indexmap.ts";

export type DType = "f32" | "i32" | "u32" | "bool";

export type UnaryName =
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "round"
  | "exp"
  | "log"
  | "log1p"
  | "expm1"
  | "sqrt"
  | "square"
  | "reciprocal"
  | "sin"
  | "cos"
  | "atan"
  | "tanh"
  | "sigmoid"
  | "logSigmoid"
  | "softplus"
  | "erf"
  | "erfc"
  | "erfinv"
  | "lgamma"
  | "digamma"
  | "trigamma"
  | "logFactorial"
  | "not"
  | "isFinite"
  | "isNaN"
  | "castF32"
  | "castI32"
  | "castU32";

export type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "min"
  | "max"
  | "mod"
  | "logBeta"
  | "logAddExp"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "ne"
  | "and"
  | "or";

export type MapName = UnaryName | BinaryName | "select";

export type Reducer = "sum" | "max" | "logSumExp";

/**
 * What an input is to the program: `data` is bound once and lets everything that depends on it alone be computed
 * ahead; `parameter` may change between runs without a new compilation; `state` is carried from step to step.
 */
export type InputRole = "data" | "parameter" | "state";

export type Op =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "input"; readonly name: string; readonly role: InputRole }
  | { readonly kind: "iota"; readonly axis: Axis }
  /** Counter-based random leaf; inputs: seed, step, drawOffset (u32 scalars). See random(). */
  | { readonly kind: "random"; readonly distribution: "uniform" | "normal"; readonly stream: number }
  | { readonly kind: "map"; readonly name: MapName }
  /** inputs: x. */
  | { readonly kind: "reindex"; readonly map: IndexMap; readonly transposed: IndexMap; readonly fill: number }
  /** inputs: x, index. The index's axes replace `axis`. */
  | { readonly kind: "gather"; readonly axis: Axis }
  /** inputs: x, index over `rows` only. Reduces over the rows that share an index. */
  | { readonly kind: "segment"; readonly reducer: "sum" | "max"; readonly rows: readonly Axis[]; readonly out: Axis }
  /** inputs: x. */
  | { readonly kind: "reduce"; readonly reducer: Reducer; readonly over: readonly Axis[] }
  /** inputs: L (lower triangular over row, column), b (over row). Solves L x = b, or Lᵀ x = b, x over row. */
  | {
      readonly kind: "triangularSolve";
      readonly row: Axis;
      readonly column: Axis;
      readonly transpose: boolean;
    }
  | { readonly kind: "stop" };

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
