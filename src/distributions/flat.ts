import { constant, type Operand } from "../graph/ops.ts";
import {
  asOperand,
  checkDomain,
  constantOf,
  type Distribution,
  DistributionError,
  makeDistribution,
  type Support,
} from "./distribution.ts";
import { supportAxes } from "./support.ts";

export interface FlatBounds {
  readonly lower?: Operand;
  readonly upper?: Operand;
}

/**
 * The flat "distribution": log density 0 on the reals, between bounds, or on any support (`flat({ kind: "ordered", axis })`:
 * an ordered vector; the kinds are those of `Support`). It is improper (or, between bounds, not
 * normalised), so that it adds nothing to a log joint and an evidence that rests on it has no absolute meaning.
 */
export function flat(bounds: FlatBounds | Support = {}): Distribution {
  if ("kind" in bounds) return onSupport(bounds);

  for (const name of ["lower", "upper"] as const) {
    const bound = bounds[name];
    if (bound === undefined) continue;
    const known = constantOf(asOperand("flat", name, bound));
    if (known !== undefined) checkDomain("flat", name, known, "finite");
  }
  return onSupport(flatSupport(bounds));
}

const onSupport = (support: Support): Distribution =>
  makeDistribution({
    name: "flat",
    support,
    eventAxes: supportAxes(support),
    parameters: {},
    checks: [],
    logProb: () => constant(0),
    sample: () => {
      throw new DistributionError("flat", undefined, "an improper prior cannot be sampled; give the site a proper one");
    },
  });

function flatSupport({ lower, upper }: FlatBounds): Support {
  if (lower !== undefined && upper !== undefined) {
    const [a, b] = [constantOf(lower), constantOf(upper)];
    if (a !== undefined && b !== undefined && a >= b)
      throw new DistributionError("flat", "upper", `upper must exceed lower, got lower ${a} and upper ${b}`);
    return { kind: "interval", lower, upper };
  }
  if (lower !== undefined) return constantOf(lower) === 0 ? { kind: "nonNegative" } : { kind: "lower", lower };
  return upper === undefined ? { kind: "real" } : { kind: "upper", upper };
}
