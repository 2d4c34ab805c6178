/** Bounds of the log evidence from above and below, out of the log weights of independent draws. */
import type { Estimate } from "./elbo.ts";
import { counts, logMeanWeight } from "./psis.ts";

/** The mean of w² has a variance where w has four moments: a tail of shape below 1/4. */
export const UPPER_KHAT_LIMIT = 0.25;

/** An importance-weighted bound of K draws. */
export interface ImportanceBound extends Estimate {
  /** K. */
  readonly draws: number;
}

/** An upper bound, or null and why there is none. */
export type UpperBound =
  | { readonly upper: Estimate; readonly upperReason: null }
  | { readonly upper: null; readonly upperReason: string };

/**
 * The importance-weighted bound E[log (1/K) Σ_k w_k], w = p(x, z)/r(z), z ~ r: the ELBO of r for K = 1, never less for
 * a larger K, never above log p(x). The draws are taken K at a time, in order; the standard error is that of the mean
 * over these groups, infinite where there is only one. Groups with a weight that is NaN or +∞ are left out.
 *
 * Y. Burda, R. Grosse & R. Salakhutdinov, *Importance weighted autoencoders*, ICLR 2016, theorem 1.
 */
export const importanceBound = (logWeights: Float64Array, draws: number): ImportanceBound => ({
  draws,
  ...groupedBound(logWeights, draws, 1),
});

/** The same of a power of the weights, E[1/power · log (1/K) Σ_k w_k^power]: the Rényi bound of order 1 − power. */
export function groupedBound(logWeights: Float64Array, draws: number, power: number): Estimate {
  const groups = Math.floor(logWeights.length / draws);
  const values: number[] = [];
  for (let group = 0; group < groups; group++) {
    const own = logWeights.subarray(group * draws, (group + 1) * draws);
    const { value, count } = logMeanWeight(power === 1 ? own : own.map((x) => (counts(x) ? power * x : Number.NaN)));
    if (count === draws) values.push(value / power);
  }
  const n = values.length;
  const value = values.reduce((sum, x) => sum + x, 0) / n;
  if (n < 2 || !Number.isFinite(value)) return { value, standardError: Number.POSITIVE_INFINITY };
  const squares = values.reduce((sum, x) => sum + (x - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (n - 1) / n) };
}

/**
 * The χ upper bound ½ log E_r[w²] ≥ log p(x), by Jensen's inequality, with its standard error by the delta method. It
 * is given only where k̂ of the weights is below 1/4: else the mean of w² has no finite variance, what one sees of it is
 * nearly always too small, and an "upper bound" would lie below the evidence.
 *
 * A. B. Dieng, D. Tran, R. Ranganath, J. Paisley & D. M. Blei, *Variational inference via χ upper bound minimization*,
 * NeurIPS 2017, §2: CUBO_n with n = 2.
 */
export function upperBound(logWeights: Float64Array, khat: number): UpperBound {
  const none = (upperReason: string): UpperBound => ({ upper: null, upperReason });
  if (!(khat < UPPER_KHAT_LIMIT)) {
    return none(
      `Pareto k̂ of the importance weights is ${Number.isFinite(khat) ? khat.toFixed(2) : "∞"}, not below ` +
        `${UPPER_KHAT_LIMIT}: the mean of the squared weights, which the χ upper bound needs, has no finite variance; ` +
        "a guide closer to the posterior or a proposal with heavier tails may have one",
    );
  }
  const { value, standardError, count } = logMeanWeight(logWeights.map((x) => (counts(x) ? 2 * x : Number.NaN)));
  if (count < 2 || !Number.isFinite(value)) return none("too few draws have a finite weight");
  return { upper: { value: value / 2, standardError: standardError / 2 }, upperReason: null };
}
