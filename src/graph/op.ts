/** The kinds of node, see ops.ts and reindex.ts for what each computes. */
import type { Axis } from "./axis.ts";
import type { IndexMap } from "./indexmap.ts";
import type { ScanBody } from "./scan-body.ts";

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
  | "logNormalCdf"
  | "inverseMills"
  | "log1mExp"
  | "logBesselI0"
  | "besselRatio"
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
  | "logGammaP"
  | "logGammaQ"
  | "logGammaPByShape"
  | "logGammaQByShape"
  | "logGammaOfShape"
  | "logGammaDrawByShape"
  | "logGammaKernel"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "ne"
  | "and"
  | "or";

/** Of three floats. `select` is a map of three too, of a bool and two alike. */
export type TernaryName =
  | "logIncompleteBeta"
  | "logIncompleteBetaByFirst"
  | "logIncompleteBetaBySecond"
  | "logBetaKernel";

export type MapName = UnaryName | BinaryName | TernaryName | "select";

export type Reducer = "sum" | "max" | "logSumExp";

/**
 * What an input is to the program: `data` is bound once and lets everything that depends on it alone be computed
 * ahead; `parameter` may change between runs without a new compilation; `state` is carried from step to step.
 */
export type InputRole = "data" | "parameter" | "state";

export type Op =
  | { readonly kind: "constant"; readonly value: number }
  /** indexOf: the axis whose positions an integer input holds, so that a gather by it needs no axis named. */
  | { readonly kind: "input"; readonly name: string; readonly role: InputRole; readonly indexOf?: Axis }
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
  /** inputs: a symmetric positive-definite matrix over (row, column), whose lower triangle is read. Its factor L. */
  | { readonly kind: "cholesky"; readonly row: Axis; readonly column: Axis }
  /**
   * inputs: the initial carries, then what each step reads. The carry `output` after every step along `axis`; the other
   * carries of the same recurrence are nodes of their own with the same body and inputs. See scan.ts.
   */
  | {
      readonly kind: "scan";
      readonly axis: Axis;
      readonly reverse: boolean;
      readonly body: ScanBody;
      readonly output: number;
    }
  | { readonly kind: "stop" };
