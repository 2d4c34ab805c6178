import type { HostRandom } from "../distribution.ts";
import { sampleBinomial } from "./binomial.ts";

/** Weights e^{ηₖ}/Σ e^{ηⱼ} of logits. */
export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const weights = logits.map((value) => Math.exp(value - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One position drawn by its probability: inversion of one uniform. */
export function sampleCategorical(probabilities: readonly number[], random: HostRandom): number {
  const u = random.uniform();
  let cumulative = 0;
  let last = 0;
  for (const [k, p] of probabilities.entries()) {
    if (p <= 0) continue;
    cumulative += p;
    last = k;
    if (u < cumulative) return k;
  }
  return last;
}

/** Counts of `total` trials: binomials one after the other (Devroye 1986, *Non-Uniform Random Variate Generation*, §XI.1.3). */
export function sampleMultinomial(total: number, probabilities: readonly number[], random: HostRandom): number[] {
  const last = probabilities.findLastIndex((p) => p > 0);
  let rest = total;
  let mass = probabilities.reduce((sum, p) => sum + p, 0);
  return probabilities.map((p, k) => {
    const share = k === last ? 1 : Math.min(1, p / mass);
    const count = p <= 0 || rest === 0 ? 0 : sampleBinomial(rest, share, random);
    rest -= count;
    mass -= p;
    return count;
  });
}
