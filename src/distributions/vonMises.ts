import {
  besselRatio,
  exp,
  log,
  log1mExp,
  logBesselI0,
  lt,
  max,
  min,
  mul,
  type Operand,
  round,
  select,
  sin,
  square,
  stopGradient,
  sub,
} from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import { type Distribution, hostNumber, makeDistribution, takeParameters } from "./distribution.ts";
import { overInterval } from "./quadrature.ts";
import { sampleVonMises } from "./sampling/vonMises.ts";

const LOG_2PI = Math.log(2 * Math.PI);

/**
 * log ∫_{−π}^x exp(κ(cos(y − m) − 1)) dy, −π ≤ m ≤ π: of the angles up to the mode, relative to the density at the last
 * of them, and of those from the mode to x.
 */
function logMassBelow(x: Operand, m: Value, k: Value): Value {
  const end = sub(min(x, m), m);
  const relative = (far: Value, near: Value): Value => exp(mul(k, mul(sin(far), sin(near))).mul(-2));
  const rising = overInterval((l) => relative(l.mul(0.5).sub(end), l.mul(0.5)), min(x, m).add(Math.PI));
  const falling = overInterval((l) => relative(l.mul(0.5), l.mul(0.5)), max(sub(x, m), 0));
  return log(rising.add(falling)).sub(mul(k, square(sin(end.mul(0.5)))).mul(2));
}

/**
 * The von Mises distribution of an angle in radians, on [−π, π], with mean direction `loc` and `concentration` κ (about
 * 1/variance where it is large).
 *
 * log p(x) = κ cos(x − loc) − log 2π − log I₀(κ)
 *
 * Angles on another interval of length 2π are brought to this one by subtracting 2π. Distribution functions are integrals
 * from −π. Drawn by Best & Fisher's rejection
 * (1979). Source: Mardia & Jupp, *Directional Statistics*, §3.5.4; Stan Functions Reference, "Von Mises distribution".
 */
export function vonMises(loc: Operand, concentration: Operand): Distribution {
  const { parameters, checks } = takeParameters("vonMises", {
    loc: [loc, "finite"],
    concentration: [concentration, "positive"],
  });
  const { loc: m, concentration: k } = parameters;
  const excess = logBesselI0(k).sub(k);
  const wrapped = m.sub(stopGradient(round(m.mul(0.5 / Math.PI))).mul(2 * Math.PI));
  /** log P(X ≤ x) and log P(X > x): the smaller as an integral, the larger as what is missing to one. */
  const masses = (x: Operand): [below: Value, above: Value] => {
    const below = logMassBelow(x, wrapped, k).sub(excess.add(LOG_2PI));
    const above = logMassBelow(asValue(x).neg(), wrapped.neg(), k).sub(excess.add(LOG_2PI));
    const isLower = lt(below, above);
    const smaller = select(isLower, below, above);
    const larger = log1mExp(smaller);
    return [select(isLower, smaller, larger), select(isLower, larger, smaller)];
  };
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
    logCdf: (x) => masses(x)[0],
    logSurvival: (x) => masses(x)[1],
    sample: (given, random) => sampleVonMises(hostNumber(given, "loc"), hostNumber(given, "concentration"), random),
    entropy: () => excess.add(k.mul(sub(1, besselRatio(k)))).add(LOG_2PI),
  });
}
