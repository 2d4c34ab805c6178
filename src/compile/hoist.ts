/**
 * Work that depends on data alone is done once, on the host in float64, and reaches the kernels as one more input:
 * lgamma(y + 1), log of known scales, indicator columns, sums of them.
 */
import { input } from "../graph/ops.ts";
import { Value } from "../graph/value.ts";
import { nodeCost } from "./cost.ts";
import { transform } from "./rewrite.ts";

export interface Hoisted {
  /** The new data input, and the expression over other data inputs that gives its values. */
  readonly input: Value;
  readonly expression: Value;
}

/** More elements than this are recomputed in the kernels unless an input is as large. */
const LARGE = 1 << 20;

export function hoistDataOnly(roots: readonly Value[]): { roots: Value[]; hoisted: Hoisted[] } {
  const order = Value.topological(roots);
  const dataOnly = new Set<Value>();
  const readsData = new Set<Value>();
  const largest = new Map<Value, number>();
  for (const value of order) {
    const op = value.op;
    const leaf = op.kind === "constant" || op.kind === "iota" || (op.kind === "input" && op.role === "data");
    const derived = value.inputs.length > 0 && op.kind !== "random" && value.inputs.every((x) => dataOnly.has(x));
    if (!leaf && !derived) continue;
    dataOnly.add(value);
    if (op.kind === "input" || value.inputs.some((x) => readsData.has(x))) readsData.add(value);
    largest.set(value, Math.max(op.kind === "input" ? value.size : 0, ...value.inputs.map((x) => largest.get(x) ?? 0)));
  }
  const worthIt = (value: Value): boolean => {
    if (!dataOnly.has(value) || value.inputs.length === 0) return false;
    if (value.size > Math.max(LARGE, 2 * largest.get(value)!)) return false;
    // A cheap map of no data (an iota mask) costs less to evaluate than to load.
    return readsData.has(value) || nodeCost(value) > 8 || value.op.kind === "reduce";
  };
  const wanted = new Set<Value>();
  const consider = (value: Value): void => {
    if (worthIt(value)) wanted.add(value);
  };
  for (const value of order) if (!dataOnly.has(value)) value.inputs.forEach(consider);
  roots.forEach(consider);
  // The rows of each group are found on the host, so what groups them must be there, however cheap it is.
  for (const value of order) {
    const index = value.op.kind === "segment" ? value.inputs[1]! : undefined;
    if (index !== undefined && dataOnly.has(index) && index.inputs.length > 0) wanted.add(index);
    else if (index?.op.kind === "iota") wanted.add(index);
  }

  const hoisted: Hoisted[] = [];
  const named = new Map<Value, Value>();
  for (const value of order) {
    if (!wanted.has(value)) continue;
    const replacement = input(`hoisted:${hoisted.length}`, value.axes, "data", value.dtype);
    named.set(value, replacement);
    hoisted.push({ input: replacement, expression: value });
  }
  return { roots: transform(roots, (_rebuilt, original) => named.get(original)), hoisted };
}
