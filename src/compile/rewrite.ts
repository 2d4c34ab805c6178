/** Bottom-up rewriting of a graph. */
import { rebuild } from "../graph/rewrite.ts";
import { Value } from "../graph/value.ts";

/**
 * Rebuilds the graphs of `roots`, giving every node (with its inputs already rewritten) to `visit`, which returns a
 * replacement or undefined to keep it. Returns the new roots in order.
 */
export function transform(
  roots: readonly Value[],
  visit: (value: Value, original: Value) => Value | undefined,
): Value[] {
  const made = new Map<Value, Value>();
  for (const value of Value.topological(roots)) {
    const inputs = value.inputs.map((input) => made.get(input)!);
    const rebuilt = inputs.length === 0 ? value : rebuild(value, inputs);
    made.set(value, visit(rebuilt, value) ?? rebuilt);
  }
  return roots.map((root) => made.get(root)!);
}
