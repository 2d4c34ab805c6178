/** Wishart families: distributions of covariance matrices, and of their Cholesky factors. */
import type { Axis } from "../graph/axis.ts";
import { cholesky, scratchAxis } from "../graph/linalg.ts";
import {
  add,
  castF32,
  digamma,
  ge,
  iota,
  lgamma,
  log,
  mul,
  type Operand,
  select,
  square,
  sub,
  sum,
  triangularSolve,
} from "../graph/ops.ts";
import { diagonal, rename } from "../graph/reindex.ts";
import type { Value } from "../graph/value.ts";
import {
  type Distribution,
  type HostRandom,
  hostNumber,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";
import { type MatrixScale, takeScale } from "./multivariateNormal.ts";
import { sampleGamma } from "./sampling/gamma.ts";
import type { Support } from "./support.ts";

/** log Γ_D(a) = D(D − 1)/4 log π + Σ_{k=0}^{D−1} log Γ(a − k/2). */
export function logMultivariateGamma(a: Value, size: number): Value {
  let total = lgamma(a).add(((size * (size - 1)) / 4) * Math.log(Math.PI));
  for (let k = 1; k < size; k++) total = total.add(lgamma(a.sub(k / 2)));
  return total;
}

/** ψ_D(a) = Σ_{k=0}^{D−1} ψ(a − k/2). */
export function multivariateDigamma(a: Value, size: number): Value {
  let total = digamma(a);
  for (let k = 1; k < size; k++) total = total.add(digamma(a.sub(k / 2)));
  return total;
}

/** A family over matrices W = L Lᵀ through L. */
interface Shape {
  readonly name: string;
  readonly support: Support;
  /** Whether the variate is L itself, so that the Jacobian of L → L Lᵀ belongs to the density. */
  readonly ofFactor: boolean;
  readonly inverse: boolean;
}

function family({ name, support, ofFactor, inverse }: Shape, df: Operand, scale: MatrixScale): Distribution {
  const { L: factor, row, column } = takeScale(name, scale);
  const { parameters, checks } = takeParameters(name, { df: [df, "positive"], scaleTril: [factor, "finite"] });
  const { df: nu, scaleTril } = parameters;
  const size = row.size;
  checks.push({ parameter: `df − ${size - 1}`, value: sub(nu, size - 1), domain: "positive" });
  checks.push({ parameter: "diagonal of scaleTril", value: diagonal(scaleTril, row, column), domain: "positive" });
  const lower = (L: Value): Value => select(ge(iota(row), iota(column)), L, 0);
  const logDeterminant = (L: Value): Value => sum(log(diagonal(L, row, column)), [row]).mul(2);
  /** ‖A⁻¹ B‖² of two factors: tr((A Aᵀ)⁻¹ B Bᵀ). */
  const trace = (A: Value, B: Value): Value => {
    const right = rename(lower(B), column, scratchAxis(column));
    return sum(square(triangularSolve(A, right, row, column)), [row, scratchAxis(column)]);
  };
  return makeDistribution({
    name,
    support,
    parameters,
    checks,
    eventAxes: [row, column],
    logProb: (x) => {
      const L = ofFactor ? (x as Value) : cholesky(x as Value, row, column);
      const [own, given] = [logDeterminant(L), logDeterminant(scaleTril)];
      const constant = mul(nu, (size * Math.LN2) / 2).add(logMultivariateGamma(mul(nu, 0.5), size));
      const density = inverse
        ? mul(nu, 0.5)
            .mul(given)
            .sub(
              add(nu, size + 1)
                .mul(0.5)
                .mul(own),
            )
            .sub(trace(L, scaleTril).mul(0.5))
        : sub(nu, size + 1)
            .mul(0.5)
            .mul(own)
            .sub(trace(scaleTril, L).mul(0.5))
            .sub(mul(nu, 0.5).mul(given));
      const whole = density.sub(constant);
      if (!ofFactor) return whole;
      const weight = castF32(sub(size, iota(row)));
      return whole.add(sum(mul(weight, log(diagonal(L, row, column))), [row])).add(size * Math.LN2);
    },
    ...(ofFactor ? {} : { entropy: () => entropyOf(nu, logDeterminant(scaleTril), size, inverse) }),
    sample: (given, random) => {
      const entries = hostVector(given, "scaleTril", size * size);
      const V = row.order < column.order ? entries : transposed(entries, size);
      const L = inverse
        ? inverseFactor(hostNumber(given, "df"), V, size, random)
        : bartlett(hostNumber(given, "df"), V, size, random);
      const made = ofFactor ? L : timesTranspose(L, size);
      return row.order < column.order ? made : transposed(made, size);
    },
  });
}

/**
 * ½(D + 1) log det V + ½D(D + 1) log 2 + log Γ_D(ν/2) − ½(ν − D − 1) ψ_D(ν/2) + ½νD of a Wishart matrix W. That of its
 * inverse is less by (D + 1) E log det W. Gupta & Nagar, §3.3; Bishop, eq. B.82.
 */
function entropyOf(nu: Value, logDetScale: Value, size: number, inverse: boolean): Value {
  const half = mul(nu, 0.5);
  const [psi, edge] = [multivariateDigamma(half, size), size + 1];
  const logDetV = inverse ? logDetScale.neg() : logDetScale;
  const own = logDetV
    .add(size * Math.LN2)
    .mul(edge / 2)
    .add(logMultivariateGamma(half, size))
    .sub(sub(nu, edge).mul(0.5).mul(psi))
    .add(nu.mul(size / 2));
  return inverse
    ? own.sub(
        psi
          .add(size * Math.LN2)
          .add(logDetV)
          .mul(edge),
      )
    : own;
}

const transposed = (entries: readonly number[], n: number): number[] =>
  entries.map((_, at) => entries[(at % n) * n + Math.floor(at / n)]!);

const matrix = (n: number, entry: (i: number, j: number) => number): number[] =>
  Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n));

const dot = (n: number, term: (k: number) => number): number => {
  let total = 0;
  for (let k = 0; k < n; k++) total += term(k);
  return total;
};

const timesTranspose = (L: readonly number[], n: number): number[] =>
  matrix(n, (i, j) => dot(n, (k) => L[i * n + k]! * L[j * n + k]!));

/** Bartlett's decomposition: W = V A Aᵀ Vᵀ, χ on the diagonal of A and normals below it. */
function bartlett(df: number, V: readonly number[], n: number, random: HostRandom): number[] {
  const A = matrix(n, (i, j) => {
    if (j > i) return 0;
    return i === j ? Math.sqrt(2 * sampleGamma((df - i) / 2, random)) : random.normal();
  });
  return matrix(n, (i, j) => (j > i ? 0 : dot(n, (k) => (k <= i ? V[i * n + k]! * A[k * n + j]! : 0))));
}

/** W⁻¹ of a Wishart with scale (V Vᵀ)⁻¹; its factor from the lower triangular form of V A⁻ᵀ. */
function inverseFactor(df: number, V: readonly number[], n: number, random: HostRandom): number[] {
  const identity = matrix(n, (i, j) => (i === j ? 1 : 0));
  const A = bartlett(df, identity, n, random);
  // M = V A⁻ᵀ has M Mᵀ = V (A Aᵀ)⁻¹ Vᵀ.
  const inverse = new Array<number>(n * n).fill(0);
  for (let column = 0; column < n; column++) {
    for (let i = column; i < n; i++) {
      const rest = (i === column ? 1 : 0) - dot(i, (k) => A[i * n + k]! * inverse[k * n + column]!);
      inverse[i * n + column] = rest / A[i * n + i]!;
    }
  }
  const M = matrix(n, (i, j) => dot(n, (k) => V[i * n + k]! * inverse[j * n + k]!));
  return hostCholesky(timesTranspose(M, n), n);
}

function hostCholesky(W: readonly number[], n: number): number[] {
  const L = new Array<number>(n * n).fill(0);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      const rest = W[i * n + j]! - dot(j, (k) => L[i * n + k]! * L[j * n + k]!);
      L[i * n + j] = i === j ? Math.sqrt(rest) : rest / L[j * n + j]!;
    }
  }
  return L;
}

const axesOf = (scale: MatrixScale): { row: Axis; column: Axis } => ({
  row: scale.row,
  column: scale.column ?? scale.row.prime(),
});

/**
 * The Wishart distribution of D × D matrices over (row, column), with `df` ν > D − 1 and scale matrix V given as in
 * `multivariateNormal`; its mean is ν V.
 *
 * log p(W) = ½(ν − D − 1) log det W − ½ tr(V⁻¹W) − ½νD log 2 − ½ν log det V − log Γ_D(ν/2)
 *
 * Source: Gupta & Nagar, *Matrix Variate Distributions*, ch. 3.
 * @throws DistributionError for a scale whose axes do not fit.
 */
export const wishart = (df: Operand, scale: MatrixScale): Distribution =>
  family(
    { name: "wishart", support: { kind: "covariance", ...axesOf(scale) }, ofFactor: false, inverse: false },
    df,
    scale,
  );

/** The Cholesky factor of a Wishart matrix. Source: Stan Functions Reference, "Wishart distribution, Cholesky parameterization". */
export const wishartCholesky = (df: Operand, scale: MatrixScale): Distribution =>
  family(
    {
      name: "wishartCholesky",
      support: { kind: "covarianceCholesky", ...axesOf(scale) },
      ofFactor: true,
      inverse: false,
    },
    df,
    scale,
  );

/**
 * The inverse Wishart distribution, with scale matrix Ψ; its mean is Ψ/(ν − D − 1).
 *
 * log p(W) = ½ν log det Ψ − ½(ν + D + 1) log det W − ½ tr(Ψ W⁻¹) − ½νD log 2 − log Γ_D(ν/2)
 *
 * Source: Gupta & Nagar, *Matrix Variate Distributions*, §3.4.
 */
export const inverseWishart = (df: Operand, scale: MatrixScale): Distribution =>
  family(
    { name: "inverseWishart", support: { kind: "covariance", ...axesOf(scale) }, ofFactor: false, inverse: true },
    df,
    scale,
  );

/** The Cholesky factor of an inverse Wishart matrix. */
export const inverseWishartCholesky = (df: Operand, scale: MatrixScale): Distribution =>
  family(
    {
      name: "inverseWishartCholesky",
      support: { kind: "covarianceCholesky", ...axesOf(scale) },
      ofFactor: true,
      inverse: true,
    },
    df,
    scale,
  );
