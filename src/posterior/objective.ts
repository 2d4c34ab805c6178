/** The value of what a fit maximised, where that was not the ELBO. */
import { describeObjective, isPooled } from "../objectives/choices.ts";
import type { WeightedObjective } from "../objectives/index.ts";
import { groupedBound, upperBound } from "./bounds.ts";
import type { Estimate } from "./elbo.ts";
import type { Fitted } from "./fitted.ts";
import { counts } from "./psis.ts";

/** A bound of the log evidence, or the forward divergence, at the q that was found. */
export interface ObjectiveValue {
  readonly kind: WeightedObjective["kind"];
  /** For a reader. */
  readonly name: string;
  /** In nats: a lower bound of log p(x), the χ upper bound, or KL(p(z | x) ‖ q). Null where the draws cannot tell it. */
  readonly value: number | null;
  readonly standardError: number | null;
  /** Why there is no value; null where there is one. */
  readonly reason: string | null;
}

/** What the verdict asks of it. */
export interface ObjectiveFindings {
  readonly value: ObjectiveValue;
  /** Whether all draws of a step made one estimate, by weights normalised over them. */
  readonly pooled: boolean;
  /** Effective draws of a step at the q that was found. */
  readonly effectiveDraws: number;
}

export function findingsOf(
  { weighted }: Fitted,
  found: { readonly objective: ObjectiveValue | null; readonly ess: number; readonly draws: number },
): ObjectiveFindings | null {
  if (weighted === undefined || found.objective === null) return null;
  const effectiveDraws = (weighted.draws * found.ess) / found.draws;
  return { value: found.objective, pooled: isPooled(weighted.objective), effectiveDraws };
}

/** From the log weights of independent draws of q, and their Pareto k̂. */
export function objectiveValue(objective: WeightedObjective, logWeights: Float64Array, khat: number): ObjectiveValue {
  const about = { kind: objective.kind, name: describeObjective(objective) };
  const known = ({ value, standardError }: Estimate): ObjectiveValue => ({
    ...about,
    value,
    standardError,
    reason: null,
  });
  switch (objective.kind) {
    case "importance-weighted":
      return known(groupedBound(logWeights, objective.draws, 1));
    case "renyi":
      return known(groupedBound(logWeights, objective.draws, 1 - objective.alpha));
    case "forward-kl":
      return known(forwardDivergence(logWeights));
    case "chi": {
      const { upper, upperReason } = upperBound(logWeights, khat);
      return upper === null ? { ...about, value: null, standardError: null, reason: upperReason } : known(upper);
    }
  }
}

/**
 * KL(p(z | x) ‖ q) = E_q[w log w]/E_q[w] − log E_q[w], with its standard error by the delta method; of weights with a
 * heavy tail it is too small, as is their mean. NaN without a weight above zero.
 */
export function forwardDivergence(logWeights: Float64Array): Estimate {
  const logs = logWeights.filter(counts);
  const top = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let total = 0;
  let weighted = 0;
  for (const log of logs) {
    const w = Math.exp(log - top);
    total += w;
    // A weight of zero adds nothing to w log w.
    if (w > 0) weighted += w * (log - top);
  }
  const [share, mean] = [logs.length / total, weighted / total];
  const squares = logs.reduce((sum, log) => {
    const w = Math.exp(log - top);
    return sum + (w > 0 ? w * share * (log - top - mean - 1) + 1 : 1) ** 2;
  }, 0);
  return { value: mean + Math.log(share), standardError: Math.sqrt(squares) / logs.length };
}
