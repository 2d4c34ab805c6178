/** Gamma variates on the host and the families that are made of them. */
import type { HostRandom } from "../distribution.ts";

/**
 * A gamma(shape, 1) variate. Marsaglia & Tsang (2000), "A simple method for generating gamma variables", ACM TOMS 26;
 * shapes below one by their boost, gamma(shape + 1)·U^(1/shape).
 */
export const sampleGamma = (shape: number, random: HostRandom): number => Math.exp(sampleLogGamma(shape, random));

/** The logarithm of a gamma(shape, 1) variate, which does not underflow for small shapes. */
export function sampleLogGamma(shape: number, random: HostRandom): number {
  if (shape < 1) return sampleLogGamma(shape + 1, random) + Math.log(random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d) + Math.log(v);
  }
}

/** G₁/(G₁ + G₀), taken in logarithms. */
export function sampleBeta(concentration1: number, concentration0: number, random: HostRandom): number {
  const difference = sampleLogGamma(concentration1, random) - sampleLogGamma(concentration0, random);
  return 1 / (1 + Math.exp(-difference));
}

/** Normalised gammas, taken in logarithms. */
export function sampleDirichlet(concentration: readonly number[], random: HostRandom): number[] {
  const logs = concentration.map((alpha) => sampleLogGamma(alpha, random));
  const top = Math.max(...logs);
  const weights = logs.map((value) => Math.exp(value - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** A standard t variate: a normal over the root of a mean chi-squared. */
export const sampleStudentT = (df: number, random: HostRandom): number =>
  random.normal() / Math.sqrt((2 * sampleGamma(df / 2, random)) / df);
