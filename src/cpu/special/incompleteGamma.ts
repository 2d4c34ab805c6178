/**
 * The regularised incomplete gamma functions P(a, x) = ∫₀ˣ t^(a−1) e^(−t) dt / Γ(a) and Q = 1 − P, in logarithms, and
 * their derivatives in a.
 *
 * The tail on the side of x is integrated in v = ± log(t/x): x^a e^(−x)/Γ(a) · ∫₀^∞ e^(−h(v)) dv with the convex
 * h(v) = ±(x − a) v + x (e^(±v) − 1 ∓ v), by Gauss–Legendre to where h is REACH. The integrand is smooth for every a
 * and x, so that one rule serves all; the derivative is the tail's mean of log t, less ψ(a).
 */
import { logMinusDigamma } from "./digamma.ts";
import { HALF_LOG_TWO_PI, LARGE, lgamma, stirlingTail } from "./gamma.ts";
import { log1mExp } from "./logistic.ts";
import { gaussLegendre, integrate } from "./quadrature.ts";
import { expm1mx, logLessLinear } from "./remainders.ts";

const REACH = 42;
const RULE = /* @__PURE__ */ gaussLegendre(24);
const LONGEST = 3;

/** log(x^a e^(−x)/Γ(a)): the logarithm of x times the density of a gamma(a, 1) variate. */
export function logGammaKernel(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  if (a < LARGE) return a * Math.log(x) - x - lgamma(a);
  return a * logLessLinear(x / a, (x - a) / a) + (0.5 * Math.log(a) - HALF_LOG_TWO_PI) - stirlingTail(a);
}

/** The smaller tail, more or less: below x or above it. */
interface Tail {
  readonly below: boolean;
  readonly log: number;
  /** d log / da. */
  readonly byShape: number;
  /** The tail over x times the density at x. */
  readonly mass: number;
}

const sums = new Float64Array(2);

function tailOf(a: number, x: number): Tail {
  const below = x < a && (a >= 1 || a * Math.log(x) < -0.7);
  // A small shape has a long lower tail in log t; P(a, x) = P(a + 1, x) + x^a e^(−x)/Γ(a + 1).
  const shift = below && a < 1 ? 1 : 0;
  const shape = a + shift;
  const sign = below ? -1 : 1;
  const slope = sign * (x - shape);
  integrate(RULE, below ? reachBelow(slope, shape) : reachAbove(slope, shape, x), LONGEST, sums, (v, weight, out) => {
    const part = weight * Math.exp(-slope * v - x * expm1mx(sign * v));
    out[0]! += part;
    out[1]! += part * v;
  });
  const [integral, first] = sums as unknown as [number, number];
  const mass = shift === 1 ? (1 + x * integral) / a : integral;
  const moment = shift === 1 ? (mass + x * first) / a : first;
  const logRatio = a >= 1 && x / a > 0.5 && x / a < 2 ? Math.log1p((x - a) / a) : Math.log(x) - Math.log(a);
  return {
    below,
    log: logGammaKernel(a, x) + Math.log(mass),
    byShape: logRatio + logMinusDigamma(a) + (sign * moment) / mass,
    mass,
  };
}

/** Where slope·v + x(e^(−v) − 1 + v) ≥ REACH, slope + x = shape: from e^(−v) − 1 + v ≥ v²/(2 + v). */
function reachBelow(slope: number, shape: number): number {
  const rest = REACH - 2 * slope;
  const root = Math.sqrt(rest * rest + 8 * REACH * shape);
  return rest > 0 ? (rest + root) / (2 * shape) : (4 * REACH) / (root - rest);
}

/** Where slope·v + x(e^v − 1 − v) ≥ REACH, slope = x − shape: from e^v − 1 − v ≥ v²/2, refined by iteration. */
function reachAbove(slope: number, shape: number, x: number): number {
  const root = Math.sqrt(slope * slope + 2 * x * REACH);
  let v = slope > 0 ? (2 * REACH) / (slope + root) : (root - slope) / x;
  for (let k = 0; k < 4; k++) v = Math.min(v, Math.log1p((REACH + shape * v) / x));
  return v;
}

/** A function of the tail asked for, from the smaller one; `ends` are its values at x = 0 and ∞. */
const fromTail =
  (below: boolean, ends: readonly [number, number], same: (tail: Tail) => number, other: (tail: Tail) => number) =>
  (a: number, x: number): number => {
    if (!(a > 0 && a < Number.POSITIVE_INFINITY && x >= 0)) return Number.NaN;
    if (x === 0) return ends[0];
    if (x === Number.POSITIVE_INFINITY) return ends[1];
    const tail = tailOf(a, x);
    return tail.below === below ? same(tail) : other(tail);
  };

const INF = Number.POSITIVE_INFINITY;
const log = (tail: Tail): number => tail.log;
const logOfRest = (tail: Tail): number => log1mExp(Math.min(tail.log, 0));
const byShape = (tail: Tail): number => tail.byShape;
const byShapeOfRest = (tail: Tail): number => -tail.byShape / Math.expm1(-tail.log);

/** log P(a, x). */
export const logGammaP = /* @__PURE__ */ fromTail(true, [-INF, 0], log, logOfRest);
/** log Q(a, x). */
export const logGammaQ = /* @__PURE__ */ fromTail(false, [0, -INF], log, logOfRest);
/** d log P(a, x) / da. */
export const logGammaPByShape = /* @__PURE__ */ fromTail(true, [-INF, 0], byShape, byShapeOfRest);
/** d log Q(a, x) / da. */
export const logGammaQByShape = /* @__PURE__ */ fromTail(false, [0, INF], byShape, byShapeOfRest);

/**
 * d log z / da of a gamma(a, 1) variate z = x that keeps its place: −(∂P/∂a)/(x p(x)), or (∂Q/∂a)/(x p(x)). Figurnov, Mohamed &
 * Mnih (2018), *Implicit reparameterization gradients*, eq. 5.
 */
export function logGammaDrawByShape(a: number, x: number): number {
  if (!(a > 0 && a < INF && x >= 0)) return Number.NaN;
  if (x === 0) return INF;
  if (x === INF) return 0;
  const { below, byShape, mass } = tailOf(a, x);
  return (below ? -mass : mass) * byShape;
}
