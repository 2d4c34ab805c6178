import { Axis } from "../graph/axis.ts";
import { logSumExp } from "../graph/ops.ts";
import { at, rename, slice } from "../graph/reindex.ts";
import { lastOf, scanAll } from "../graph/scan.ts";
import type { Value } from "../graph/value.ts";
import { DistributionError } from "./distribution.ts";
import { logOf } from "./logarithms.ts";

export interface HiddenMarkovOptions {
  /** P(z_0 = k), over `state`. */
  readonly initial: Value;
  /** P(z_t = j | z_{t−1} = i), i along `state` and j along `state.prime()`; over `time` too, entry t leads to z_t. */
  readonly transition: Value;
  /** log p(y_t | z_t = k), over `time` and `state`; zeros where y_t is missing. */
  readonly logEmission: Value;
}

/**
 * log p(y) of a hidden Markov model whose states are summed out, for a `factor`; other axes are separate chains.
 *
 * α_0(k) = log P(z_0 = k) + log p(y_0 | k); α_t(j) = log Σ_i exp(α_{t−1}(i) + log P(j | i)) + log p(y_t | j);
 * log p(y) = log Σ_k exp α_{T−1}(k)
 *
 * The recurrence carries α less its log sum, and the sum beside it, so that float32 keeps the digits that matter. Source:
 * Rabiner (1989), "A tutorial on hidden Markov models", §III.A and V.A; Stan Functions Reference, "Hidden Markov models".
 *
 * @throws DistributionError where a value lacks one of its axes.
 */
export function hmmMarginal(time: Axis, state: Axis, given: HiddenMarkovOptions): Value {
  const { initial, transition, logEmission } = given;
  const to = state.prime();
  const needs = { initial: [state], transition: [state, to], logEmission: [time, state] } as const;
  for (const name of ["initial", "transition", "logEmission"] as const) {
    const missing = needs[name].find((axis) => !given[name].hasAxis(axis));
    if (missing === undefined) continue;
    throw new DistributionError("hmmMarginal", name, `${name} must run over "${missing.name}"`);
  }
  const first = logOf(initial).add(at(logEmission, time, 0));
  const start = logSumExp(first, [state]);
  if (time.size === 1) return start;
  const later = new Axis(`${time.name}.later`, time.size - 1);
  const atLater = (x: Value): Value => (x.hasAxis(time) ? slice(x, time, later, 1) : x);
  const logTransition = atLater(logOf(transition));
  const emission = atLater(logEmission);
  const [, total] = scanAll(later, [first.sub(start), start], ([previous, sum]) => {
    const reached = logSumExp(previous!.add(logTransition), [state]);
    const next = rename(reached, to, state).add(emission);
    const norm = logSumExp(next, [state]);
    return [next.sub(norm), sum!.add(norm)];
  });
  return lastOf(total!, later);
}
