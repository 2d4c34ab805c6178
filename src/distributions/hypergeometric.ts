import { logFactorial, max, min, mul, type Operand, sub } from "../graph/ops.ts";
import type { Value } from "../graph/value.ts";
import {
  constantOf,
  type Distribution,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";

/**
 * The hypergeometric distribution: successes among `draws` taken without replacement from `successes` and `failures`.
 *
 * log P(k) = log C(a, k) + log C(b, n − k) − log C(a + b, n)
 *
 * Source: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*, ch. 6; arguments in the order of Stan's.
 */
export function hypergeometric(draws: Operand, successes: Operand, failures: Operand): Distribution {
  const { parameters, checks } = takeParameters("hypergeometric", {
    draws: [draws, "nonNegativeInteger"],
    successes: [successes, "nonNegativeInteger"],
    failures: [failures, "nonNegativeInteger"],
  });
  const { draws: n, successes: a, failures: b } = parameters;
  checks.push({ parameter: "successes + failures − draws", value: a.add(b).sub(n), domain: "nonNegative" });
  const known = [draws, successes, failures].map(constantOf);
  const [cn, ca, cb] = known;
  const allKnown = cn !== undefined && ca !== undefined && cb !== undefined;
  return makeDistribution({
    name: "hypergeometric",
    discrete: true,
    support: {
      kind: "integerInterval",
      lower: allKnown ? Math.max(0, cn - cb) : max(sub(n, b), 0),
      upper: allKnown ? Math.min(cn, ca) : min(n, a),
    },
    parameters,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      return logChoose(a, k)
        .add(logChoose(b, sub(n, k)))
        .sub(logChoose(a.add(b), n));
    },
    sample: (given, random) => {
      let [good, bad] = [hostNumber(given, "successes"), hostNumber(given, "failures")];
      let found = 0;
      for (let k = hostNumber(given, "draws"); k > 0; k--) {
        if (random.uniform() * (good + bad) < good) {
          found++;
          good--;
        } else bad--;
      }
      return found;
    },
    mean: () => mul(n, a.div(a.add(b))),
  });
}

const logChoose = (n: Value, k: Value): Value =>
  logFactorial(n)
    .sub(logFactorial(k))
    .sub(logFactorial(sub(n, k)));
