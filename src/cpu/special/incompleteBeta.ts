/**
 * The logarithm of the regularised incomplete beta function I_x(a, b) = ∫₀ˣ t^(a−1) (1−t)^(b−1) dt / B(a, b) and its
 * derivatives in a and b.
 *
 * The smaller tail is integrated in v = logit x − logit t: x^a (1−x)^b / B(a, b) · ∫₀^∞ e^(−h(v)) dv with the convex
 * h(v) = a v + (a + b) log(1 − x + x e^(−v)), by Gauss–Legendre to where h is REACH. The derivatives are the tail's means
 * of log t and log(1 − t), less what they are over the whole interval. (Compare incompleteGamma.ts.)
 */
import { logBeta } from "./beta.ts";
import { logMinusDigamma } from "./digamma.ts";
import { HALF_LOG_TWO_PI, LARGE, stirlingTail } from "./gamma.ts";
import { log1mExp } from "./logistic.ts";
import { gaussLegendre, integrate } from "./quadrature.ts";
import { expm1mx, log1pmx, logLessLinear } from "./remainders.ts";

const REACH = 42;
const RULE = /* @__PURE__ */ gaussLegendre(24);
const LONGEST = 3;

/** log(x^a (1−x)^b / B(a, b)): the logarithm of x(1 − x) times the density of a beta(a, b) variate. */
export function logBetaKernel(a: number, b: number, x: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return Number.NaN;
  return kernel(a, b, x, 1 - x);
}

function kernel(a: number, b: number, x: number, y: number): number {
  if (x === 0 || y === 0) return Number.NEGATIVE_INFINITY;
  const total = a + b;
  if (Math.min(a, b) < LARGE) return a * Math.log(x) + b * (x < 0.5 ? Math.log1p(-x) : Math.log(y)) - logBeta(a, b);
  const shift = x * b - y * a;
  const stirling = stirlingTail(total) - stirlingTail(a) - stirlingTail(b);
  const scale = 0.5 * (Math.log(a / total) + Math.log(b)) - HALF_LOG_TWO_PI;
  return (
    a * logLessLinear((x * total) / a, shift / a) + b * logLessLinear((y * total) / b, -shift / b) + scale + stirling
  );
}

/** A tail below x: its logarithm and the derivatives of that in a and b. */
type Tail = readonly [log: number, byFirst: number, bySecond: number];

const sums = new Float64Array(3);

/** The tail of (a, b) below x = 1 − y. */
function tailBelow(a: number, b: number, x: number, y: number): Tail {
  // A small a has a long tail in v; I_x(a, b) = I_x(a + 1, b) + x^a (1−x)^b / (a B(a, b)).
  const shift = a < 1 ? 1 : 0;
  const first = a + shift;
  const total = first + b;
  const slope = first * y - b * x;
  // log(1 − x + x e^(−v)), and h, from whichever of x and y is the smaller.
  const logShare = (v: number): number =>
    x <= 0.5 ? Math.log1p(x * Math.expm1(-v)) : Math.log1p(y * Math.expm1(v)) - v;
  const h = (v: number): number => {
    if (x <= 0.5) return slope * v + total * (log1pmx(x * Math.expm1(-v)) + x * expm1mx(-v));
    const w = y * Math.expm1(v);
    return slope * v + total * (w < 1 ? log1pmx(w) + y * expm1mx(v) : Math.log1p(w) - y * v);
  };
  integrate(RULE, reach(first, b, x, y, slope), LONGEST, sums, (v, weight, out) => {
    const part = weight * Math.exp(-h(v));
    const share = logShare(v);
    out[0]! += part;
    out[1]! += part * (v + share);
    out[2]! -= part * share;
  });
  const [integral, logT, logRest] = sums as unknown as [number, number, number];
  const step = x * (1 + b / a);
  const mass = shift === 1 ? 1 / a + step * integral : integral;
  const byA = shift === 1 ? (1 / a + (x * b * integral) / a) / a + step * logT : logT;
  const byB = shift === 1 ? (x / a) * integral + step * logRest : logRest;
  const all = a + b;
  const difference = x * b - y * a;
  const rest = logMinusDigamma(all);
  return [
    kernel(a, b, x, y) + Math.log(mass),
    logOnePlus(difference / a, (x * all) / a) + logMinusDigamma(a) - rest - byA / mass,
    logOnePlus(-difference / b, (y * all) / b) + logMinusDigamma(b) - rest + byB / mass,
  ];
}

const logOnePlus = (x: number, onePlusX: number): number => (Math.abs(x) < 0.5 ? Math.log1p(x) : Math.log(onePlusX));

/** Where h ≥ REACH: from h ≥ a v + (a + b) log y, for a positive slope also from h ≥ slope v + (a + b) x y v²/(2 + v). */
function reach(a: number, b: number, x: number, y: number, slope: number): number {
  const total = a + b;
  let v = (REACH - total * (x < 0.5 ? Math.log1p(-x) : Math.log(y))) / a;
  if (slope >= 0) {
    const sum = slope + total * x * y;
    const rest = REACH - 2 * slope;
    const root = Math.sqrt(rest * rest + 8 * REACH * sum);
    v = Math.min(v, rest > 0 ? (rest + root) / (2 * sum) : (4 * REACH) / (root - rest));
  }
  // Newton's method from the right of the root of a convex function stays there.
  for (let k = 0; k < 4; k++) {
    const share = x <= 0.5 ? Math.log1p(x * Math.expm1(-v)) : Math.log1p(y * Math.expm1(v)) - v;
    const h = a * v + total * share;
    const derivative = a - (total * x) / (x + y * Math.exp(v));
    if (h <= REACH || !(derivative > 0)) break;
    v -= (h - REACH) / derivative;
  }
  return v;
}

/** Whether the tail below x is the one to integrate: it is no more than about half of all. */
function isBelow(a: number, b: number, x: number, y: number): boolean {
  const total = a + b;
  if (x * b <= y * a) return a >= 1 || a * Math.log(x * total) < -0.7;
  return b < 1 && b * Math.log(y * total) >= -0.7;
}

/** A function of the tail below x, from it or from the other one. */
const fromTail =
  (ends: readonly [number, number], same: (tail: Tail) => number, other: (tail: Tail) => number) =>
  (a: number, b: number, x: number): number => {
    if (!(a > 0 && b > 0 && a + b < Number.POSITIVE_INFINITY && x >= 0 && x <= 1)) return Number.NaN;
    if (x === 0) return ends[0];
    if (x === 1) return ends[1];
    const y = 1 - x;
    return isBelow(a, b, x, y) ? same(tailBelow(a, b, x, y)) : other(tailBelow(b, a, y, x));
  };

const INF = Number.POSITIVE_INFINITY;

/** log I_x(a, b). */
export const logIncompleteBeta = /* @__PURE__ */ fromTail(
  [-INF, 0],
  ([log]) => log,
  ([log]) => log1mExp(Math.min(log, 0)),
);
/** d log I_x(a, b) / da. */
export const logIncompleteBetaByFirst = /* @__PURE__ */ fromTail(
  [-INF, 0],
  ([, byFirst]) => byFirst,
  ([log, , bySecond]) => -bySecond / Math.expm1(-log),
);
/** d log I_x(a, b) / db. */
export const logIncompleteBetaBySecond = /* @__PURE__ */ fromTail(
  [0, 0],
  ([, , bySecond]) => bySecond,
  ([log, byFirst]) => -byFirst / Math.expm1(-log),
);
