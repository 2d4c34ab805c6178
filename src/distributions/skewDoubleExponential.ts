import { log1m } from "../graph/functions.ts";
import { exp, log1p, lt, max, min, type Operand, select, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, realValue, takeParameters } from "./distribution.ts";
import { logOf, logOneMinus } from "./logarithms.ts";
import { standardised } from "./normal.ts";

/**
 * The skew double exponential (asymmetric Laplace) distribution; `skew` τ, strictly between 0 and 1, is P(X ≤ loc), so
 * that `loc` is the τ-quantile and the log density that of quantile regression.
 *
 * log p(x) = log 2τ(1 − τ) − log scale − 2 (τ max(r, 0) + (1 − τ) max(−r, 0)), r = (x − loc)/scale
 *
 * Source: Stan Functions Reference, "Skew double exponential distribution"; Kotz, Kozubowski & Podgórski, *The Laplace
 * Distribution and Generalizations*, ch. 3.
 */
export function skewDoubleExponential(loc: Operand, scale: Operand, skew: Operand): Distribution {
  const { parameters, checks } = takeParameters("skewDoubleExponential", {
    loc: [loc, "finite"],
    scale: [scale, "positive"],
    skew: [skew, "unitInterval"],
  });
  const { loc: m, scale: s, skew: tau } = parameters;
  const left = sub(1, tau);
  /** Twice the weighted distances from loc, to the right and to the left. */
  const distances = (x: Operand): [Value, Value] => {
    const r = standardised(x, m, s);
    return [max(r, 0).mul(tau).mul(2), min(r, 0).mul(left).mul(-2)];
  };
  const tail = (isTail: Value, own: Value, logOwn: Value, rest: Value, massOfRest: Value): Value =>
    select(isTail, logOwn.sub(own), log1p(massOfRest.mul(exp(rest.neg())).neg()));
  const quantile = (u: Value): Value => {
    const below = logOf(u).sub(logOf(tau)).div(left);
    const above = log1m(u).sub(logOneMinus(tau)).div(tau).neg();
    return m.add(s.mul(select(lt(u, tau), below, above)).mul(0.5));
  };
  return makeDistribution({
    name: "skewDoubleExponential",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) => {
      const [above, below] = distances(x);
      return above
        .add(below)
        .neg()
        .add(logOf(tau).add(logOneMinus(tau)).sub(logOf(s)).add(LOG_2));
    },
    logCdf: (x) => {
      const [above, below] = distances(x);
      return tail(lt(standardised(x, m, s), 0), below, logOf(tau), above, left);
    },
    logSurvival: (x) => {
      const [above, below] = distances(x);
      return tail(lt(standardised(x, m, s).neg(), 0), above, logOneMinus(tau), below, tau);
    },
    icdf: (p) => quantile(realValue(p)),
    rsample: (noise, axes) => quantile(noise("uniform", axes)),
    sample: (given, random) => {
      const t = hostNumber(given, "skew");
      const u = random.uniform();
      const r = u < t ? Math.log(u / t) / (1 - t) : -Math.log((1 - u) / (1 - t)) / t;
      return hostNumber(given, "loc") + (hostNumber(given, "scale") * r) / 2;
    },
    entropy: () =>
      logOf(s)
        .sub(logOf(tau))
        .sub(logOneMinus(tau))
        .add(1 - LOG_2),
    mean: () =>
      m.add(
        s
          .mul(sub(1, tau.mul(2)))
          .div(tau.mul(left))
          .mul(0.5),
      ),
  });
}
