import { dot, matrixTimes } from "../linalg.ts";

/** An estimate of the inverse of the negative Hessian of a log density, learned from steps and gradient changes. */
export interface Metric {
  times(v: Float64Array): Float64Array;
  /** s: a step; y: how much the gradient fell along it, with sᵀy > 0. */
  learn(s: Float64Array, y: Float64Array): void;
  /** Forgets everything but a scale. */
  reset(scale: number): void;
  /** The matrix, row-major; null where only its product with a vector is kept. */
  matrix(): Float64Array | null;
}

/** Most that one update widens the metric before it is applied. */
const WIDEST = 10;

/**
 * The BFGS update of the inverse Hessian (J. Nocedal & S. Wright, *Numerical optimization*, 2nd ed., eq. 6.17), after
 * the whole has been scaled up where it is too small along the step (Oren & Luenberger's self-scaling, one way only):
 * a noise scale found late widens every other coordinate at once.
 */
export class DenseMetric implements Metric {
  #h: Float64Array;

  constructor(diagonal: Float64Array) {
    const n = diagonal.length;
    this.#h = new Float64Array(n * n);
    for (let i = 0; i < n; i++) this.#h[i * n + i] = diagonal[i]!;
  }

  times(v: Float64Array): Float64Array {
    return matrixTimes(this.#h, v, v.length);
  }

  learn(s: Float64Array, y: Float64Array): void {
    const n = s.length;
    const sy = dot(s, y);
    let hy = this.times(y);
    const widen = Math.min(Math.max(sy / dot(y, hy), 1), WIDEST);
    if (widen > 1) {
      this.#h = this.#h.map((value) => value * widen);
      hy = hy.map((value) => value * widen);
    }
    const own = (1 + dot(y, hy) / sy) / sy;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) this.#h[i * n + j]! += own * s[i]! * s[j]! - (hy[i]! * s[j]! + s[i]! * hy[j]!) / sy;
    }
  }

  reset(scale: number): void {
    const n = Math.round(Math.sqrt(this.#h.length));
    this.#h = new Float64Array(n * n);
    for (let i = 0; i < n; i++) this.#h[i * n + i] = scale;
  }

  matrix(): Float64Array {
    return this.#h.slice();
  }
}

/** The same from the last few updates only, for many coordinates (L-BFGS; Nocedal & Wright, alg. 7.4). */
export class LimitedMetric implements Metric {
  readonly #pairs: { s: Float64Array; y: Float64Array; sy: number }[] = [];
  #diagonal: Float64Array;

  constructor(
    diagonal: Float64Array,
    readonly memory = 20,
  ) {
    this.#diagonal = diagonal;
  }

  times(v: Float64Array): Float64Array {
    const q = Float64Array.from(v);
    const alphas: number[] = [];
    for (const { s, y, sy } of [...this.#pairs].reverse()) {
      const alpha = dot(s, q) / sy;
      alphas.push(alpha);
      for (let i = 0; i < q.length; i++) q[i]! -= alpha * y[i]!;
    }
    for (let i = 0; i < q.length; i++) q[i]! *= this.#diagonal[i]!;
    for (const { s, y, sy } of this.#pairs) {
      const alpha = alphas.pop()!;
      const beta = dot(y, q) / sy;
      for (let i = 0; i < q.length; i++) q[i]! += (alpha - beta) * s[i]!;
    }
    return q;
  }

  learn(s: Float64Array, y: Float64Array): void {
    const sy = dot(s, y);
    let weighted = 0;
    for (let i = 0; i < y.length; i++) weighted += y[i]! * y[i]! * this.#diagonal[i]!;
    const widen = Math.min(Math.max(sy / weighted, 1 / WIDEST), WIDEST);
    this.#diagonal = this.#diagonal.map((value) => value * widen);
    this.#pairs.push({ s, y, sy });
    if (this.#pairs.length > this.memory) this.#pairs.shift();
  }

  reset(scale: number): void {
    this.#pairs.length = 0;
    this.#diagonal = this.#diagonal.map(() => scale);
  }

  matrix(): null {
    return null;
  }
}
