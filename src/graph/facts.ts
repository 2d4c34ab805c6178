/** What can be told about a value from the few nodes above it. False means: not known. */
import type { Value } from "./value.ts";

const DEPTH = 6;

const BOUNDED = new Set([
  "neg",
  "abs",
  "sign",
  "floor",
  "round",
  "sin",
  "cos",
  "atan",
  "tanh",
  "sigmoid",
  "erf",
  "erfc",
  "besselRatio",
]);
const KEEPS_FINITE = /* @__PURE__ */ (() => new Set([...BOUNDED, "min", "max"]))();

/** Neither NaN nor infinite, whatever the inputs hold. */
export function isCertainlyFinite(value: Value, depth = DEPTH): boolean {
  if (value.dtype !== "f32") return true;
  if (depth === 0) return false;
  const inputsAre = (from: number): boolean =>
    value.inputs.slice(from).every((input) => isCertainlyFinite(input, depth - 1));
  const op = value.op;
  switch (op.kind) {
    case "constant":
      return Number.isFinite(op.value);
    case "random":
      return true;
    case "stop":
      return inputsAre(0);
    case "reindex":
      return Number.isFinite(op.fill) && inputsAre(0);
    case "map":
      if (op.name === "select") return inputsAre(1);
      if (op.name === "castF32") return true;
      return KEEPS_FINITE.has(op.name) && inputsAre(0);
    default:
      return false;
  }
}

const ALWAYS_NON_NEGATIVE = new Set([
  "exp",
  "softplus",
  "sigmoid",
  "square",
  "abs",
  "sqrt",
  "erfc",
  "trigamma",
  "inverseMills",
]);
const KEEPS_NON_NEGATIVE = new Set(["add", "mul", "div", "min", "floor", "round", "reciprocal", "castF32"]);

/** ≥ 0 or NaN, whatever the inputs hold. */
export function isNonNegative(value: Value, depth = DEPTH): boolean {
  if (value.dtype === "u32" || value.dtype === "bool") return true;
  if (depth === 0) return false;
  const known = (input: Value): boolean => isNonNegative(input, depth - 1);
  const op = value.op;
  switch (op.kind) {
    case "constant":
      return op.value >= 0;
    case "iota":
      return true;
    case "random":
      return op.distribution === "uniform";
    case "stop":
      return value.inputs.every(known);
    case "reindex":
      return op.fill >= 0 && value.inputs.every(known);
    case "gather":
      return known(value.inputs[0]!);
    case "segment":
      return op.reducer === "sum" && known(value.inputs[0]!);
    case "reduce":
      return op.reducer !== "logSumExp" && known(value.inputs[0]!);
    case "map":
      if (op.name === "select") return value.inputs.slice(1).every(known);
      if (op.name === "max") return value.inputs.every(known);
      if (value.dtype === "f32" && ALWAYS_NON_NEGATIVE.has(op.name)) return true;
      return KEEPS_NON_NEGATIVE.has(op.name) && value.inputs.every(known);
    default:
      return false;
  }
}
