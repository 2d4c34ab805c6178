import { inverseSqrt } from "../graph/functions.ts";
import { abs, logNormalCdf, type Operand, square } from "../graph/ops.ts";
import { LOG_2 } from "./constants.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { normalLogDensity, standardised } from "./normal.ts";

/**
 * The skew normal distribution: `shape` 0 is normal(loc, scale), large ones a half-normal to the right of `loc`.
 *
 * log p(x) = log 2 + log φ(r) − log scale + log Φ(shape·r), r = (x − loc)/scale
 *
 * Drawn as loc + scale (δ|U| + √(1 − δ²) V) of standard normals, δ = shape/√(1 + shape²). It has no elementary
 * distribution function. Source: Azzalini (1985), "A class of distributions which includes the normal ones", Scand. J.
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
