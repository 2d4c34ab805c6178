/** Bounds of log p from log weights of draws, entry by entry, and how far q's weights can be trusted. */
import { KHAT_LIMIT } from "../../posterior/evidence.ts";
import { psis } from "../../posterior/psis.ts";

/** A sum over entries, and the standard error of its draws. */
export interface BoundEstimate {
  readonly value: number;
  readonly standardError: number;
}

/** Pareto k̂ of the weights of every entry. */
export interface EntryShapes {
  readonly median: number;
  /** What k̂ must stay below for as many draws: min(0.7, 1 − 1/log₁₀ K) (Vehtari, Simpson, Gelman, Yao & Gabry 2024, §3.2.4). */
  readonly limit: number;
  /** How many entries are at it or above. */
  readonly above: number;
}

export interface TrainedBounds {
  /** Σ_i E_q log w_i. */
  readonly elbo: BoundEstimate;
  /** Σ_i log (1/K) Σ_k w_ik, K the draws: between the bound and log p(x) in expectation (Burda, Grosse & Salakhutdinov 2016). */
  readonly importanceWeighted: BoundEstimate;
  /**
   * E_q[log p(g) − log q(g)] of the latents g that all entries share, and what else no entry has a part in; else 0. The evidence
   * lower bound of the data trained on is `elbo` plus this; of data kept back `elbo` bounds the log predictive density under q(g).
   */
  readonly shared: BoundEstimate;
  /** Entries of the plate. */
  readonly entries: number;
  readonly draws: number;
  /** Null for fewer than 25 draws, which have no tail to speak of. */
  readonly khat: EntryShapes | null;
  /** Of every entry; k̂ is NaN for fewer than 25 draws. */
  readonly perEntry: {
    readonly elbo: Float64Array;
    readonly importanceWeighted: Float64Array;
    readonly khat: Float64Array;
  };
}

const FEWEST_DRAWS = 25;
/** Log weights of float32 densities that differ by less are level. */
const LEVEL = 1e-5;

/** The largest k̂ with which the weights of so many draws can be trusted. */
export const khatLimit = (draws: number): number => Math.min(KHAT_LIMIT, 1 - 1 / Math.log10(draws));

/** Takes in the log weights of one entry after the other. */
export class BoundTally {
  readonly #elbo: Float64Array;
  readonly #weighted: Float64Array;
  readonly #khat: Float64Array;
  /** Variances of the sums, were entries independent; and what each draw contributes, since they may share latents. */
  readonly #variance = { elbo: 0, weighted: 0 };
  readonly #influence: { readonly elbo: Float64Array; readonly weighted: Float64Array };
  #next = 0;

  constructor(
    readonly entries: number,
    readonly draws: number,
    /** Whether draws of the same number see the same latents in all entries. */
    readonly together: boolean,
  ) {
    this.#elbo = new Float64Array(entries);
    this.#weighted = new Float64Array(entries);
    this.#khat = new Float64Array(entries).fill(Number.NaN);
    this.#influence = { elbo: new Float64Array(draws), weighted: new Float64Array(draws) };
  }

  add(logWeights: Float64Array): void {
    const { draws } = this;
    const i = this.#next++;
    const mean = logWeights.reduce((a, b) => a + b, 0) / draws;
    const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = logWeights.reduce((sum, x) => sum + Math.exp(x - largest), 0);
    this.#elbo[i] = mean;
    this.#weighted[i] = largest + Math.log(total / draws);
    if (draws >= FEWEST_DRAWS) this.#khat[i] = psis(logWeights, { level: LEVEL }).khat;
    for (let k = 0; k < draws; k++) {
      const own = (logWeights[k]! - mean) / draws;
      // Of a logarithm, by the delta method.
      const weighted = Math.exp(logWeights[k]! - largest) / total - 1 / draws;
      this.#variance.elbo += own * own;
      this.#variance.weighted += weighted * weighted;
      this.#influence.elbo[k]! += own;
      this.#influence.weighted[k]! += weighted;
    }
  }

  /** `shared`: log p − log q of what entries share, for every draw. */
  result(shared: Float64Array): TrainedBounds {
    const { entries, draws } = this;
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    const squares = (values: Float64Array): number => values.reduce((a, b) => a + b * b, 0);
    const estimate = (values: Float64Array, key: "elbo" | "weighted"): BoundEstimate => ({
      value: sum(values),
      standardError: Math.sqrt(this.together ? squares(this.#influence[key]) : this.#variance[key]),
    });
    const sharedMean = sum(shared) / draws;
    const sorted = this.#khat.toSorted();
    const limit = khatLimit(draws);
    return {
      elbo: estimate(this.#elbo, "elbo"),
      importanceWeighted: estimate(this.#weighted, "weighted"),
      shared: { value: sharedMean, standardError: Math.sqrt(squares(shared.map((x) => (x - sharedMean) / draws))) },
      entries,
      draws,
      khat:
        draws < FEWEST_DRAWS
          ? null
          : { median: sorted[entries >> 1]!, limit, above: sorted.filter((khat) => !(khat < limit)).length },
      perEntry: { elbo: this.#elbo, importanceWeighted: this.#weighted, khat: this.#khat },
    };
  }
}
