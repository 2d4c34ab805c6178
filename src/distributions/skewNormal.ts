import { inverseSqrt } from "../graph/functions.ts";
import {
  abs,
  gt,
  inverseMills,
  log1mExp,
  logNormalCdf,
  max,
  min,
  neg,
  type Operand,
  select,
  square,
} from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import { HALF_LOG_2PI, LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { normalLogDensity, standardised } from "./normal.ts";
import { logHalfLine } from "./quadrature.ts";

/** log of the standard density. */
const standardLogDensity = (r: Value, a: Value): Value =>
  square(r)
    .mul(-0.5)
    .add(logNormalCdf(a.mul(r)))
    .add(LOG_2 - HALF_LOG_2PI);

/** ∂ log p/∂r: positive left of the mode. */
const slopeAt = (r: Value, a: Value): Value => a.mul(inverseMills(a.mul(r))).sub(r);

/** log P(R ≤ r) where the density rises at r; elsewhere some finite number. */
function logRisingTail(r: Value, a: Value): Value {
  const skewed = a.mul(r);
  const mills = inverseMills(skewed);
  const curvature = square(a).mul(mills).mul(mills.add(skewed)).add(1);
  const scale = inverseSqrt(curvature).div(max(slopeAt(r, a), 0).mul(inverseSqrt(curvature)).add(1));
  const height = standardLogDensity(r, a);
  return height.add(logHalfLine((u) => min(standardLogDensity(r.sub(u), a).sub(height), 60), scale));
}

/** log P(R ≤ r): P(R > r) is P(R ≤ −r) with the shape turned round. */
function logStandardCdf(r: Value, a: Value): Value {
  const rising = gt(slopeAt(r, a), 0);
  return select(rising, logRisingTail(r, a), log1mExp(min(logRisingTail(neg(r), neg(a)), -1e-30)));
}

/**
 * The skew normal distribution: `shape` 0 is normal(loc, scale), large ones a half-normal to the right of `loc`.
 *
 * log p(x) = log 2 + log φ(r) − log scale + log Φ(shape·r), r = (x − loc)/scale
 *
 * Drawn as loc + scale (δ|U| + √(1 − δ²) V) of standard normals, δ = shape/√(1 + shape²). Its distribution function is
 * the integral of the density over the tail that does not hold the mode. Source: Azzalini (1985), "A class of distributions which includes the normal ones", Scand. J.
 * of Statistics 12; Stan Functions Reference, "Skew normal distribution".
 */
export function skewNormal(loc: Operand, scale: Operand, shape: Operand): Distribution {
  const { parameters, checks } = takeParameters("skewNormal", {
    loc: [loc, "finite"],
    scale: [scale, "positive"],
    shape: [shape, "finite"],
  });
  const { loc: m, scale: s, shape: a } = parameters;
  const rootInverse = inverseSqrt(square(a).add(1));
  const delta = a.mul(rootInverse);
  return makeDistribution({
    name: "skewNormal",
    support: { kind: "real" },
    parameters,
    checks,
    logProb: (x) =>
      normalLogDensity(x, m, s)
        .add(logNormalCdf(a.mul(standardised(x, m, s))))
        .add(LOG_2),
    logCdf: (x) => logStandardCdf(standardised(x, m, s), a),
    logSurvival: (x) => logStandardCdf(standardised(x, m, s).neg(), a.neg()),
    rsample: (noise, axes) => {
      const [u, v] = [noise("normal", axes), noise("normal", axes)];
      return m.add(s.mul(delta.mul(abs(u)).add(rootInverse.mul(v))));
    },
    sample: (given, random) => {
      const skew = hostNumber(given, "shape");
      const standard = (skew * Math.abs(random.normal()) + random.normal()) / Math.sqrt(1 + skew * skew);
      return hostNumber(given, "loc") + hostNumber(given, "scale") * standard;
    },
    mean: () => m.add(s.mul(delta).mul(Math.sqrt(2 / Math.PI))),
  });
}
