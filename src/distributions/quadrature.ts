/** Integrals inside the graph, by double-exponential rules (Takahasi & Mori 1974), for tails without a closed form. */

import { Axis } from "../graph/axis.ts";
import { cosh, sinh } from "../graph/functions.ts";
import { castF32, exp, iota, log, logSumExp, mul, type Operand, sigmoid, stopGradient, sum } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";

interface Rule {
  readonly axis: Axis;
  /** The variable of the trapezoidal rule at its nodes. */
  readonly t: Value;
  readonly step: number;
}

function trapezoidal(name: string, from: number, to: number, nodes: number): Rule {
  const axis = new Axis(name, nodes);
  const step = (to - from) / (nodes - 1);
  return { axis, t: castF32(iota(axis)).mul(step).add(from), step };
}

const HALF_LINE = /* @__PURE__ */ trapezoidal("half-line node", -3.6, 4.2, 96);
const INTERVAL = /* @__PURE__ */ trapezoidal("interval node", -3.1, 3.1, 128);

/**
 * log ∫_0^∞ exp(f(u)) du of a concave f that decreases from 0, with u in units of `scale`: u = scale·exp(t − e^−t).
 * The scale, about where exp(f) has fallen by half, sets only where the nodes lie.
 */
export function logHalfLine(f: (u: Value) => Value, scale: Value): Value {
  const { axis, t, step } = HALF_LINE;
  const s = stopGradient(scale);
  const back = exp(t.neg());
  const reach = t.sub(back);
  const logWeight = reach.add(log(back.add(1).mul(step)));
  return logSumExp(f(s.mul(exp(reach))).add(logWeight), [axis]).add(log(s));
}

/** ∫_0^length f(l) dl, l = length·σ(π sinh t): f may vary fast near the ends. */
export function overInterval(f: (l: Value) => Value, length: Operand): Value {
  const { axis, t, step } = INTERVAL;
  const v = sinh(t).mul(Math.PI);
  const share = sigmoid(v);
  const weight = share
    .mul(sigmoid(v.neg()))
    .mul(cosh(t))
    .mul(Math.PI * step);
  return mul(sum(f(mul(share, length)).mul(weight), [axis]), length);
}
