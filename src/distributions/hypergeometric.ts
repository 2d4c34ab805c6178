import { logChoose } from "../graph/functions.ts";
import { max, min, type Operand, sub } from "../graph/ops.ts";
import {
  constantOf,
  type Distribution,
  DistributionError,
  hostNumber,
  makeDistribution,
  realValue,
  takeParameters,
} from "./distribution.ts";
import { sampleHypergeometric } from "./sampling/hypergeometric.ts";

/**
 * The hypergeometric distribution: successes among `draws` draws without replacement from `successes` successes a and
 * `failures` failures b.
 *
 * log P(k) = log C(a, k) + log C(b, N − k) − log C(a + b, N), max(0, N − b) ≤ k ≤ min(a, N)
 *
 * The parameters are integers, so that they are data. Sources: Johnson, Kemp & Kotz, *Univariate Discrete Distributions*,
 * ch. 6; Stan's hypergeometric(N, a, b).
 *
 * @throws DistributionError where there are fewer to draw from than draws.
 */
export function hypergeometric(draws: Operand, successes: Operand, failures: Operand): Distribution {
  const { parameters, checks } = takeParameters("hypergeometric", {
    draws: [draws, "nonNegativeInteger"],
    successes: [successes, "nonNegativeInteger"],
    failures: [failures, "nonNegativeInteger"],
  });
  const { draws: N, successes: a, failures: b } = parameters;
  const all = a.add(b);
  const [known, drawn] = [[successes, failures].map(constantOf), constantOf(draws)];
  if (known.every((count) => count !== undefined) && drawn !== undefined) {
    const total = known.reduce((sum, count) => sum + count, 0);
    const message = `draws must not exceed successes + failures, got ${drawn} draws of ${total}`;
    if (drawn > total) throw new DistributionError("hypergeometric", "draws", message);
  } else {
    checks.push({ parameter: "successes + failures − draws", value: sub(all, N), domain: "nonNegative" });
  }
  return makeDistribution({
    name: "hypergeometric",
    discrete: true,
    support: { kind: "integerInterval", ...bounds(draws, successes, failures) },
    parameters,
    checks,
    logProb: (y) => {
      const k = realValue(y);
      return logChoose(a, k)
        .add(logChoose(b, sub(N, k)))
        .sub(logChoose(all, N));
    },
    sample: (given, random) =>
      sampleHypergeometric(
        hostNumber(given, "draws"),
        hostNumber(given, "successes"),
        hostNumber(given, "failures"),
        random,
      ),
    mean: () => N.mul(a.div(all)),
  });
}

function bounds(draws: Operand, successes: Operand, failures: Operand): { lower: Operand; upper: Operand } {
  if (typeof draws === "number" && typeof successes === "number" && typeof failures === "number")
    return { lower: Math.max(0, draws - failures), upper: Math.min(successes, draws) };
  return { lower: max(0, sub(realValue(draws), failures)), upper: min(realValue(draws), successes) };
}
