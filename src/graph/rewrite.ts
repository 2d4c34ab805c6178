/** Rebuilding graphs: axes are inferred anew, so that giving a leaf a `draw` axis gives it to all that depends on it. */
import { GraphError } from "./errors.ts";
import { binary, gather, reduce, reindex, segment, select, stopGradient, triangularSolve, unary } from "./ops.ts";
import { type BinaryName, type UnaryName, Value } from "./value.ts";

/** The same operation on other inputs. Leaves come back as they are. */
export function rebuild(value: Value, inputs: readonly Value[]): Value {
  if (inputs.every((input, i) => input === value.inputs[i])) return value;
  const [a, b, c] = inputs as [Value, Value, Value];
  const op = value.op;
  switch (op.kind) {
    case "map":
      if (op.name === "select") return select(a, b, c);
      return inputs.length === 1 ? unary(op.name as UnaryName, a) : binary(op.name as BinaryName, a, b);
    case "reindex":
      return reindex(a, op.map, op.transposed, op.fill);
    case "gather":
      return gather(a, op.axis, b);
    case "segment":
      return segment(op.reducer, a, b, op.out);
    case "reduce":
      return reduce(op.reducer, a, op.over);
    case "triangularSolve":
      return triangularSolve(a, b, op.row, op.column, op.transpose);
    case "stop":
      return stopGradient(a);
    case "random":
      return new Value(op, inputs, value.axes, value.dtype);
    default:
      throw new GraphError(`rebuild: a ${op.kind} has no inputs to replace`);
  }
}

/** Replaces values throughout the graphs of `roots`; returns the new roots in order. */
export function substitute(roots: readonly Value[], replacements: ReadonlyMap<Value, Value>): Value[] {
  const made = new Map<Value, Value>(replacements);
  for (const value of Value.topological(roots)) {
    if (made.has(value)) continue;
    made.set(
      value,
      rebuild(
        value,
        value.inputs.map((input) => made.get(input)!),
      ),
    );
  }
  return roots.map((root) => made.get(root)!);
}
