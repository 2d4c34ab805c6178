/** Builders of graph nodes: they check operands, infer axes and types, and fold nothing (see simplify.ts). */
import { type Axis, unionAxes, withoutAxes } from "./axis.ts";
import { GraphError } from "./errors.ts";
import type { IndexMap } from "./indexmap.ts";
import { binary, type DType, type InputRole, type Operand, reduce, ternary, unary, Value } from "./value.ts";

export { asValue, binary, constant, gather, map, type Operand, reduce, select, ternary, unary } from "./value.ts";

export function input(name: string, axes: readonly Axis[], role: InputRole, dtype: DType = "f32"): Value {
  return new Value({ kind: "input", name, role }, [], unionAxes(axes), dtype);
}

/** Integer data whose entries are positions along `indexOf`. */
export function indexInput(name: string, axes: readonly Axis[], indexOf: Axis, role: InputRole = "data"): Value {
  return new Value({ kind: "input", name, role, indexOf }, [], unionAxes(axes), "i32");
}

/** The index along `axis`, 0-based. */
export const iota = (axis: Axis): Value => new Value({ kind: "iota", axis }, [], [axis], "i32");

export interface RandomSource {
  /** u32 scalars. The key is folded from (seed, stream, step); the counter is (draw + drawOffset, element >> 1), the word element & 1. */
  readonly seed: Value;
  readonly step: Value;
  readonly drawOffset: Value;
}

/** Independent uniforms on (0, 1) or standard normals over `axes`; the same bits whatever the schedule or device. */
export function random(
  distribution: "uniform" | "normal",
  stream: number,
  axes: readonly Axis[],
  source: RandomSource,
): Value {
  const inputs = [source.seed, source.step, source.drawOffset];
  return new Value({ kind: "random", distribution, stream }, inputs, unionAxes(axes), "f32");
}

export const neg = (x: Operand): Value => unary("neg", x);
export const abs = (x: Operand): Value => unary("abs", x);
export const exp = (x: Operand): Value => unary("exp", x);
export const log = (x: Operand): Value => unary("log", x);
export const log1p = (x: Operand): Value => unary("log1p", x);
export const expm1 = (x: Operand): Value => unary("expm1", x);
export const sqrt = (x: Operand): Value => unary("sqrt", x);
export const square = (x: Operand): Value => unary("square", x);
export const reciprocal = (x: Operand): Value => unary("reciprocal", x);
export const sin = (x: Operand): Value => unary("sin", x);
export const cos = (x: Operand): Value => unary("cos", x);
export const atan = (x: Operand): Value => unary("atan", x);
export const tanh = (x: Operand): Value => unary("tanh", x);
export const sigmoid = (x: Operand): Value => unary("sigmoid", x);
export const logSigmoid = (x: Operand): Value => unary("logSigmoid", x);
export const softplus = (x: Operand): Value => unary("softplus", x);
export const erf = (x: Operand): Value => unary("erf", x);
export const erfc = (x: Operand): Value => unary("erfc", x);
export const erfinv = (x: Operand): Value => unary("erfinv", x);
export const lgamma = (x: Operand): Value => unary("lgamma", x);
export const digamma = (x: Operand): Value => unary("digamma", x);
export const trigamma = (x: Operand): Value => unary("trigamma", x);
export const logFactorial = (x: Operand): Value => unary("logFactorial", x);
/** log Φ(x) of the standard normal distribution function. */
export const logNormalCdf = (x: Operand): Value => unary("logNormalCdf", x);
/** φ(x)/Φ(x) of the standard normal, the derivative of log Φ. */
export const inverseMills = (x: Operand): Value => unary("inverseMills", x);
/** log(1 − eˣ), x ≤ 0. */
export const log1mExp = (x: Operand): Value => unary("log1mExp", x);
/** log I₀(x) of the modified Bessel function of the first kind. */
export const logBesselI0 = (x: Operand): Value => unary("logBesselI0", x);
/** I₁(x)/I₀(x). */
export const besselRatio = (x: Operand): Value => unary("besselRatio", x);
export const floor = (x: Operand): Value => unary("floor", x);
export const round = (x: Operand): Value => unary("round", x);
export const sign = (x: Operand): Value => unary("sign", x);
export const not = (x: Value): Value => unary("not", x);
export const isFiniteValue = (x: Value): Value => unary("isFinite", x);
export const isNaNValue = (x: Value): Value => unary("isNaN", x);
export const castF32 = (x: Operand): Value => unary("castF32", x);
export const castI32 = (x: Operand): Value => unary("castI32", x);
export const castU32 = (x: Operand): Value => unary("castU32", x);

export const add = (a: Operand, b: Operand): Value => binary("add", a, b);
export const sub = (a: Operand, b: Operand): Value => binary("sub", a, b);
export const mul = (a: Operand, b: Operand): Value => binary("mul", a, b);
/** The quotient, of integers too, as a float. */
export const div = (a: Operand, b: Operand): Value => binary("div", castF32(a), b);
export const pow = (a: Operand, b: Operand): Value => binary("pow", a, b);
export const min = (a: Operand, b: Operand): Value => binary("min", a, b);
export const max = (a: Operand, b: Operand): Value => binary("max", a, b);
export const mod = (a: Operand, b: Operand): Value => binary("mod", a, b);
export const logBeta = (a: Operand, b: Operand): Value => binary("logBeta", a, b);
export const logAddExp = (a: Operand, b: Operand): Value => binary("logAddExp", a, b);
/** log P(a, x) of the regularised lower incomplete gamma function; a > 0, x ≥ 0. */
export const logGammaP = (a: Operand, x: Operand): Value => binary("logGammaP", castF32(a), castF32(x));
/** log Q(a, x) = log(1 − P(a, x)) of the regularised upper incomplete gamma function. */
export const logGammaQ = (a: Operand, x: Operand): Value => binary("logGammaQ", castF32(a), castF32(x));
/**
 * log z of a gamma(a, 1) variate z as a function of its shape: the second operand, with the derivative in a that keeps the
 * draw's place in the distribution.
 */
export const logGammaOfShape = (a: Operand, logDraw: Operand): Value =>
  binary("logGammaOfShape", castF32(a), castF32(logDraw));
/** log(xᵃ e⁻ˣ/Γ(a)) without cancellation: the logarithm of x times the density of a gamma(a, 1) variate. */
export const logGammaKernel = (a: Operand, x: Operand): Value => binary("logGammaKernel", castF32(a), castF32(x));
/** log I_x(a, b) of the regularised incomplete beta function; a, b > 0, 0 ≤ x ≤ 1. log(1 − I_x(a, b)) is log I_{1−x}(b, a). */
export const logIncompleteBeta = (a: Operand, b: Operand, x: Operand): Value => ternary("logIncompleteBeta", a, b, x);
/** log(xᵃ (1−x)ᵇ/B(a, b)) without cancellation: the logarithm of x(1 − x) times the density of a beta(a, b) variate. */
export const logBetaKernel = (a: Operand, b: Operand, x: Operand): Value => ternary("logBetaKernel", a, b, x);
export const lt = (a: Operand, b: Operand): Value => binary("lt", a, b);
export const le = (a: Operand, b: Operand): Value => binary("le", a, b);
export const gt = (a: Operand, b: Operand): Value => binary("gt", a, b);
export const ge = (a: Operand, b: Operand): Value => binary("ge", a, b);
export const eq = (a: Operand, b: Operand): Value => binary("eq", a, b);
export const ne = (a: Operand, b: Operand): Value => binary("ne", a, b);
export const and = (a: Value, b: Value): Value => binary("and", a, b);
export const or = (a: Value, b: Value): Value => binary("or", a, b);

export const sum = (x: Operand, over: readonly Axis[]): Value => reduce("sum", x, over);
export const maximum = (x: Operand, over: readonly Axis[]): Value => reduce("max", x, over);
export const logSumExp = (x: Operand, over: readonly Axis[]): Value => reduce("logSumExp", x, over);
export const mean = (x: Operand, over: readonly Axis[]): Value =>
  mul(sum(x, over), 1 / over.reduce((count, axis) => count * axis.size, 1));

/** y[out := k] = Σ (or max) of x over the rows whose index is k. The index runs over `rows` and nothing else. */
export function segment(reducer: "sum" | "max", x: Value, index: Value, out: Axis): Value {
  if (index.dtype !== "i32" && index.dtype !== "u32")
    throw new GraphError(`segment: the index is ${index.dtype}, not an integer`);
  if (x.hasAxis(out)) throw new GraphError(`segment: x already has the axis "${out.name}"`);
  const rows = index.axes;
  const axes = unionAxes(withoutAxes(x.axes, rows), [out]);
  return new Value({ kind: "segment", reducer, rows, out }, [x, index], axes, x.dtype);
}

/** See reindex.ts for the named maps; both directions are given so that the adjoint is exact by construction. */
export function reindex(x: Value, map: IndexMap, transposed: IndexMap, fill = 0): Value {
  const source = map.source.map((entry) => entry.axis);
  return new Value(
    { kind: "reindex", map, transposed, fill },
    [x],
    unionAxes(withoutAxes(x.axes, source), map.out),
    x.dtype,
  );
}

/** Solves L x = b (or Lᵀ x = b): L lower triangular over (row, column), b and x over row; batched over other axes. */
export function triangularSolve(L: Value, b: Value, row: Axis, column: Axis, transpose = false): Value {
  if (row.size !== column.size) throw new GraphError(`triangularSolve: ${row} by ${column} is not square`);
  if (!L.hasAxis(row) || !L.hasAxis(column)) throw new GraphError(`triangularSolve: L lacks ${row} or ${column}`);
  if (!b.hasAxis(row) || b.hasAxis(column))
    throw new GraphError(`triangularSolve: b must run over ${row} and not ${column}`);
  const axes = unionAxes(withoutAxes(L.axes, [column]), b.axes);
  return new Value({ kind: "triangularSolve", row, column, transpose }, [L, b], axes, "f32");
}

/** x with a zero derivative. */
export const stopGradient = (x: Value): Value => new Value({ kind: "stop" }, [x], x.axes, x.dtype);
