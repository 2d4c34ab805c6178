import type { HostRandom } from "../distribution.ts";
import { logFactorialOf } from "./factorial.ts";

/**
 * A Poisson variate: sequential inversion below a rate of 10 (Devroye 1986, *Non-Uniform Random Variate Generation*,
 * §X.3.3), above it transformed rejection with squeeze, algorithm PTRS of Hörmann (1993), "The transformed rejection
 * method for generating Poisson random variables", Insurance: Mathematics and Economics 12.
 */
export function samplePoisson(rate: number, random: HostRandom): number {
  if (rate <= 0) return 0;
  return rate < 10 ? byInversion(rate, random) : byTransformedRejection(rate, random);
}

function byInversion(rate: number, random: HostRandom): number {
  let u = random.uniform();
  let probability = Math.exp(-rate);
  let k = 0;
  // Beyond 200 at a rate below 10 the remaining mass is far below the spacing of doubles.
  while (u > probability && k < 200) {
    u -= probability;
    probability *= rate / ++k;
  }
  return k;
}

function byTransformedRejection(rate: number, random: HostRandom): number {
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + rate + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    const height = Math.log((v * inverseAlpha) / (a / (edge * edge) + b));
    if (height <= k * logRate - rate - logFactorialOf(k)) return k;
  }
}
