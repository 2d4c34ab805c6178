/** Emulation of float32 arithmetic and of its errors, from which tolerances for other backends are derived. */
import type { Value } from "../graph/value.ts";
import { foldKey, threefry2x32Into } from "./threefry.ts";

export interface Rounding {
  /** Rounds the result of every float node (and every float input) to float32. */
  readonly round?: "f32";
  /**
   * A seed. Moves the result of every float node at random within the error float32 arithmetic may make in it: not at
   * all where it is exact (moves, comparisons, numbers that float32 holds), else by what ERRORS says.
   */
  readonly perturb?: number;
}

const ULP = 2 ** -23;

/** Error bounds in ulp, and absolute where a function has zeros; those of the leaves in shaders/, rounded up. */
const ERRORS: Readonly<Record<string, readonly [ulp: number, absolute?: number]>> = {
  div: [3],
  reciprocal: [3],
  pow: [8],
  exp: [3],
  log: [3],
  log1p: [3],
  expm1: [3],
  sin: [4, 2e-7],
  cos: [4, 2e-7],
  atan: [4],
  tanh: [5],
  sigmoid: [4],
  logSigmoid: [4],
  softplus: [4],
  erf: [4],
  erfc: [6],
  erfinv: [6],
  lgamma: [8, 3e-6],
  digamma: [6, 5e-7],
  trigamma: [6],
  logFactorial: [8, 5e-7],
  logBeta: [10, 2e-6],
  logAddExp: [4, 3e-7],
  logGammaP: [20, 5e-6],
  logGammaQ: [20, 5e-6],
  logGammaPByShape: [20, 5e-6],
  logGammaQByShape: [20, 5e-6],
  logGammaDrawByShape: [20, 5e-6],
  logGammaKernel: [12, 2e-6],
  logIncompleteBeta: [40, 1e-5],
  logIncompleteBetaByFirst: [40, 1e-5],
  logIncompleteBetaBySecond: [40, 1e-5],
  logBetaKernel: [40, 2e-5],
  logNormalCdf: [8],
  inverseMills: [8],
  log1mExp: [6],
  logBesselI0: [6],
  besselRatio: [6],
  logSumExp: [4, 3e-7],
  random: [8],
  triangularSolve: [4],
  cholesky: [4],
};
const ARITHMETIC = [2] as const;

const EXACT = /* @__PURE__ */ (() =>
  new Set(
    "input constant reindex gather stop neg abs sign floor round min max mod select castF32 logGammaOfShape".split(" "),
  ))();
const EXACT_IF_REPRESENTABLE = new Set(["add", "sub", "mul", "square", "sqrt", "sum"]);

function operation(value: Value): string {
  const op = value.op;
  if (op.kind === "map") return op.name;
  return op.kind === "reduce" || op.kind === "segment" ? op.reducer : op.kind;
}

/** What is done to a node's values after they are computed; undefined for nothing. */
export function perturbation({ round, perturb }: Rounding): ((value: Value, array: Float64Array) => void) | undefined {
  if (round === undefined && perturb === undefined) return undefined;
  let node = 0;
  return (value, array) => {
    if (value.dtype !== "f32") return;
    const name = operation(value);
    if (perturb !== undefined && !EXACT.has(name)) move(array, name, foldKey(perturb >>> 0, ++node, 0, 0));
    const isLeaf = name === "input" || name === "constant";
    if (round === "f32" || isLeaf) for (let i = 0; i < array.length; i++) array[i] = Math.fround(array[i]!);
  };
}

function move(array: Float64Array, name: string, [k0, k1]: readonly [number, number]): void {
  const [ulp, absolute = 0] = ERRORS[name] ?? ARITHMETIC;
  const mayBeExact = EXACT_IF_REPRESENTABLE.has(name);
  const words = new Uint32Array(2);
  for (let i = 0; i < array.length; i++) {
    const exact = array[i]!;
    if (mayBeExact && Math.fround(exact) === exact) continue;
    threefry2x32Into(words, 0, k0, k1, i, 0);
    const [u, v] = [words[0]! / 2 ** 31 - 1, words[1]! / 2 ** 31 - 1];
    array[i] = exact * (1 + ulp * ULP * u) + absolute * v;
  }
}
