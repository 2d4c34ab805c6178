/** WGSL of the scalar functions. `e_…` are the leaves of shaders/special; they are spread over lanes by wrappers. */
import { GraphError } from "../../graph/errors.ts";
import type { DType, MapName } from "../../graph/value.ts";
import { isCostly } from "../cost.ts";

export const wgslType = (dtype: DType, lanes: boolean): string => (lanes ? `vec4<${dtype}>` : dtype);

const LEAVES: Partial<Record<MapName, string>> = {
  exp: "e_exp",
  log: "e_log",
  log1p: "e_log1p",
  expm1: "e_expm1",
  sqrt: "e_sqrt",
  sin: "e_sin",
  cos: "e_cos",
  atan: "e_atan",
  tanh: "e_tanh",
  sigmoid: "e_sigmoid",
  logSigmoid: "e_logSigmoid",
  softplus: "e_softplus",
  erf: "e_erf",
  erfc: "e_erfc",
  erfinv: "e_erfinv",
  lgamma: "e_lgamma",
  digamma: "e_digamma",
  trigamma: "e_trigamma",
  logFactorial: "e_logFactorial",
  logNormalCdf: "e_logNormalCdf",
  inverseMills: "e_inverseMills",
  log1mExp: "e_log1mExp",
  logBesselI0: "e_logBesselI0",
  besselRatio: "e_besselRatio",
  isFinite: "e_isFinite",
  isNaN: "e_isNaN",
  pow: "e_pow",
  logGammaP: "e_logGammaP",
  logGammaQ: "e_logGammaQ",
  logGammaPByShape: "e_logGammaPByShape",
  logGammaQByShape: "e_logGammaQByShape",
  logGammaDrawByShape: "e_logGammaDrawByShape",
  logGammaKernel: "e_logGammaKernel",
  logIncompleteBeta: "e_logIncompleteBeta",
  logIncompleteBetaByFirst: "e_logIncompleteBetaByFirst",
  logIncompleteBetaBySecond: "e_logIncompleteBetaBySecond",
  logBetaKernel: "e_logBetaKernel",
  logBeta: "e_logBeta",
  logAddExp: "e_logAddExp",
};

const INFIX: Partial<Record<MapName, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  mod: "%",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "==",
  ne: "!=",
  and: "&",
  or: "|",
};

export interface Operand {
  readonly text: string;
  readonly lanes: boolean;
  readonly dtype: DType;
}

/** Collects what a kernel needs besides its own text. */
export interface Needs {
  /** Leaf functions by name. */
  readonly leaves: Set<string>;
  /** Generated wrappers by their text. */
  readonly wrappers: Set<string>;
}

const spread = (x: Operand): string => (x.lanes ? x.text : `${wgslType(x.dtype, true)}(${x.text})`);

/** The call of a leaf, over four lanes where any operand has them. */
function callLeaf(
  leaf: string,
  operands: readonly Operand[],
  result: DType,
  lanes: boolean,
  needs: Needs,
  isLong = false,
): string {
  needs.leaves.add(leaf);
  if (!lanes) return `${leaf}(${operands.map((x) => x.text).join(", ")})`;
  const names = ["a", "b", "c"].slice(0, operands.length);
  const call = (lane: string): string => `${leaf}(${names.map((n) => `${n}${lane}`).join(", ")})`;
  const type = wgslType(result, true);
  const body = isLong
    ? `var r: ${type}; for (var k = 0; k < 4; k++) { r[k] = ${call("[k]")}; } return r;`
    : `return ${type}(${[".x", ".y", ".z", ".w"].map(call).join(", ")});`;
  const parameters = names.map((n) => `${n}: vec4<f32>`).join(", ");
  needs.wrappers.add(`fn ${leaf}4(${parameters}) -> ${type} { ${body} }`);
  return `${leaf}4(${operands.map(spread).join(", ")})`;
}

export function emitMap(name: MapName, operands: readonly Operand[], result: DType, needs: Needs): string {
  const lanes = operands.some((x) => x.lanes);
  const [a, b, c] = operands as [Operand, Operand, Operand];
  const leaf = LEAVES[name];
  if (leaf !== undefined) {
    if (a.dtype !== "f32") throw new GraphError(`${name}: expected f32, got ${a.dtype}`);
    return callLeaf(leaf, operands, result, lanes, needs, isCostly(name));
  }
  const infix = INFIX[name];
  if (infix !== undefined) {
    const arithmetic = infix === "+" || infix === "-" || infix === "*" || infix === "/";
    // WGSL mixes vector and scalar in arithmetic only.
    return lanes && !arithmetic ? `(${spread(a)} ${infix} ${spread(b)})` : `(${a.text} ${infix} ${b.text})`;
  }
  const all = lanes ? spread : (x: Operand): string => x.text;
  switch (name) {
    case "neg":
      return `(-${a.text})`;
    case "not":
      return `(!${a.text})`;
    case "square":
      return `(${a.text} * ${a.text})`;
    case "reciprocal":
      return a.dtype === "f32" ? `(1.0f / ${a.text})` : `(1 / ${a.text})`;
    case "abs":
    case "sign":
    case "floor":
    case "round":
      return a.dtype === "f32" || name === "abs" || name === "sign" ? `${name}(${a.text})` : a.text;
    case "min":
    case "max":
      return a.dtype === "f32"
        ? callLeaf(name === "min" ? "e_min" : "e_max", operands, result, lanes, needs)
        : `${name}(${all(a)}, ${all(b)})`;
    case "select":
      return `select(${all(c)}, ${all(b)}, ${all(a)})`;
    case "castF32":
    case "castI32":
    case "castU32":
      return `${wgslType(result, lanes)}(${a.text})`;
    default:
      throw new GraphError(`no WGSL for the map "${name}"`);
  }
}

/** Whether a function of x is computed from x and e^-|x|, which others of these need as well: see `emitExpNegAbs`. */
export const takesExponential = (name: MapName): boolean =>
  name === "sigmoid" || name === "softplus" || name === "logSigmoid";

/**
 * e^-|x|. Over lanes it stands by itself even for one reader: a software adapter, whose compiler keeps what four calls of a longer
 * function need in memory, is a third faster for it.
 */
export const emitExpNegAbs = (x: Operand, needs: Needs): string =>
  callLeaf("e_expNeg", [{ ...x, text: `-abs(${x.text})` }], "f32", x.lanes, needs);

/** A literal of the given type; non-finite floats cannot be literals in WGSL and come from the leaf nonfinite.wgsl. */
export function emitLiteral(value: number, dtype: DType, needs: Needs): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (dtype === "i32") return `${Math.trunc(value)}i`;
  if (dtype === "u32") return `${Math.trunc(value) >>> 0}u`;
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) {
    needs.leaves.add("e_nan");
    return "e_nan()";
  }
  if (!Number.isFinite(rounded)) {
    needs.leaves.add("e_inf");
    return rounded > 0 ? "e_inf()" : "(-e_inf())";
  }
  if (Math.abs(rounded) < 1.1754943508222875e-38) return "0.0f"; // denormals are flushed anyway
  const text = rounded.toPrecision(9).replace(/\.?0+(e|$)/, "$1");
  const decimal = /[.e]/.test(text) ? text : `${text}.0`;
  return rounded < 0 ? `(${decimal}f)` : `${decimal}f`;
}
