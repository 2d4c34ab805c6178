/** Gaussian processes: covariance functions over a plate and its twin, and the density of the values at its points. */
import type { Axis } from "../graph/axis.ts";
import { abs, castF32, eq, exp, iota, mul, type Operand, reciprocal, sin, square, sub } from "../graph/ops.ts";
import { rename } from "../graph/reindex.ts";
import { asValue, type Value } from "../graph/value.ts";
import type { Distribution } from "./distribution.ts";
import { DistributionError } from "./distribution.ts";
import { multivariateNormal } from "./multivariateNormal.ts";

export interface KernelOptions {
  /** The marginal sd. Default 1. */
  readonly scale?: Operand;
  readonly lengthScale: Operand;
}

/** x_i − x_j over (axis, axis.prime()), of scalar points. */
function differences(x: Value, axis: Axis): Value {
  if (!x.hasAxis(axis)) throw new DistributionError("gaussianProcess", "x", `the points must run over "${axis.name}"`);
  return sub(x, rename(x, axis, axis.prime()));
}

const scaled = (correlation: Value, scale: Operand = 1): Value => mul(correlation, square(asValue(scale)));

/** k(r) = scale² exp(−r²/(2 ℓ²)). Rasmussen & Williams, *Gaussian Processes for Machine Learning*, eq. 4.9. */
export const exponentiatedQuadratic = (x: Value, axis: Axis, { scale, lengthScale }: KernelOptions): Value =>
  scaled(exp(square(mul(differences(x, axis), reciprocal(lengthScale))).mul(-0.5)), scale);

/** factor · |r|/ℓ, whose derivative at 0 is 0. */
const distance = (x: Value, axis: Axis, lengthScale: Operand, factor: number): Value =>
  abs(mul(differences(x, axis), reciprocal(lengthScale))).mul(factor);

/** k(r) = scale² (1 + √3 r/ℓ) exp(−√3 r/ℓ). Rasmussen & Williams, eq. 4.17. */
export function matern32(x: Value, axis: Axis, { scale, lengthScale }: KernelOptions): Value {
  const r = distance(x, axis, lengthScale, Math.sqrt(3));
  return scaled(r.add(1).mul(exp(r.neg())), scale);
}

/** k(r) = scale² (1 + √5 r/ℓ + 5r²/(3ℓ²)) exp(−√5 r/ℓ). Rasmussen & Williams, eq. 4.17. */
export function matern52(x: Value, axis: Axis, { scale, lengthScale }: KernelOptions): Value {
  const r = distance(x, axis, lengthScale, Math.sqrt(5));
  return scaled(r.add(1).add(square(r).div(3)).mul(exp(r.neg())), scale);
}

/** k(r) = scale² exp(−2 sin²(π r/period)/ℓ²). Rasmussen & Williams, eq. 4.31. */
export function periodic(
  x: Value,
  axis: Axis,
  { scale, lengthScale, period }: KernelOptions & { readonly period: Operand },
): Value {
  const phase = mul(differences(x, axis), mul(reciprocal(period), Math.PI));
  return scaled(exp(square(mul(sin(phase), reciprocal(lengthScale))).mul(-2)), scale);
}

/** k(x, x′) = scale² x x′ + bias². Rasmussen & Williams, §4.2.2. */
export function linearKernel(
  x: Value,
  axis: Axis,
  { scale = 1, bias = 0 }: { readonly scale?: Operand; readonly bias?: Operand },
): Value {
  return scaled(mul(x, rename(x, axis, axis.prime())), scale).add(square(asValue(bias)));
}

export interface GaussianProcessOptions {
  /** The mean at the points. Default 0. */
  readonly mean?: Operand;
  /** Over (axis, axis.prime()). */
  readonly covariance: Value;
  /** Added to the diagonal: the sd of independent noise. Default 0. */
  readonly noise?: Operand;
  /** Added to the diagonal so that float32 can factor it, as a share of the mean variance. Default 1e-6. */
  readonly jitter?: number;
}

/**
 * Values at the points of a plate whose joint distribution is normal with a covariance of the points.
 *
 * @throws DistributionError where the covariance does not run over the plate and its twin.
 */
export function gaussianProcess(axis: Axis, options: GaussianProcessOptions): Distribution {
  const { mean = 0, covariance, noise = 0, jitter = 1e-6 } = options;
  const twin = axis.prime();
  const same = castF32(eq(iota(axis), iota(twin)));
  const diagonal = same.mul(square(asValue(noise))).add(covariance.mul(same).mul(jitter));
  return multivariateNormal(mean, { covariance: covariance.add(diagonal), row: axis, column: twin });
}
