/** What every peer does in a step: draws by its own generator, ELBO and gradient, Adam. */
import type { GuideName } from "../ours.ts";
import type { Ops, PeerModel } from "./ops.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Fixed parameters and noise at which a peer must agree with the float64 reference. */
export interface CheckPoint {
  readonly draws: number;
  readonly loc: Float32Array<ArrayBuffer>;
  /** Mean field: logarithms of the sds. Full rank: of the factor's diagonal. */
  readonly logScale: Float32Array<ArrayBuffer>;
  /** Full rank: below the diagonal, row-major; else null. */
  readonly lower: Float32Array<ArrayBuffer> | null;
  /** [dimensions, draws], row-major. */
  readonly noise: Float32Array<ArrayBuffer>;
}

export interface CheckResult {
  readonly elbo: number;
  /** By the name of what is learned; of q, `loc` and `logScale`. */
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
}

/** λ and the masks that a full-rank factor is made of. */
export interface Family<T> {
  readonly lambda: Readonly<Record<string, T>>;
  readonly masks: Readonly<Record<string, T>>;
}

/** The ELBO at λ with this noise, [dimensions, draws]: E[log p(x, z)] − E[log q(z)], a scalar. */
export function elboOf<T>(
  ops: Ops<T>,
  model: PeerModel,
  guide: GuideName,
  { lambda, masks }: Family<T>,
  noise: T,
  data: Readonly<Record<string, T>>,
  draws: number,
): T {
  const { loc, logScale, lower } = lambda;
  const d = model.dimensions;
  const displacement =
    guide === "mean-field"
      ? ops.mul(ops.exp(logScale!), noise)
      : ops.matmul(ops.add(ops.mul(lower!, masks.below!), ops.mul(ops.exp(logScale!), masks.identity!)), noise);
  const joint = model.logJoint(ops, ops.add(loc!, displacement), data);
  const squares = ops.mul(ops.sum(ops.square(noise)), 0.5 / draws);
  const entropy = ops.add(ops.add(squares, ops.sum(logScale!)), (d / 2) * LOG_TWO_PI);
  return ops.add(ops.div(ops.sum(joint), draws), entropy);
}

export const lambdaNames = (guide: GuideName): string[] =>
  guide === "mean-field" ? ["loc", "logScale"] : ["loc", "logScale", "lower"];

export const lambdaShape = (name: string, d: number): number[] => (name === "lower" ? [d, d] : [d, 1]);

export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
