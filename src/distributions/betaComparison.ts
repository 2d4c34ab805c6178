/** Which of two independent beta variates is the larger: the distribution functions of counts whose probability is beta. */
import { Axis } from "../graph/axis.ts";
import {
  eq,
  ge,
  iota,
  log,
  log1mExp,
  logBetaKernel,
  logIncompleteBeta,
  logSumExp,
  lt,
  max,
  min,
  mul,
  reciprocal,
  select,
  sigmoid,
  sqrt,
  stopGradient,
} from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { LOG_2 } from "./constants.ts";
import { logHalfLine } from "./quadrature.ts";

/** The concentrations of x and of 1 − x. */
export type Beta = readonly [Value, Value];

const SIDE = /* @__PURE__ */ new Axis("side", 2);

/** log of the density of logit x at y, from whichever of x and 1 − x is the smaller. */
function logDensity([a, b]: Beta, y: Value): Value {
  const isLeft = lt(y, 0);
  return logBetaKernel(select(isLeft, a, b), select(isLeft, b, a), sigmoid(select(isLeft, y, y.neg())));
}

/** log P(logit x > y), from the tail that is about the smaller. */
function logAbove([a, b]: Beta, y: Value): Value {
  const below = sigmoid(y);
  const isLow = lt(mul(below, a.add(b)), a);
  const tail = logIncompleteBeta(select(isLow, a, b), select(isLow, b, a), select(isLow, below, sigmoid(y.neg())));
  return select(isLow, log1mExp(min(tail, -1e-30)), tail);
}

/**
 * log P(U < V) of independent U ~ beta(u) and V ~ beta(v): the integral of the narrower one's density, in the log-odds, times a tail
 * of the other. P(U < V) = P(1 − V < 1 − U), so that may be the first.
 */
export function logProbLess([a, b]: Beta, [c, d]: Beta): Value {
  // ab/(a + b) is the curvature of the density of log-odds at its mode.
  const isFirst = ge(reciprocal(c).add(reciprocal(d)), reciprocal(a).add(reciprocal(b)));
  return logIntegral([select(isFirst, a, d), select(isFirst, b, c)], [select(isFirst, c, b), select(isFirst, d, a)]);
}

/** The logarithm of the integral of U's density times P(V > x): both log-concave in the log-odds, so that they have one peak. */
function logIntegral(u: Beta, v: Beta): Value {
  const [a, b] = u;
  const [c, d] = v;
  // About where the peak is: at U's mode, or, where V lies below that, at the mode of the two densities' product.
  const isApart = lt(mul(c, b), mul(a, d));
  const [first, second] = [a.add(select(isApart, c, 0)), b.add(select(isApart, d, 0))];
  const peak = stopGradient(log(first).sub(log(second)));
  const width = sqrt(reciprocal(first).add(reciprocal(second)));
  // Half of the integrand lies within so much: near a smooth peak, or along a tail as flat as an exponential's.
  const isLeft = eq(iota(SIDE), 0);
  const scale = max(width, reciprocal(select(isLeft, a, b.add(d))).mul(LOG_2));
  const side = logHalfLine((distance) => {
    const y = peak.add(select(isLeft, distance.neg(), distance));
    return logDensity(u, y).add(logAbove(v, y));
  }, scale);
  return min(logSumExp(side, [SIDE]), 0);
}
