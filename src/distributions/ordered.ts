/** Ordered categories: a latent score cut at increasing points. */
import type { Axis } from "../graph/axis.ts";
import {
  castI32,
  eq,
  gather,
  log1mExp,
  logNormalCdf,
  logSigmoid,
  max,
  min,
  neg,
  type Operand,
  select,
  sub,
} from "../graph/ops.ts";
import { asValue, type Value } from "../graph/value.ts";
import {
  type Distribution,
  DistributionError,
  type HostRandom,
  hostNumber,
  hostVector,
  makeDistribution,
  takeParameters,
} from "./distribution.ts";

/** log F(a) and log(F(a) − F(b)) for a > b. */
interface Link {
  readonly logCdf: (a: Value) => Value;
  readonly logDifference: (a: Value, b: Value) => Value;
  readonly noise: (random: HostRandom) => number;
}

/** P(y) = F(η − c_y) − F(η − c_{y+1}) on 0 … K − 1, c over the K − 1 entries of `axis`, c_0 = −∞, c_K = ∞. */
function orderedFamily(name: string, link: Link, predictor: Operand, cutpoints: Operand, axis: Axis): Distribution {
  const { parameters, checks } = takeParameters(name, {
    predictor: [predictor, "finite"],
    cutpoints: [cutpoints, "finite"],
  });
  const { predictor: eta, cutpoints: c } = parameters;
  if (!c.hasAxis(axis)) throw new DistributionError(name, "cutpoints", `cutpoints must run over "${axis.name}"`);
  if (eta.hasAxis(axis))
    throw new DistributionError(name, "predictor", `the predictor must not run over "${axis.name}"`);
  const last = axis.size;
  return makeDistribution({
    name,
    discrete: true,
    support: { kind: "integerInterval", lower: 0, upper: last },
    parameters,
    checks,
    innerAxes: [axis],
    logProb: (y) => {
      const k = typeof y === "number" ? asValue(y, "i32") : castI32(y);
      const above = sub(eta, gather(c, axis, max(sub(k, 1), 0)));
      const below = sub(eta, gather(c, axis, min(k, last - 1)));
      // With one cutpoint there is nothing between; the two ends are all there is.
      const middle = last > 1 ? link.logDifference(above, select(eq(k, 0), above.sub(1), below)) : above;
      return select(eq(k, 0), link.logCdf(neg(below)), select(eq(k, last), link.logCdf(above), middle));
    },
    sample: (given, random) => {
      const score = hostNumber(given, "predictor") + link.noise(random);
      return hostVector(given, "cutpoints", last).filter((cut) => score > cut).length;
    },
  });
}

/** log(σ(a) − σ(b)) = log σ(a) + log σ(−b) + log(1 − e^{b − a}) for a > b. */
const LOGISTIC: Link = {
  logCdf: logSigmoid,
  logDifference: (a, b) =>
    logSigmoid(a)
      .add(logSigmoid(neg(b)))
      .add(log1mExp(sub(b, a))),
  noise: (random) => {
    const u = random.uniform();
    return Math.log(u / (1 - u));
  },
};

/** From the side on which both tails are small. */
const PROBIT: Link = {
  logCdf: logNormalCdf,
  logDifference: (a, b) => {
    const right = a.add(b).gt(0);
    const larger = logNormalCdf(select(right, neg(b), a));
    const smaller = logNormalCdf(select(right, neg(a), b));
    return larger.add(log1mExp(smaller.sub(larger)));
  },
  noise: (random) => random.normal(),
};

/**
 * The ordered logistic distribution on 0 … K − 1 from a `predictor` η and K − 1 increasing `cutpoints` along `axis`
 * (give them the support `{ kind: "ordered", axis }`): P(y > k) = σ(η − c_k).
 *
 * Categories count from 0, where Stan's count from 1. Source: Stan Functions Reference, "Ordered logistic distribution".
 *
 * @throws DistributionError where cutpoints lack the axis or the predictor has it.
 */
export const orderedLogistic = (predictor: Operand, cutpoints: Operand, axis: Axis): Distribution =>
  orderedFamily("orderedLogistic", LOGISTIC, predictor, cutpoints, axis);

/** As `orderedLogistic` with Φ for σ. Source: Stan Functions Reference, "Ordered probit distribution". */
export const orderedProbit = (predictor: Operand, cutpoints: Operand, axis: Axis): Distribution =>
  orderedFamily("orderedProbit", PROBIT, predictor, cutpoints, axis);
