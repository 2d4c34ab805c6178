/** The log evidence by importance sampling. */
import { type ImportanceBound, importanceBound, upperBound } from "./bounds.ts";
import type { Estimate } from "./elbo.ts";
import type { Proposal } from "./proposal.ts";
import { logMeanWeight, psis } from "./psis.ts";

/** A k̂ from here on says that the weights' mean cannot be trusted (Vehtari et al. 2024, §3.2.4). */
export const KHAT_LIMIT = 0.7;

/** Draws of the importance-weighted bounds that are reported, and how many groups of them a mean needs. */
const GROUPS = [1, 10, 100];
const FEWEST_GROUPS = 20;

export interface Evidence {
  /** log p̂(x). */
  readonly value: number;
  /** Null where k̂ ≥ 0.7: the spread of such weights says nothing about the error of their mean. */
  readonly standardError: number | null;
  /** Pareto k̂ of the weights. */
  readonly khat: number;
  readonly ess: number;
  readonly draws: number;
  readonly proposal: Proposal;
  /** Why the value is not to be trusted; null where it is. It is then most likely too small. */
  readonly warning: string | null;
  /** The ELBO of the guide, log p(x) at most. */
  readonly lower: Estimate;
  /** Tighter lower bounds E[log (1/K) Σ_k w_k] of the proposal, for K = 1, 10, 100 as far as the draws go round. */
  readonly importanceWeighted: readonly ImportanceBound[];
  /** The χ upper bound ½ log E[w²]; null where k̂ ≥ 0.25, since then its error is unknown. */
  readonly upper: Estimate | null;
  /** Why there is no upper bound; null where there is one. */
  readonly upperReason: string | null;
  /** KL(q ‖ p(z | x)) ≈ log p̂(x) − ELBO. */
  readonly divergence: { readonly value: number; readonly standardError: number | null };
}

/**
 * log p̂(x) = log of the mean of the weights p(x, z)/r(z), z ~ r, with its standard error by the delta method. Where
 * k̂ < 0.7 the weights are Pareto smoothed. Where k̂ ≥ 0.7 the raw mean is given, without a standard error and with a
 * warning: its expectation is right but its distribution so skewed that what one sees is nearly always too small.
 */
export function evidenceFrom(logWeights: Float64Array, proposal: Proposal, elbo: Estimate, level: number): Evidence {
  const { khat, smoothedLogWeights, ess } = psis(logWeights, { level });
  const trusted = khat < KHAT_LIMIT;
  const { value, standardError, count } = logMeanWeight(trusted ? smoothedLogWeights : logWeights);
  return {
    value,
    standardError: trusted ? standardError : null,
    khat,
    ess,
    draws: count,
    proposal,
    warning: trusted ? null : distrust(khat, count),
    lower: { value: elbo.value, standardError: elbo.standardError },
    importanceWeighted: GROUPS.filter((k) => k * FEWEST_GROUPS <= logWeights.length).map((k) =>
      importanceBound(logWeights, k),
    ),
    ...upperBound(logWeights, khat),
    divergence: {
      value: value - elbo.value,
      standardError: trusted ? Math.hypot(standardError, elbo.standardError) : null,
    },
  };
}

function distrust(khat: number, count: number): string {
  if (count === 0) return "every draw's log weight was NaN: there is no estimate of the evidence";
  return (
    `Pareto k̂ of the importance weights is ${Number.isFinite(khat) ? khat.toFixed(2) : "∞"}, not below ${KHAT_LIMIT}: the evidence is most likely ` +
    'underestimated and its error unknown; a guide closer to the posterior is needed, not more draws, or proposal: "wide" for modes near q'
  );
}

/** Log weights no further apart than their rounding are level: see PsisOptions.level. */
export function levelOf(kind: "gpu" | "cpu", logJoint: number): number {
  const rounding = kind === "gpu" ? 2 ** -24 : 2 ** -53;
  return 64 * rounding * Math.max(1, Math.abs(logJoint));
}
