import { besselRatio, logBesselI0, mul, type Operand, sin, square, sub } from "../graph/ops.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { sampleVonMises } from "./sampling/vonMises.ts";

const LOG_2PI = Math.log(2 * Math.PI);

/**
 * The von Mises distribution of an angle in radians, on [−π, π], with mean direction `loc` and `concentration` κ (about
 * 1/variance where it is large).
 *
 * log p(x) = κ cos(x − loc) − log 2π − log I₀(κ)
 *
 * Angles on another interval of length 2π are brought to this one by subtracting 2π. Drawn by Best & Fisher's rejection
 * (1979). Source: Mardia & Jupp, *Directional Statistics*, §3.5.4; Stan Functions Reference, "Von Mises distribution".
 */
export function vonMises(loc: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("vonMises", {
    loc: [loc, "finite"],
    concentration: [concentration, "positive"],
  });
  const { loc: m, concentration: k } = parameters;
  const excess = logBesselI0(k).sub(k);
  return makeDistribution({
    name: "vonMises",
    support: { kind: "interval", lower: -Math.PI, upper: Math.PI },
    parameters,
    checks,
    // cos d = 1 − 2 sin²(d/2) leaves no difference of large numbers for large κ.
    logProb: (x) =>
      mul(k, square(sin(sub(x, m).mul(0.5))))
        .mul(-2)
        .sub(excess.add(LOG_2PI)),
    sample: (given, random) => sampleVonMises(hostNumber(given, "loc"), hostNumber(given, "concentration"), random),
    entropy: () => excess.add(k.mul(sub(1, besselRatio(k)))).add(LOG_2PI),
  });
}
