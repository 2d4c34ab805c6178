import { add, cos, exp, gt, max, min, mul, type Operand, reciprocal, select, sin, square, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI, LOG_PI } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { logOf, logOneMinus } from "./logarithms.ts";
import { samplePassage } from "./sampling/passage.ts";

/** In units of separation²: earlier times take the first series, later ones the second. Their terms suffice for 1e-14. */
const CROSSING = 0.3;
const IMAGES = [-1, 1, -2, 2, -3] as const;

/** log of (2πt³)^−½ Σ_k (w + 2k) exp(−(w + 2k)²/2t), of which the term k = 0 is taken out. */
function logEarly(t: Value, w: Value, logW: Value): Value {
  const rate = reciprocal(t);
  const inverse = reciprocal(w);
  const others = IMAGES.map((k) =>
    inverse
      .mul(2 * k)
      .add(1)
      .mul(
        exp(
          w
            .add(k)
            .mul(-2 * k)
            .mul(rate),
        ),
      ),
  ).reduce((a, b) => add(a, b));
  return logOf(others.add(1)).add(logW).sub(square(w).mul(rate).mul(0.5)).sub(logOf(t).mul(1.5)).sub(HALF_LOG_2PI);
}

/** log of π Σ_k k sin(kπw) exp(−k²π²t/2), k = 1 taken out; sin(kπw)/sin(πw) as polynomials in c = cos(πw). */
function logLate(t: Value, w: Value, rest: Value): Value {
  const c = cos(mul(w, Math.PI));
  const c2 = square(c);
  const ratios = [c.mul(2), c2.mul(4).sub(1), c.mul(c2.mul(8).sub(4)), c2.mul(c2.mul(16).sub(12)).add(1)];
  const others = ratios
    .map((ratio, i) => ratio.mul(i + 2).mul(exp(t.mul(-0.5 * Math.PI ** 2 * ((i + 2) ** 2 - 1)))))
    .reduce((a, b) => add(a, b));
  return logOf(others.add(1))
    .add(logOf(sin(mul(min(w, rest), Math.PI))))
    .sub(t.mul(0.5 * Math.PI ** 2))
    .add(LOG_PI);
}

/**
 * Wiener's first-passage time, the drift diffusion model's density of response times: a Brownian motion of unit variance
 * and drift `drift` δ starts at `bias`·`separation` between 0 and `separation` α, after `nonDecision` τ; x is when it
 * reaches the upper boundary. For the lower one take wiener(separation, nonDecision, 1 − bias, −drift).
 *
 * p(x) = α⁻² exp(δα(1 − β) − δ²(x − τ)/2) f((x − τ)/α² | 1 − β), f the driftless density at distance w from the boundary
 *
 * It integrates to the probability of reaching the upper boundary first, not to one. `sample` gives times of those that
 * do. The order of the arguments is Stan's. Source: Navarro & Fuss (2009), "Fast and accurate calculations for
 * first-passage times in Wiener diffusion models", J. of Mathematical Psychology 53; Stan Functions Reference, "Wiener
 * First Passage Time Distribution".
 */
export function wiener(separation: Operand, nonDecision: Operand, bias: Operand, drift: Operand): Distribution {
  const { parameters, checks } = takeParameters("wiener", {
    separation: [separation, "positive"],
    nonDecision: [nonDecision, "nonNegative"],
    bias: [bias, "unitInterval"],
    drift: [drift, "finite"],
  });
  const { separation: a, nonDecision: tau, bias: b, drift: v } = parameters;
  return makeDistribution({
    name: "wiener",
    support: { kind: "lower", lower: nonDecision },
    parameters,
    checks,
    logProb: (x) => {
      const elapsed = sub(x, tau);
      const t = elapsed.mul(square(reciprocal(a)));
      const w = sub(1, b);
      const early = logEarly(min(t, CROSSING), w, logOneMinus(b));
      const driftless = select(gt(t, CROSSING), logLate(max(t, CROSSING), w, b), early);
      const tilt = v.mul(a).mul(w).sub(square(v).mul(elapsed).mul(0.5));
      return driftless.add(tilt).sub(logOf(a).mul(2));
    },
    sample: (given, random) => {
      const height = hostNumber(given, "separation");
      const start = hostNumber(given, "bias") * height;
      return hostNumber(given, "nonDecision") + samplePassage(height, start, hostNumber(given, "drift"), random);
    },
  });
}
