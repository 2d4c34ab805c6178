/** The tensor operations that the peers' models need. Each is one call of the peer's own API: this layer only names it. */
export type Operand<T> = T | number;

export interface Ops<T> {
  add(a: Operand<T>, b: Operand<T>): T;
  sub(a: Operand<T>, b: Operand<T>): T;
  mul(a: Operand<T>, b: Operand<T>): T;
  div(a: Operand<T>, b: Operand<T>): T;
  exp(x: T): T;
  log(x: T): T;
  square(x: T): T;
  softplus(x: T): T;
  tanh(x: T): T;
  /** Over `axis`, which goes; over all without one. */
  sum(x: T, axis?: number): T;
  logSumExp(x: T, axis: number): T;
  matmul(a: T, b: T): T;
  reshape(x: T, shape: readonly number[]): T;
  /** Rows from … to − 1 of a matrix. */
  rows(x: T, from: number, to: number): T;
  /** The rows of one matrix, then those of another. */
  stack(a: T, b: T): T;
  /** Row `index[i]` of a matrix for every i. `oneHot` is the same choice as a matrix, for peers that differentiate only that. */
  take(x: T, index: T, oneHot: () => T): T;
}

export interface Tensor {
  readonly values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/**
 * A log joint for a batch of draws, as somebody who knows these libraries writes it: draws along the second axis, one
 * matrix product where there is one, constants kept. `z` is [dimensions, draws], unconstrained; the result is [draws].
 */
export interface PeerModel {
  readonly dimensions: number;
  readonly data: Readonly<Record<string, Tensor>>;
  logJoint<T>(ops: Ops<T>, z: T, data: Readonly<Record<string, T>>): T;
}
