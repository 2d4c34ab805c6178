/** Small dense float64 linear algebra for the start-up phase. Matrices are square, row-major, of side `n`. */

/** Lower Cholesky factor of a symmetric positive definite matrix, or null when it is not one (or not finite). */
export function cholesky(a: Float64Array, n: number): Float64Array | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = a[i * n + j]!;
      for (let k = 0; k < j; k++) s -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = s / l[j * n + j]!;
      else if (s > 0 && Number.isFinite(s)) l[i * n + i] = Math.sqrt(s);
      else return null;
    }
  }
  return l;
}

/** x with L x = b. */
export function solveLower(l: Float64Array, b: Float64Array, n: number): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    let s = x[i]!;
    for (let k = 0; k < i; k++) s -= l[i * n + k]! * x[k]!;
    x[i] = s / l[i * n + i]!;
  }
  return x;
}

/** x with Lᵀ x = b. */
export function solveLowerTransposed(l: Float64Array, b: Float64Array, n: number): Float64Array {
  const x = Float64Array.from(b);
  for (let i = n - 1; i >= 0; i--) {
    const s = x[i]! / l[i * n + i]!;
    x[i] = s;
    for (let k = 0; k < i; k++) x[k]! -= l[i * n + k]! * s;
  }
  return x;
}

/** `count` vectors of `n` numbers in one piece of memory: many small arrays of their own would keep the collector busy. */
export function vectors(count: number, n: number): Float64Array[] {
  const all = new Float64Array(count * n);
  return Array.from({ length: count }, (_, i) => all.subarray(i * n, (i + 1) * n));
}

/** L x. */
export function lowerTimes(
  l: Float64Array,
  x: Float64Array,
  n: number,
  y: Float64Array = new Float64Array(n),
): Float64Array {
  for (let i = 0; i < n; i++) {
    let s = 0;
    for (let k = 0; k <= i; k++) s += l[i * n + k]! * x[k]!;
    y[i] = s;
  }
  return y;
}

/** Lᵀ x. */
export function lowerTransposedTimes(
  l: Float64Array,
  x: Float64Array,
  n: number,
  y: Float64Array = new Float64Array(n),
): Float64Array {
  y.fill(0);
  for (let i = 0; i < n; i++) for (let k = 0; k <= i; k++) y[k]! += l[i * n + k]! * x[i]!;
  return y;
}

/** A x. */
export function matrixTimes(a: Float64Array, x: Float64Array, n: number): Float64Array {
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let s = 0;
    for (let k = 0; k < n; k++) s += a[i * n + k]! * x[k]!;
    y[i] = s;
  }
  return y;
}

/** A B. */
export const multiply = (a: Float64Array, b: Float64Array, n: number): Float64Array =>
  product({ values: a, down: n, along: 1 }, b, n, n, n);

/** Aᵀ B for matrices of `rows` rows and n columns. */
export const transposedTimes = (a: Float64Array, b: Float64Array, rows: number, n: number): Float64Array =>
  product({ values: a, down: 1, along: n }, b, n, rows, n);

/** Rows and columns of a product that are computed together, in sixteen sums held in registers. */
const BLOCK = 4;

/** Σ_k A[i, k] B[k, j], A of any strides; panels of four are copied side by side first, so that reads are in order. */
function product(
  a: { readonly values: Float64Array; readonly down: number; readonly along: number },
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const c = new Float64Array(rows * columns);
  const left = panels(a.values, rows, inner, a.down, a.along);
  const right = panels(b, columns, inner, 1, columns);
  const size = BLOCK * inner;
  const tile = new Float64Array(BLOCK * BLOCK);
  for (let i = 0; i < rows; i += BLOCK) {
    for (let j = 0; j < columns; j += BLOCK) {
      multiplyPanels(left, i * inner, right, j * inner, size, tile);
      for (let k = 0; k < BLOCK && i + k < rows; k++)
        for (let l = 0; l < BLOCK && j + l < columns; l++) c[(i + k) * columns + j + l] = tile[k * BLOCK + l]!;
    }
  }
  return c;
}

/** Groups of four along `count`, zero beyond its end: position k of the sum, then the four. */
function panels(a: Float64Array, count: number, inner: number, across: number, along: number): Float64Array {
  const packed = new Float64Array(Math.ceil(count / BLOCK) * BLOCK * inner);
  for (let i = 0; i < count; i++) {
    const to = (i - (i % BLOCK)) * inner + (i % BLOCK);
    for (let k = 0; k < inner; k++) packed[to + k * BLOCK] = a[i * across + k * along]!;
  }
  return packed;
}

function multiplyPanels(
  a: Float64Array,
  aFrom: number,
  b: Float64Array,
  bFrom: number,
  size: number,
  tile: Float64Array,
): void {
  let [c00, c01, c02, c03, c10, c11, c12, c13] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [c20, c21, c22, c23, c30, c31, c32, c33] = [0, 0, 0, 0, 0, 0, 0, 0];
  // Names of their own instead of arrays: what is destructured in a loop this hot is allocated.
  for (let k = 0; k < size; k += BLOCK) {
    const a0 = a[aFrom + k]!;
    const a1 = a[aFrom + k + 1]!;
    const a2 = a[aFrom + k + 2]!;
    const a3 = a[aFrom + k + 3]!;
    const b0 = b[bFrom + k]!;
    const b1 = b[bFrom + k + 1]!;
    const b2 = b[bFrom + k + 2]!;
    const b3 = b[bFrom + k + 3]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  tile.set([c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23, c30, c31, c32, c33]);
}

export function transpose(a: Float64Array, n: number): Float64Array {
  const t = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) t[j * n + i] = a[i * n + j]!;
  return t;
}

export const identity = (n: number): Float64Array => {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) a[i * n + i] = 1;
  return a;
};

/** L⁻¹ for lower triangular L. */
export function invertLower(l: Float64Array, n: number): Float64Array {
  const x = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    x[j * n + j] = 1 / l[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let s = 0;
      for (let k = j; k < i; k++) s -= l[i * n + k]! * x[k * n + j]!;
      x[i * n + j] = s / l[i * n + i]!;
    }
  }
  return x;
}

/** (L Lᵀ)⁻¹ from L. */
export function inverseFromCholesky(l: Float64Array, n: number): Float64Array {
  const inv = invertLower(l, n);
  return transposedTimes(inv, inv, n, n);
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
};

export function allFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/**
 * Eigenvalues and orthonormal eigenvectors (columns of `vectors`) of a symmetric matrix: Householder
 * tridiagonalisation and the implicit QL iteration (Golub & Van Loan, Matrix Computations, §8.3).
 */
export function symmetricEigen(a: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const z = Float64Array.from(a);
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  tridiagonalise(z, d, e, n);
  for (let i = 1; i < n; i++) e[i - 1] = e[i]!;
  e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; iteration < 60; iteration++) {
      let m = l;
      for (; m < n - 1; m++) {
        const scale = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * scale) break;
      }
      if (m === l) break;
      implicitShift(z, d, e, n, l, m);
    }
  }
  return { values: d, vectors: z };
}

function tridiagonalise(z: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = n - 1; i > 0; i--) {
    const l = i - 1;
    let h = 0;
    let scale = 0;
    for (let k = 0; k <= l; k++) scale += Math.abs(z[i * n + k]!);
    if (l === 0 || scale === 0) {
      e[i] = z[i * n + l]!;
      d[i] = 0;
      continue;
    }
    for (let k = 0; k <= l; k++) {
      z[i * n + k]! /= scale;
      h += z[i * n + k]! ** 2;
    }
    const f = z[i * n + l]!;
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = scale * g;
    h -= f * g;
    z[i * n + l] = f - g;
    let fSum = 0;
    for (let j = 0; j <= l; j++) {
      z[j * n + i] = z[i * n + j]! / h;
      let s = 0;
      for (let k = 0; k <= j; k++) s += z[j * n + k]! * z[i * n + k]!;
      for (let k = j + 1; k <= l; k++) s += z[k * n + j]! * z[i * n + k]!;
      e[j] = s / h;
      fSum += e[j]! * z[i * n + j]!;
    }
    const hh = fSum / (h + h);
    for (let j = 0; j <= l; j++) {
      const fj = z[i * n + j]!;
      e[j] = e[j]! - hh * fj;
      for (let k = 0; k <= j; k++) z[j * n + k]! -= fj * e[k]! + e[j]! * z[i * n + k]!;
    }
    d[i] = h;
  }
  d[0] = 0;
  e[0] = 0;
  for (let i = 0; i < n; i++) {
    if (d[i] !== 0) {
      for (let j = 0; j < i; j++) {
        let s = 0;
        for (let k = 0; k < i; k++) s += z[i * n + k]! * z[k * n + j]!;
        for (let k = 0; k < i; k++) z[k * n + j]! -= s * z[k * n + i]!;
      }
    }
    d[i] = z[i * n + i]!;
    z[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      z[j * n + i] = 0;
      z[i * n + j] = 0;
    }
  }
}

function implicitShift(z: Float64Array, d: Float64Array, e: Float64Array, n: number, l: number, m: number): void {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  let r = Math.hypot(g, 1);
  g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = d[i + 1]! - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    r = (d[i]! - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    for (let k = 0; k < n; k++) {
      const zk = z[k * n + i + 1]!;
      z[k * n + i + 1] = s * z[k * n + i]! + c * zk;
      z[k * n + i] = c * z[k * n + i]! - s * zk;
    }
  }
  d[l] = d[l]! - p;
  e[l] = g;
  e[m] = 0;
}
